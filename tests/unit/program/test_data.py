"""Rows of data: which user gets which."""

from __future__ import annotations

from random import Random

import pytest

from penstock.errors import InvalidInput
from penstock.model import CsvData
from penstock.program.data import Feed, compile_data
from tests.unit.program.harness import assign, get, run, text, urls, var

ROWS = tuple((f"u{number}", f"p{number}") for number in range(7))


def csv(pick: str = "sequential", rows: tuple[tuple[str, ...], ...] = ROWS) -> CsvData:
    return CsvData("users.csv", ("user", "password"), rows, pick)  # type: ignore[arg-type]


def take(feed: Feed, times: int) -> list[str]:
    taken = []
    for _ in range(times):
        variables = {"user": "default"}
        feed(variables)
        taken.append(variables["user"])
        assert variables["password"] == variables["user"].replace("u", "p"), "a row stays together"
    return taken


@pytest.mark.parametrize("agents", [1, 2, 3, 7, 10])
def test_sequential_rows_are_all_handed_out_once_before_any_comes_again(agents: int) -> None:
    feeds = [compile_data(csv(), Random(1), index, agents) for index in range(agents)]
    taken = [take(feed, 14) for feed in feeds]
    dealt = [taken[place % agents][place // agents] for place in range(14)]
    assert dealt == [f"u{number % 7}" for number in range(14)], "row j of agent i of n has the place j*n + i"


def test_random_rows_are_drawn_anew_and_all_come() -> None:
    taken = take(compile_data(csv("random"), Random(1), 0, 1), 200)
    assert set(taken) == {f"u{number}" for number in range(7)}
    assert taken != take(compile_data(csv("random"), Random(2), 0, 1), 200)


def test_data_wins_over_defaults_and_later_assignments_over_data() -> None:
    show = get(text("http://shop/", var("user"), "-", var("password"), "-", var("other")))
    steps = (assign(user="default", other="o"), assign(other=text(var("user"))), show, assign(user="later"), show)
    loop = run(*steps, data=(csv(),), iterations=2)
    assert urls(loop) == ["/u0-p0-default", "/later-p0-default", "/u1-p1-default", "/later-p1-default"]


def test_several_sources_turn_independently() -> None:
    other = CsvData("colours.csv", ("colour",), (("red",), ("blue",)), "sequential")
    loop = run(get(text("http://shop/", var("user"), var("colour"))), data=(csv(rows=ROWS[:3]), other), iterations=4)
    assert urls(loop) == ["/u0red", "/u1blue", "/u2red", "/u0blue"]


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (csv(rows=()), "'users.csv': there are no rows"),
        (csv(rows=(("a", "b"), ("c",))), "'users.csv', row 2: 1 values for 2 columns"),
    ],
)
def test_data_that_cannot_feed_is_refused(data: CsvData, message: str) -> None:
    with pytest.raises(InvalidInput, match=message):
        compile_data(data, Random(1), 0, 1)
