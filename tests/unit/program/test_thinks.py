"""Pauses of the user, and how skipped ones are made up."""

from __future__ import annotations

from typing import Any

import pytest

from penstock.model import Group, Jump, Label, Literal, Step, Think
from tests.engine.fake_http import Answer
from tests.unit.program.harness import (
    ORIGIN,
    UNCOMPUTABLE,
    assign,
    errors,
    get,
    run,
    text,
    urls,
    var,
    when,
)


def quick(*_: object) -> Answer:
    return Answer(body=b"{}", elapsed_s=0.0)


def failing(path: str) -> Any:
    return lambda _, url, *__: Answer(500 if url.endswith(path) else 200, body=b"{}", elapsed_s=0.0)


def think(duration: Any, nominal_s: float = 0.0, **fields: Any) -> Think:
    return Think(duration, nominal_s, ORIGIN, **fields)


@pytest.mark.parametrize(
    ("step", "seconds", "why"),
    [
        (think(0.3), 0.3, "seconds"),
        (think(0.01, least_s=0.05), 0.05, "raised to the least"),
        (think(var("ms")), 1.5, "a variable holds milliseconds"),
        (think(var("small"), least_s=0.05), 0.05, "a variable is raised too"),
        (think(var("odd")), 0.002, "rounded to whole milliseconds"),
        (think(var("negative"), least_s=0.05), 0.05, "a negative one is below the least"),
        (think(var("ms"), most_s=1.5), 1.5, "the most is allowed"),
    ],
    ids=lambda value: value if isinstance(value, str) else None,
)
def test_pauses(step: Think, seconds: float, why: str) -> None:
    loop = run(assign(ms="1500", small="1", odd="1.6", negative="-5"), step, get(), server=quick)
    assert loop.now == pytest.approx(seconds), why
    assert len(loop.requests) == 1


@pytest.mark.parametrize(
    ("step", "message"),
    [
        (think(300.001, most_s=300), "Invalid Request Delay: Cannot be more than 300000"),
        (think(var("ms"), most_s=1.4), "Invalid Request Delay: Cannot be more than 1400"),
        (think(var("missing")), "Invalid Request Delay: Must be an integer"),
        (think(var("word")), "Invalid Request Delay: Must be an integer"),
        (think(var("endless")), "Invalid Request Delay: Must be an integer"),
        (think(var("uncomputable")), "Failed to compute request delay - no such luck"),
    ],
)
def test_a_pause_that_cannot_be_fails_the_iteration_when_it_is_reached(step: Think, message: str) -> None:
    loop = run(assign(ms="1500", word="soon", endless="inf"), get("http://shop/a"), step, get("http://shop/b"))
    assert errors(loop) == {("iteration", "main"): [("expression", message)]}
    assert urls(loop) == ["/a"]


def test_thinks_can_be_left_out() -> None:
    loop = run(think(5), get(), think(var("missing")), get(), server=quick, no_think=True, makes_up_thinks=True)
    assert (loop.now, len(loop.requests)) == (0.0, 2)
    assert not errors(loop)


def ask(path: str) -> Step:
    return get(f"http://shop/{path}")


def paced(*more: Step) -> tuple[Step, ...]:
    """Return four requests with thinks of 0.3, 0.05, 0.1 and 0.7 before them."""
    return (
        think(0.3, 0.3),
        ask("0"),
        *more,
        think(0.2, 0.05),  # nominal is what counts, not what was slept
        ask("1"),
        think(0.1, 0.1),
        ask("2"),
        think(0.7, 0.7),
        ask("3"),
    )


@pytest.mark.parametrize(
    ("steps", "fails", "slept_s", "made_up_s", "why"),
    [
        (paced(), "0", 0.3, 0.85, "thinks behind the first request"),
        (paced(), "1", 0.5, 0.8, "behind the second"),
        (paced(), "2", 0.6, 0.7, "behind the third"),
        (paced(), "3", 1.3, 0.0, "nothing is behind the last"),
        (paced(), "none", 1.3, 0.0, "nothing to make up after a full iteration"),
        (paced(Jump(when(Literal("y")), None, ORIGIN)), "none", 0.3, 0.85, "a good early end makes up too"),
        (paced(Jump(when(UNCOMPUTABLE), None, ORIGIN)), "none", 0.3, 0.85, "so does a failed condition"),
        (paced(get(text("http://shop/", UNCOMPUTABLE))), "none", 0.3, 0.85, "a request counts when it is begun"),
        ((Jump(when(Literal("y")), None, ORIGIN), *paced()), "none", 0.0, 0.85, "none begun: as if the first was"),
        (
            (ask("a"), Jump(when(Literal("y")), "end", ORIGIN), think(0.4, 0.4), ask("b"), Label("end")),
            "none",
            0.0,
            0.4,
            "the skipped last request's think is behind",
        ),
        (
            (Group("g", (ask("0"), think(0.4, 0.4), ask("1")), ORIGIN), think(0.1, 0.1), ask("2")),
            "0",
            0.0,
            0.5,
            "groups are walked through",
        ),
    ],
    ids=lambda value: value if isinstance(value, str) and " " in value else None,
)
def test_skipped_thinks_are_made_up_between_iterations(
    steps: tuple[Step, ...], fails: str, slept_s: float, made_up_s: float, why: str
) -> None:
    # the second iteration starts after the pause; it sleeps as the first did
    loop = run(*steps, server=failing(fails), iterations=2, pause_s=1.0, makes_up_thinks=True)
    assert loop.now == pytest.approx(slept_s + 1.0 + made_up_s + slept_s), why
    plain = run(*steps, server=failing(fails), iterations=2, pause_s=1.0)
    assert plain.now == pytest.approx(slept_s + 1.0 + slept_s), "only where the journey asks for it"
