"""Rows of data: which user gets which."""

from __future__ import annotations

from random import Random

import pytest

from penstock.errors import InvalidInput
from penstock.model import CsvData, Journey, Load, Phase, Population, Scenario, TakeRow
from penstock.program.data import Feed, compile_data
from penstock.program.journeys import compile_with
from tests.engine.fake_loop import FakeLoop
from tests.unit.program.harness import ORIGIN, answer, assign, get, run, text, urls, var
from tests.unit.program.plain_dialect import PlainDialect

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


@pytest.mark.parametrize("agents", [1, 2, 3])
def test_each_agent_takes_all_rows_in_order_where_the_cursor_is_its_own(agents: int) -> None:
    feeds = [compile_data(csv("agent_sequential"), Random(1), index, agents) for index in range(agents)]
    for feed in feeds:
        assert take(feed, 9) == [f"u{number % 7}" for number in range(9)]


def test_a_fixed_row_is_always_the_first() -> None:
    assert take(compile_data(csv("fixed"), Random(1), 1, 2), 3) == ["u0", "u0", "u0"]


def test_unique_rows_come_once_and_then_the_journey_is_started_no_more() -> None:
    journey = Journey("main", (get(text("http://shop/", var("user"))),), ORIGIN, data=(csv("unique", ROWS[:3]),))
    populations = (Population("all", Load((Phase(1, 1, 60),))),)
    whole = Scenario("test", "loadmill", (journey,), populations, ORIGIN)
    compiled = compile_with(PlainDialect(), Random(7), whole)
    load = {"phases": [{"start": 2, "end": 2, "duration_s": 60}], "pause_s": 1.0}
    loop = FakeLoop({"load": load, "journeys": [{"name": "main"}]}, answer())
    loop.run([each.function for each in compiled])
    assert sorted(urls(loop)) == ["/u0", "/u1", "/u2"]
    assert loop.retired == {"main"}


SHOW = get(text("http://shop/", var("user")))


def test_steps_that_take_rows_of_equal_data_go_on_where_the_other_stopped() -> None:
    row = TakeRow(csv(rows=ROWS[:3]), ORIGIN)
    assert urls(run(row, SHOW, row, SHOW, iterations=2)) == ["/u0", "/u1", "/u2", "/u0"]


def test_steps_that_take_rows_of_data_with_another_name_count_for_themselves() -> None:
    other = TakeRow(CsvData("others.csv", ("user", "password"), ROWS[:3], "sequential"), ORIGIN)
    assert urls(run(TakeRow(csv(), ORIGIN), SHOW, other, SHOW, iterations=2)) == ["/u0", "/u0", "/u1", "/u1"]


def test_behind_the_last_row_a_mark_stands_in_every_column() -> None:
    feed = compile_data(csv("marked_end", ROWS[:2]), Random(1), 0, 1)
    taken = []
    for _ in range(4):
        variables: dict[str, str] = {}
        feed(variables)
        taken.append(tuple(variables.values()))
    assert taken == [("u0", "p0"), ("u1", "p1"), ("<EOF>", "<EOF>"), ("<EOF>", "<EOF>")]


def test_each_user_may_read_all_rows_for_itself() -> None:
    feed = compile_data(csv("user_sequential", ROWS[:2]), Random(1), 1, 3)
    users: list[dict[str, str]] = [{}, {}]
    taken = []
    for user in (0, 1, 0, 0, 1):
        feed(users[user])
        taken.append(f"{user}{users[user]['user']}")
    assert taken == ["0u0", "1u0", "0u1", "0u0", "1u1"]


def test_what_a_short_row_lacks_stays_as_it_was_where_a_step_takes_it() -> None:
    data = csv(rows=(("u0", "p0"), ("u1",)))
    show = get(text("http://shop/", var("user"), "-", var("password")))
    assert urls(run(TakeRow(data, ORIGIN), show, TakeRow(data, ORIGIN), show)) == ["/u0-p0", "/u1-p0"]


def test_a_journey_whose_step_finds_no_row_left_is_done() -> None:
    loop = run(TakeRow(csv("unique", ROWS[:2]), ORIGIN), SHOW, iterations=4)
    assert urls(loop) == ["/u0", "/u1"]
    assert loop.retired == {"main"}
