from __future__ import annotations

import datetime

import pytest

from penstock.services import cron

UTC = datetime.UTC


def at(text: str) -> datetime.datetime:
    return datetime.datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("expression", "zone", "after", "until", "due"),
    [
        pytest.param("*/10 * * * *", "UTC", "2026-03-01T10:01", "2026-03-01T10:11", "2026-03-01T10:10", id="once"),
        pytest.param("*/10 * * * *", "UTC", "2026-03-01T10:10", "2026-03-01T10:19", None, id="not a second time"),
        pytest.param("* * * * *", "UTC", "2026-03-01T10:00", "2026-03-01T10:05", "2026-03-01T10:05", id="the last"),
        pytest.param(
            "0 9 * * *", "Europe/Berlin", "2026-07-01T06:30", "2026-07-01T07:30", "2026-07-01T07:00", id="zone"
        ),
        pytest.param(
            "0 9 * * *", "Europe/Berlin", "2026-01-01T07:30", "2026-01-01T08:30", "2026-01-01T08:00", id="winter"
        ),
        pytest.param("0 9 30 2 *", "UTC", "2026-01-01T00:00", "2026-01-02T00:00", None, id="a day that never comes"),
    ],
)
def test_a_schedule_is_due(expression: str, zone: str, after: str, until: str, due: str | None) -> None:
    found = cron.due_within(expression, zone, at(after), at(until))
    assert found == (None if due is None else at(due))
