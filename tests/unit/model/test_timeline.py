"""Phases from texts and from steps."""

from __future__ import annotations

import pytest

from penstock.errors import InvalidInput
from penstock.model import Phase
from penstock.model.timeline import parse_phases, parse_rate, parse_thinks, steps


@pytest.mark.parametrize(
    ("text", "phases"),
    [
        ("0..50 in 10s, 50 for 1m", [(0, 50, 10), (50, 50, 60)]),
        ("5 in 2s, 0 in 1s", [(0, 5, 2), (5, 0, 1)]),
        ("600/m for 1m30s", [(10, 10, 90)]),
        ("steps 10..25 by 10 every 4s ramp 1s", [(10, 10, 4), (10, 20, 1), (20, 20, 3), (20, 25, 1), (25, 25, 3)]),
        ("steps 1..2 by 1 every 1s, 2 for 3s", [(1, 1, 1), (2, 2, 1), (2, 2, 3)]),
    ],
)
def test_phases_are_read(text: str, phases: list[tuple[float, float, float]]) -> None:
    assert parse_phases(text) == tuple(Phase(*phase) for phase in phases)


@pytest.mark.parametrize(
    "text", ["", "5", "5 for", "for 5s", "-5 for 1s", "5 for 0s", "5..6 for 1s", "1 for 1s,, 2 for 1s"]
)
def test_phases_that_cannot_be_are_refused(text: str) -> None:
    with pytest.raises(InvalidInput):
        parse_phases(text)


@pytest.mark.parametrize(
    "wrong", [(1, 2, 0, 1, 0), (1, 2, 1, 0, 0), (3, 2, 1, 1, 0), (1, 2, 1, 1, 2), (0, 1e9, 1, 1, 0)]
)
def test_steps_that_lead_nowhere_are_refused(wrong: tuple[float, float, float, float, float]) -> None:
    with pytest.raises(InvalidInput, match="steps"):
        steps(*wrong)


def test_rates_and_thinks_are_read() -> None:
    assert [parse_rate(text) for text in ("100", "90/s", "600 / m", "7200/h", 5)] == [100, 90, 10, 2, 5]
    assert parse_thinks("normal:0.5") == ("normal", 0.5)
    assert parse_thinks("off") == ("off", None)
    for wrong in ("10/d", "fast", "-1"):
        with pytest.raises(InvalidInput, match="rate"):
            parse_rate(wrong)
    for wrong in ("on:1", "normal:x", "normal:-1", ""):
        with pytest.raises(InvalidInput, match="think"):
            parse_thinks(wrong)
