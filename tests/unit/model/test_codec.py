"""Reading is strict, and says where."""

from __future__ import annotations

from typing import Any

import orjson
import pytest

from penstock.errors import InvalidInput
from penstock.model import (
    Check,
    Condition,
    Expr,
    Group,
    Hole,
    Journey,
    Literal,
    Load,
    Operation,
    Origin,
    Phase,
    Population,
    Request,
    Scenario,
    Step,
    Text,
    Variable,
    codec,
)

ORIGIN = Origin("test.json", "requests[0]")
REQUEST = Request("list", "GET", Text.constant("http://shop/items"), ORIGIN)


def scenario(*steps: Step) -> Scenario:
    return Scenario(
        "shop", "loadmill", (Journey("main", steps, ORIGIN),), (Population("all", Load((Phase(1, 1, 10),))),), ORIGIN
    )


def form(*steps: Step) -> Any:
    return orjson.loads(codec.encode(scenario(*steps)))


def nested(depth: int) -> Step:
    step: Step = REQUEST
    for _ in range(depth):
        step = Group("g", (step,), ORIGIN)
    return step


def test_the_form_is_what_a_person_would_write() -> None:
    text = Text(("http://shop/", Hole(Variable("id"), "${id}")))
    request = Request("item", "GET", text, ORIGIN, checks=(Check(Variable("a"), (Condition("is_true"),), "a", ORIGIN),))
    assert form(request) == {
        "version": 1,
        "name": "shop",
        "dialect": "loadmill",
        "populations": [{"name": "all", "load": {"phases": [{"start": 1, "end": 1, "duration_s": 10}]}}],
        "origin": {"file": "test.json", "path": "requests[0]"},
        "journeys": [
            {
                "name": "main",
                "origin": {"file": "test.json", "path": "requests[0]"},
                "steps": [
                    {
                        "type": "request",
                        "name": "item",
                        "method": "GET",
                        "url": ["http://shop/", {"expr": {"type": "variable", "name": "id"}, "source": "${id}"}],
                        "origin": {"file": "test.json", "path": "requests[0]"},
                        "checks": [
                            {
                                "subject": {"type": "variable", "name": "a"},
                                "conditions": [{"operator": "is_true"}],
                                "label": "a",
                                "origin": {"file": "test.json", "path": "requests[0]"},
                            }
                        ],
                    }
                ],
            }
        ],
    }


CHANGES = [
    # where, what is put there, what the message says, why
    (("colour",), "red", "colour: unknown field", "a field of a newer or another format"),
    (("journeys", 0, "steps", 0, "url"), 5, "journeys[0].steps[0].url: a text", "the place is named in full"),
    (("journeys", 0, "steps", 0, "colour"), 1, "journeys[0].steps[0].colour: unknown field", "also deep inside"),
    (("journeys", 0, "steps", 0, "type"), "rquest", 'journeys[0].steps[0].type: unknown "rquest"', "tags are closed"),
    (("journeys", 0, "steps", 0, "type"), ["request"], "steps[0].type: unknown a list", "a tag is a text"),
    (("journeys", 0, "steps", 0), "request", "journeys[0].steps[0]: an object", "a node is an object"),
    (("journeys", 0, "steps"), {}, "journeys[0].steps: a list", "a list is a list"),
    (("journeys",), None, "journeys: a list is needed, not null", "null is not nothing"),
    (("name",), 5, "name: a text is needed, not 5", "no conversion"),
    (("dialect",), "klingon", "dialect: one of jmeter, loadmill", "words are closed"),
    (
        ("populations", 0, "load", "phases", 0, "start"),
        True,
        "populations[0].load.phases[0].start: a number is needed, not true",
        "bool is no number",
    ),
    (
        ("populations", 0, "load", "phases", 0, "start"),
        "1",
        "populations[0].load.phases[0].start: a number",
        "a text is no number",
    ),
    (
        ("populations", 0, "load", "iterations_per_user"),
        1.5,
        "populations[0].load.iterations_per_user: a whole number",
        "half an iteration",
    ),
    (
        ("populations", 0, "load", "iterations_per_user"),
        1e30,
        "populations[0].load.iterations_per_user: a whole number",
        "beyond all whole numbers",
    ),
    (
        ("populations", 0, "load", "type"),
        "load",
        "populations[0].load.type: unknown field",
        "no tag where there is no choice",
    ),
    (
        ("data",),
        [{"name": "n", "columns": ["a"], "rows": [["x"], [1]]}],
        "data[0].rows[1][0]: a text",
        "a cell is text",
    ),
    (
        ("journeys", 0, "steps", 0, "url"),
        ["a", {"source": ""}],
        "steps[0].url[1].expr: missing",
        "a hole needs its expr",
    ),
    (("origin",), {}, "origin.file: missing", "a required field"),
    (("version",), 2, "made by a newer Penstock", "an older version must not run half of it"),
    (("version",), "1", "version: missing or not a number", "no version, no scenario"),
    (("version",), True, "version: missing or not a number", "true is no version"),
]


