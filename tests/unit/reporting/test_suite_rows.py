"""What of a step is its own, and what lies inside it."""

from __future__ import annotations

import pytest

from penstock.model import Group, Origin, Request, Step, Text
from penstock.reporting.suite.rows import Row
from penstock.runs.recording import RecordedRequest

ORIGIN = Origin("visit.har")
PAGE = Request("GET /", "GET", Text.constant("http://h/"), ORIGIN)


def asked(name: str, turn: int = 1) -> RecordedRequest:
    return RecordedRequest(0, turn, name, "GET", "http://h/", (), "", 0.0, 0.1, None)


@pytest.mark.parametrize(
    ("step", "own", "inner"),
    [
        (PAGE, ["GET /", "GET /"], ["GET /a.css"]),  # asked twice, as by a poll
        (Group("a visit", (PAGE,), ORIGIN), [], ["GET /", "GET /", "GET /a.css"]),
    ],
    ids=["page", "group"],
)
def test_what_a_page_embeds_and_all_of_a_group_lie_inside(step: Step, own: list[str], inner: list[str]) -> None:
    row = Row("a step", step, (asked("GET /"), asked("GET /", 2), asked("GET /a.css")))
    assert [entry.name for entry in row.own] == own
    assert [entry.name for entry in row.inner] == inner
