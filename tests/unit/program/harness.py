"""Short words to write steps with, and to run them on the fake loop."""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from typing import Any

from penstock.model import (
    Assign,
    Assignment,
    Call,
    Check,
    Condition,
    CsvData,
    Expr,
    Extract,
    Hole,
    Journey,
    JsonPathQuery,
    Literal,
    Load,
    Origin,
    Phase,
    Population,
    Request,
    Scenario,
    Step,
    Test,
    Text,
    TextQuery,
    Variable,
)
from penstock.program.journeys import Journeys, compile_with
from tests.engine.fake_http import Answer
from tests.engine.fake_loop import FakeLoop
from tests.unit.program.plain_dialect import PlainDialect

ORIGIN = Origin("test.json", "requests[0]")
UNCOMPUTABLE = Call("fail", (Literal("no such luck"),))


def text(*parts: str | Expr) -> Text:
    """Return a text; an expression becomes a hole written as `<…>`."""
    return Text(tuple(part if isinstance(part, str) else Hole(part, f"<{part}>") for part in parts))


def var(name: str) -> Variable:
    return Variable(name)


def get(url: str | Text = "http://shop/items", **fields: Any) -> Request:
    target = text(url) if isinstance(url, str) else url
    fields = {"name": "", "method": "GET", "url": target, "origin": ORIGIN, **fields}
    return Request(**fields)


def assign(**values: str | Text | list[Text]) -> Assign:
    return Assign(
        tuple(
            Assignment(
                name, tuple(value) if isinstance(value, list) else (text(value) if isinstance(value, str) else value,)
            )
            for name, value in values.items()
        ),
        ORIGIN,
    )


def takes(**queries: str | Text) -> tuple[Extract, ...]:
    """Return one set of extracts: a key of the JSON body, or a text."""
    return tuple(
        Extract(name, JsonPathQuery(text(query)) if isinstance(query, str) else TextQuery(query), ORIGIN)
        for name, query in queries.items()
    )


def check(subject: Expr, expected: str | None = None, **fields: Any) -> Check:
    condition = Condition("is_true") if expected is None else Condition("equals", text(expected))
    label = fields.pop("label", f"{subject}" if expected is None else f"is {expected}")
    return Check(subject, (condition,), label, ORIGIN, **fields)


def when(expr: Expr, negate: bool = False) -> Test:
    return Test(expr, negate)


def scenario(*steps: Step, data: tuple[CsvData, ...] = (), **about: bool) -> Scenario:
    journey = Journey("main", steps, ORIGIN, **about)  # type: ignore[arg-type]
    return Scenario("test", "loadmill", (journey,), (Population("all", Load((Phase(1, 1, 60),))),), ORIGIN, data)


_ABOUT = ("data", "makes_up_thinks", "keeps_variables", "goes_on_after_failures")


def compiled(*steps: Step, **options: Any) -> Journeys:
    about = {key: options.pop(key) for key in _ABOUT if key in options}
    return compile_with(PlainDialect(), Random(7), scenario(*steps, **about), **options)


def answer(status: int = 200, body: bytes = b"{}", **more: Any) -> Callable[..., Answer]:
    return lambda *_: Answer(status, body=body, **more)


def run(
    *steps: Step, server: Callable[..., Answer] | None = None, iterations: int = 1, pause_s: float = 0.0, **options: Any
) -> FakeLoop:
    """Run the steps as the journey of one user; the server says `{}` unless told otherwise."""
    load = {
        "phases": [{"start": 1, "end": 1, "duration_s": 1e6}],
        "iterations_per_user": iterations,
        "pause_s": pause_s,
    }
    loop = FakeLoop({"load": load, "journeys": [{"name": "main"}]}, server or answer())
    return loop.run([journey.function for journey in compiled(*steps, **options)])


def urls(loop: FakeLoop) -> list[str]:
    """Return the paths that were asked for, in order."""
    return [url.removeprefix("http://shop") for _, url, _, _ in loop.requests]


def errors(loop: FakeLoop) -> dict[tuple[str, str], list[tuple[str, str]]]:
    """Return the reasons of failures, by series."""
    return {name: list(series.errors.elements()) for name, series in loop.series.items() if series.errors}
