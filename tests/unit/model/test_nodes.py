"""The little behaviour that nodes have."""

from __future__ import annotations

import pytest

from penstock.model import Hole, Load, Origin, Phase, Text, Variable


def test_a_text_knows_how_it_was_written() -> None:
    hole = Hole(Variable("id"), "${id}")
    text = Text(("/items/", hole, "?a"))
    assert text.source == "/items/${id}?a"
    assert text.holes == (hole,)
    assert Text.constant("") == Text()


@pytest.mark.parametrize(
    ("origin", "shown"),
    [
        (Origin("a.json"), "a.json"),
        (Origin("a.json", "requests[1]"), "a.json: requests[1]"),
        (Origin("flow.py", "", 12), "flow.py:12"),
        (Origin("a.json").at("requests").at("[1]").at("url"), "a.json: requests[1].url"),
    ],
)
def test_an_origin_is_shown_as_a_place(origin: Origin, shown: str) -> None:
    assert str(origin) == shown


def test_a_load_knows_its_length_and_peak() -> None:
    load = Load((Phase(0, 10, 5), Phase(10, 10, 60), Phase(10, 2, 5)))
    assert (load.duration_s, load.peak) == (70, 10)
    assert Load(()).peak == 0
