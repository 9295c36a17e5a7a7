"""Loads: how many iterations begin, whose they are, and which are late, dropped or cut, is the same on both loops.

Nothing here depends on a few milliseconds: iterations that must overlap are long, those that must not are asked for
far apart, and a load that must be long enough is ten times that.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from penstock.script import User, binding, http, sleep
from tests.engine.both_loops import on_the_double, on_the_native_loop
from tests.engine.fake_loop import Command
from tests.engine.native_run import plan
from tests.engine.recording_server import Recording, recording_server

AMPLE = 30.0
ROOM = (0.0, 0.0, AMPLE)
Phases = tuple[tuple[float, float, float], ...]


@pytest.fixture(scope="module")
def shop() -> Iterator[Recording]:
    with recording_server() as recording:
        yield recording


class Diary:
    """Journeys that note who did what."""

    def __init__(self, lasts_s: float = 0.0) -> None:
        self.notes: list[tuple[int, int, str]] = []
        self.lasts_s = lasts_s

    async def main(self, user: User) -> None:
        self._note(user, "main")
        await http.get(f"/ok?{user.state.get('came', 0)}")
        await sleep(self.lasts_s)

    async def other(self, user: User) -> None:
        self._note(user, "other")

    async def come(self, user: User) -> None:
        self._note(user, "come")
        user.state["came"] = user.state.get("came", 0) + 1

    async def go(self, user: User) -> None:
        self._note(user, "go")
        await http.get("/ok?bye")

    async def last(self, user: User) -> None:
        self._note(user, "last")
        binding.recorder.retire("last")

    def _note(self, user: User, what: str) -> None:
        self.notes.append((user.index, user.iteration, what))

    @property
    def journeys(self) -> list[Any]:
        return [self.main, self.other, self.come, self.go, self.last]


NAMES = (("main", 1.0), ("other", 0.0), ("come", 0.0), ("go", 0.0), ("last", 0.0))
HOOKS = {"on_start": 2, "on_stop": 3}


def mixed(rule: str, *shares: tuple[int, float], **more: Any) -> dict[str, Any]:
    return {"mix": rule, "shares": [{"journey": journey, "weight": weight} for journey, weight in shares], **more}


def both(
    shop: Recording,
    lasts_s: float = 0.0,
    commands: tuple[Command, ...] = (),
    counts_lateness: bool = True,
    **said: Any,
) -> tuple[Diary, Diary]:
    """Run on both loops and compare what they count; give what was noted.

    Where a user has to be done with one start before the next is due, the machine decides whether that is late: it is
    not compared then (`counts_lateness`), and that none is lost is.
    """
    populations = said.pop("populations", None)
    segment = said.get("segment", (0, 1))
    made = plan(journeys=NAMES, base_url=shop.origin, **{"iterations": None, **said})
    if populations:
        made["populations"] = [
            {**made["populations"][0], **one, "load": {**made["populations"][0]["load"], **one["load"]}}
            for one in populations
        ]
    expected, found = Diary(lasts_s), Diary(lasts_s)
    counted = on_the_double(made, expected.journeys, commands).in_any_order().without("connects")
    counts = on_the_native_loop(made, found.journeys, shop, commands).in_any_order().without("connects")
    if not counts_lateness or said.get("load", {}).get("model") == "requests":
        counted, counts = counted.without_lateness(), counts.without_lateness()
    assert counts == counted, segment
    assert counts.iterations, "something is done"
    return expected, found


def phases(*parts: tuple[float, float, float]) -> list[dict[str, float]]:
    return [{"start": start, "end": end, "duration_s": duration_s} for start, end, duration_s in parts]


@pytest.mark.parametrize(
    ("reason", "load"),
    [
        ("all at once", {"phases": ((3, 3, AMPLE),), "iterations": 2}),
        ("a ramp", {"phases": ((0, 4, 0.1), (4, 4, AMPLE)), "iterations": 2}),
        ("steps", {"phases": ((1, 1, 0.03), (2, 2, 0.03), (4, 4, AMPLE)), "iterations": 1}),
        ("nobody at first", {"phases": ((0, 0, 0.05), (2, 2, AMPLE)), "iterations": 1}),
        ("part of a user", {"phases": ((2.5, 2.5, AMPLE),), "iterations": 1}),
        ("thinks left out", {"phases": ((2, 2, AMPLE),), "iterations": 2, "load": {"thinks": "off"}, "lasts_s": 20.0}),
        ("thinks that vary", {"phases": ((2, 2, AMPLE),), "iterations": 2, "load": {"thinks": "normal"}}),
        ("a pause", {"phases": ((1, 1, AMPLE),), "iterations": 3, "pause_s": 0.01}),
        ("new users", {"phases": ((2, 2, AMPLE),), "iterations": 3, "load": {"new_users": 1.0}, "population": HOOKS}),
        ("users who come and go", {"phases": ((3, 3, AMPLE),), "iterations": 2, "population": HOOKS}),
        (
            "one agent of two",
            {"phases": ((5, 5, AMPLE),), "iterations": 1, "segment": (1, 2), "population": HOOKS},
        ),
        (
            "weights of users",
            {"phases": ((7, 7, AMPLE),), "iterations": 1, "population": mixed("users", (0, 3), (1, 1))},
        ),
        ("in order", {"phases": ((2, 2, AMPLE),), "iterations": 3, "population": mixed("sequential", (1, 1), (0, 1))}),
        (
            "a journey that is used up",
            {"phases": ((1, 1, AMPLE),), "iterations": 4, "population": mixed("sequential", (4, 1), (1, 1))},
        ),
        (
            "all journeys used up",
            {"phases": ((1, 1, AMPLE),), "population": {**mixed("users", (4, 1)), **HOOKS}},
        ),
    ],
)
def test_users_do_the_same(shop: Recording, reason: str, load: dict[str, Any]) -> None:
    expected, found = both(shop, **load)
    assert sorted(found.notes) == sorted(expected.notes), reason


@pytest.mark.parametrize(
    ("reason", "load"),
    [
        ("a total", {"phases": ((3, 3, AMPLE),), "load": {"iterations_total": 7}}),
        (
            "a total, of which one agent of two has half",
            {"phases": ((3, 3, AMPLE),), "load": {"iterations_total": 7}, "segment": (1, 2)},
        ),
        ("more agents than users", {"phases": ((1, 1, AMPLE),), "load": {"iterations_total": 3}, "segment": (0, 4)}),
        (
            "tests by their share",
            {"phases": ((2, 2, AMPLE),), "load": {"iterations_total": 8}, "population": mixed("tests", (0, 3), (1, 1))},
        ),
        ("a total and a limit", {"phases": ((2, 2, AMPLE),), "iterations": 2, "load": {"iterations_total": 9}}),
    ],
)
def test_a_total_is_shared(shop: Recording, reason: str, load: dict[str, Any]) -> None:
    expected, found = both(shop, **load)
    assert sorted(what for *_, what in found.notes) == sorted(what for *_, what in expected.notes), reason


def arrivals(*parts: tuple[float, float, float], users: int = 30, **more: Any) -> dict[str, Any]:
    return {"phases": parts, "load": {"model": "arrivals", "max_users": users, **more}}


@pytest.mark.parametrize(
    ("reason", "load"),
    [
        ("a constant rate", arrivals((50, 50, 0.2), ROOM)),
        ("a rising rate", arrivals((0, 60, 0.3), ROOM)),
        ("a falling rate", arrivals((60, 0, 0.3), ROOM)),
        ("a rate that rests", arrivals((50, 50, 0.1), (0, 0, 0.1), (50, 50, 0.1), ROOM)),
        ("a total before the end", arrivals((50, 50, AMPLE), iterations_total=6)),
        ("one agent of three", {**arrivals((60, 60, 0.2), ROOM), "segment": (2, 3)}),
        (
            "more agents than users",
            {**arrivals((30, 30, 0.2), ROOM, users=1), "segment": (0, 2), "counts_lateness": False},
        ),
        ("journeys by their share", {**arrivals((50, 50, 0.2), ROOM), "population": mixed("tests", (0, 1), (1, 1))}),
        ("every start waits for the only user", {**arrivals((40, 40, 0.1), ROOM, users=1), "lasts_s": 0.06}),
        ("nobody is free before the end", {**arrivals((20, 20, 0.3), users=2), "lasts_s": 0.6}),
        ("nobody is patient", {**arrivals((20, 20, 0.2), ROOM, users=1, patience_s=0.05), "lasts_s": 0.6}),
        (
            "users of a rate begin and end",
            {**arrivals((20, 20, 0.2), ROOM, users=1), "population": HOOKS, "lasts_s": 0.1},
        ),
    ],
)
def test_starts_of_a_rate_are_the_same(shop: Recording, reason: str, load: dict[str, Any]) -> None:
    expected, found = both(shop, **load)
    assert len(found.notes) == len(expected.notes), reason


@pytest.mark.parametrize(
    ("reason", "load"),
    [
        (
            "a constant rate",
            {"phases": ((100, 100, AMPLE),), "iterations": 5, "load": {"model": "requests", "max_users": 2}},
        ),
        (
            "a rate behind a rest",
            {
                "phases": ((0, 0, 0.05), (100, 100, AMPLE)),
                "iterations": 3,
                "load": {"model": "requests", "max_users": 3},
            },
        ),
        (
            "behind the end at its last level",
            {
                "phases": ((50, 50, 0.1),),
                "lasts_s": 0.2,
                "load": {"model": "requests", "max_users": 2},
                "iterations": 1,
            },
        ),
    ],
)
def test_requests_of_a_rate_are_the_same(shop: Recording, reason: str, load: dict[str, Any]) -> None:
    expected, found = both(shop, **load)
    assert sorted(found.notes) == sorted(expected.notes), reason


def test_users_whom_the_load_lets_go_come_back(shop: Recording) -> None:
    load = ((2, 2, 0.4), (0, 0, 1.2), (2, 2, AMPLE))
    expected, found = both(shop, lasts_s=0.8, phases=load, iterations=2, population=HOOKS)
    assert sorted(found.notes) == sorted(expected.notes)
    assert [what for user, _, what in found.notes if user == 0] == ["come", "main", "go", "come", "main", "go"]


@pytest.mark.parametrize("stops_at_end", [True, False])
def test_users_say_good_bye_at_the_end_of_the_load_or_not(shop: Recording, stops_at_end: bool) -> None:
    population = {**HOOKS, "stops_at_end": stops_at_end}
    expected, found = both(shop, lasts_s=0.9, phases=((2, 2, 0.4),), population=population)
    assert sorted(found.notes) == sorted(expected.notes)
    assert ((0, 1, "go") in found.notes) is stops_at_end


def test_pacing_that_cannot_be_kept_is_late(shop: Recording) -> None:
    expected, found = both(shop, lasts_s=0.05, phases=((1, 1, AMPLE),), iterations=4, load={"pacing_s": 0.01})
    assert found.notes == expected.notes


def test_each_journey_of_a_pace_is_done_as_often(shop: Recording) -> None:
    """Wherever the intervals begin: among any three of these starts two are of the faster journey."""
    population = mixed("pace", (0, 7_200), (1, 3_600), pace_spread=0.0)
    load: dict[str, Any] = {"phases": ((2, 2, AMPLE),), "iterations": 3, "counts_lateness": False}
    expected, found = both(shop, population=population, **load)
    assert sorted((user, what) for user, _, what in found.notes) == sorted(
        (user, what) for user, _, what in expected.notes
    )


def test_populations_have_loads_of_their_own(shop: Recording) -> None:
    populations = [
        {"name": "a", "load": {"phases": phases((2, 2, AMPLE)), "iterations_per_user": 2}, **HOOKS},
        {"name": "b", "load": {"phases": phases((50, 50, 0.1), ROOM), "model": "arrivals", "max_users": 20}},
        {"name": "c", "load": {"phases": phases((1, 1, AMPLE)), "iterations_per_user": 1}, **mixed("users", (1, 1))},
    ]
    expected, found = both(shop, populations=populations)

    def of(diary: Diary, place: int) -> list[tuple[int, int, str]]:
        return sorted(note for note in diary.notes if note[0] % 3 == place)

    assert (of(found, 0), of(found, 2)) == (of(expected, 0), of(expected, 2))
    assert len(of(found, 1)) == len(of(expected, 1)) == 5


def test_networks_are_spread_over_users_alike(shop: Recording) -> None:
    """Who has the long line is not told, but its exchanges do not come in time."""
    networks = [
        {"name": "near", "share": 1, "down_kbps": None, "up_kbps": None, "latency_ms": 0},
        {"name": "far", "share": 2, "down_kbps": None, "up_kbps": None, "latency_ms": 500},
    ]
    load: dict[str, Any] = {
        "phases": ((6, 6, AMPLE),),
        "iterations": 1,
        "population": {"networks": networks},
        "timeout_s": 0.9,
    }
    expected, found = both(shop, **load)
    assert sorted(found.notes) == sorted(expected.notes)


def test_the_browser_of_a_user_says_how_much_goes_on_at_once(shop: Recording) -> None:
    browser = {"name": "ie", "share": 1, "headers": [{"name": "X-One", "value": "ie"}], "connections_per_host": 1}
    both(shop, phases=((2, 2, AMPLE),), iterations=2, population={"browsers": [browser]})


@pytest.mark.parametrize(
    ("reason", "commands", "load"),
    [
        (
            "more users",
            ((0.5, {"type": "level", "population": 0, "level": 3, "at_s": 0.5}),),
            {"phases": ((1, 1, 1.6),), "iterations": 1, "lasts_s": 1.2},
        ),
        (
            "nobody any more",
            ((0.5, {"type": "level", "population": 0, "level": 0, "at_s": 0.5}),),
            {"phases": ((2, 2, 1.6),), "lasts_s": 1.0, "population": HOOKS},
        ),
        (
            "a paused run",
            ((0.0, {"type": "pause"}), (0.4, {"type": "resume"})),
            {"phases": ((0, 0, 0.2), (2, 2, AMPLE)), "iterations": 2},
        ),
        (
            "starts that are due in a pause",
            ((0.0, {"type": "pause"}), (0.75, {"type": "resume"})),
            arrivals((0, 0, 0.2), (20, 20, 0.3), (0, 0, 0.5), (20, 20, 0.2), ROOM),
        ),
        (
            "a stop at once",
            ((1.2, {"type": "stop", "grace_s": 0.0}),),
            {"phases": ((2, 2, AMPLE),), "lasts_s": 20.0, "population": HOOKS},
        ),
        (
            "a stop with grace",
            ((0.5, {"type": "stop", "grace_s": AMPLE}),),
            {"phases": ((2, 2, AMPLE),), "lasts_s": 1.0, "population": HOOKS},
        ),
        (
            "a grace too short",
            ((0.5, {"type": "stop", "grace_s": 0.7}),),
            {"phases": ((2, 2, AMPLE),), "lasts_s": 20.0},
        ),
    ],
)
def test_commands_are_obeyed_alike(
    shop: Recording, reason: str, commands: tuple[Command, ...], load: dict[str, Any]
) -> None:
    expected, found = both(shop, commands=commands, **load)
    assert len(found.notes) == len(expected.notes), reason
    if load.get("load", {}).get("model") != "arrivals":
        assert sorted(found.notes) == sorted(expected.notes), reason


def test_what_outlasts_the_grace_is_cut_alike(shop: Recording) -> None:
    expected, found = both(shop, lasts_s=20.0, phases=((2, 2, 0.5),), grace_s=0.7)
    assert sorted(found.notes) == sorted(expected.notes)


def test_the_cool_down_takes_the_place_of_the_grace(shop: Recording) -> None:
    made = plan(journeys=NAMES, phases=((2, 2, 0.5),), iterations=None, grace_s=AMPLE, base_url=shop.origin)
    made["cool_down_s"] = 0.7
    expected, found = Diary(20.0), Diary(20.0)
    counted, counts = on_the_double(made, expected.journeys), on_the_native_loop(made, found.journeys, shop)
    assert counts.iterations == counted.iterations == {"interrupted": 2, "started": 2}