@pytest.mark.parametrize(("place", "value", "message", "why"), CHANGES, ids=[change[3] for change in CHANGES])
def test_what_does_not_fit_is_refused_with_its_place(
    place: tuple[str | int, ...], value: Any, message: str, why: str
) -> None:
    data = form(REQUEST)
    target = data
    for key in place[:-1]:
        target = target[key]
    target[place[-1]] = value
    with pytest.raises(InvalidInput) as refusal:
        codec.decode(orjson.dumps(data))
    assert message in str(refusal.value), why


HOSTILE = [
    (b"", "not JSON"),
    (b"[]", "an object is needed"),
    (b"null", "an object is needed"),
    (b"{}", "no scenario of Penstock"),
    (b'{"version": 1}', "name: missing"),
    (b"[" * 100_000, "not JSON"),
    (b'{"a":' * 100_000, "not JSON"),
    (b'{"version": 1, "name": "\xff"}', "not JSON"),
    (b'{"version": 1, "name": "\\ud800"}', "not JSON"),
    (b'{"version": 1, "max_failures": 1e999}', "not JSON"),
    (b'{"version": 1, "max_failures": NaN}', "not JSON"),
    (b'{"version": 1, "name": "' + b"x" * 5_000_000 + b'", "name2": 1}', "name2: unknown field"),
]


@pytest.mark.parametrize(("data", "message"), HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_bytes_are_refused_in_a_sentence(data: bytes, message: str) -> None:
    with pytest.raises(InvalidInput) as refusal:
        codec.decode(data)
    assert message in str(refusal.value)
    assert len(str(refusal.value)) < 500


def test_a_message_does_not_repeat_a_huge_value() -> None:
    data = form(REQUEST)
    data["dialect"] = "x" * 1_000_000
    with pytest.raises(InvalidInput) as refusal:
        codec.decode(orjson.dumps(data))
    assert len(str(refusal.value)) < 200


def test_too_many_bytes_are_refused_before_they_are_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(codec, "MAX_BYTES", 100)
    with pytest.raises(InvalidInput, match="at most 100 are read"):
        codec.decode(codec.encode(scenario(REQUEST)))


def test_groups_nest_up_to_the_limit() -> None:
    deep = scenario(nested(codec.MAX_DEPTH - 4))
    assert codec.decode(codec.encode(deep)) == deep


def test_operators_nest_up_to_the_limit() -> None:
    expr: Expr = Literal("1")
    for _ in range(codec.MAX_DEPTH - 5):
        expr = Operation("+", Literal("1"), expr)
    deep = scenario(Request("r", "GET", Text((Hole(expr, "…"),)), ORIGIN))
    assert codec.decode(codec.encode(deep)) == deep


def test_deeper_nesting_is_refused_in_both_directions() -> None:
    with pytest.raises(InvalidInput, match="nested more than 100 deep"):
        codec.encode(scenario(nested(5_000)))
    data = form(REQUEST)
    steps = data["journeys"][0]["steps"]
    for _ in range(400):
        steps = [{"type": "group", "name": "g", "steps": steps, "origin": {"file": "f"}}]
    data["journeys"][0]["steps"] = steps
    with pytest.raises(InvalidInput, match="nested more than 100 deep"):
        codec.decode(_dumps(data))


def _dumps(value: Any) -> bytes:
    import json

    return json.dumps(value).encode()


@pytest.mark.parametrize("duration", [float("inf"), float("nan")])
def test_a_number_that_json_cannot_hold_is_refused(duration: float) -> None:
    endless = Scenario("s", "loadmill", (), (Population("all", Load((Phase(1, 1, duration),))),), ORIGIN)
    with pytest.raises(InvalidInput, match=r"load\.phases\[0\]\.duration_s"):
        codec.encode(endless)


def test_half_a_surrogate_pair_is_refused() -> None:
    with pytest.raises(InvalidInput, match="cannot be written as JSON"):
        codec.encode(scenario(Request("\ud800", "GET", Text(), ORIGIN)))


def test_whole_numbers_are_read_where_a_number_stands() -> None:
    data = form(REQUEST)
    data["max_failures"] = 0
    assert codec.decode(orjson.dumps(data)).max_failures == 0.0
