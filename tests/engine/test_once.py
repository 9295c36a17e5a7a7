"""What users do once: before their first iteration and after their last."""

from __future__ import annotations

import time
from typing import Any

import orjson
import pytest

from penstock.script import User, check, http, sleep
from tests.apps import Slow
from tests.engine.fake_http import Answer
from tests.engine.fake_loop import FakeLoop
from tests.engine.native_run import Played, engine, plan, play, stop_after

JOURNEYS = (("main", 1.0), ("come", 0.0), ("go", 0.0))
ONCE = {"on_start": 1, "on_stop": 2}


class Diary:
    """Three journeys that note what they do."""

    def __init__(self) -> None:
        self.notes: list[tuple[int, str]] = []

    async def main(self, user: User) -> None:
        self.notes.append((user.index, f"main {user.state.get('name')}"))
        await sleep(0.02)

    async def come(self, user: User) -> None:
        self.notes.append((user.index, "come"))
        user.state["name"] = f"user {user.index}"
        await sleep(0.01)

    async def go(self, user: User) -> None:
        self.notes.append((user.index, "go"))
        await sleep(0.01)

    def of(self, user: int) -> list[str]:
        """Return what one user did."""
        return [what for index, what in self.notes if index == user]

    def play(self, **settings: Any) -> Played:
        """Run the three; the second is what users do first, the third what they do last."""
        return play(self.main, self.come, self.go, journeys=JOURNEYS, **{"population": ONCE, **settings})


def test_users_do_it_once_and_it_is_no_iteration() -> None:
    diary = Diary()
    played = diary.play(phases=((3, 3, 20.0),), iterations=2)
    for user in range(3):
        assert diary.of(user) == ["come", *[f"main user {user}"] * 2, "go"]
    assert played.iterations == {"started": 6, "finished": 6}
    assert [played.series(name, "iteration").count for name in ("main", "come", "go")] == [6, 3, 3]


@pytest.mark.parametrize(
    ("stops_at_end", "last"),
    [
        (True, "go"),  # a user of a flow.py says good-bye
        (False, "main user 0"),  # as Visual Studio: no test is started after the end of the load
    ],
)
def test_whether_users_do_their_last_at_the_end_of_the_load(stops_at_end: bool, last: str) -> None:
    diary = Diary()
    diary.play(phases=((1, 1, 0.1),), iterations=None, population={**ONCE, "stops_at_end": stops_at_end})
    assert diary.of(0)[-1] == last
    assert diary.of(0).count("come") == 1


def test_a_user_whom_the_load_lets_go_stops_and_starts_again_when_it_comes_back() -> None:
    diary = Diary()
    phases = ((1, 1, 0.5), (0, 0, 0.5), (1, 1, 0.5))
    diary.play(phases=phases, iterations=None, population={**ONCE, "stops_at_end": False})
    did = [what for what in diary.of(0) if what in ("come", "go")]
    assert did == ["come", "go", "come"]


def test_a_new_user_stops_and_starts_each_time() -> None:
    diary = Diary()
    diary.play(iterations=3, load={"new_users": 1.0})
    assert diary.of(0) == ["come", "main user 0", "go"] * 3


def test_users_of_a_rate_start_before_the_first_of_their_iterations_and_stop_at_the_end() -> None:
    diary = Diary()
    load = {"model": "arrivals", "max_users": 2}
    played = diary.play(phases=((20, 20, 0.5),), iterations=None, load=load)
    counts = played.iterations
    assert counts["finished"] + counts.get("dropped", 0) == 10  # those that nobody was free for
    users = {user for user, _ in diary.notes}
    for user in users:
        did = diary.of(user)
        assert (did[0], did[-1]) == ("come", "go")
        assert set(did[1:-1]) == {f"main user {user}"}
    assert played.series("come", "iteration").count == len(users)


def test_what_fails_there_is_named_and_the_user_goes_on() -> None:
    async def main(user: User) -> None:
        pass

    async def come(user: User) -> None:
        check(False, "logged in")
        raise ValueError("no such account")

    async def go(user: User) -> None:
        pass

    played = play(main, come, go, journeys=JOURNEYS, iterations=1, population=ONCE)
    series = played.series("come", "iteration")
    assert (series.count, series.failed) == (1, 1)
    ((kind, message), _) = next(item for item in series.errors.items() if item[0][0] == "script")
    assert (kind, message.split(" (")[0]) == ("script", "ValueError: no such account")
    assert played.iterations == {"started": 1, "finished": 1}


def test_a_stop_without_grace_cuts_it_and_counts_nothing() -> None:
    with Slow(5.0) as server:

        async def come(user: User) -> None:
            await http.get(f"{server.url}/")

        async def other(user: User) -> None:
            raise AssertionError

        began = time.monotonic()
        played = play(
            other, come, other, journeys=JOURNEYS, iterations=1, population=ONCE, meanwhile=stop_after(0.2, 0)
        )
    assert time.monotonic() - began < 4.5, "it did not wait for the answer"
    assert (played.iterations, played.names) == ({}, set())


@pytest.mark.parametrize("hook", ["on_start", "on_stop"])
def test_a_journey_that_is_not_there_is_refused(hook: str) -> None:
    with pytest.raises(ValueError, match=rf"populations\[0\].{hook}: there is no journey 7"):
        engine.Loop(orjson.dumps(plan(population={hook: 7})))


@pytest.mark.parametrize(
    ("phases", "iterations"),
    [
        (((3, 3, 20.0),), 2),  # ends by count
        (((2, 2, 0.1), (0, 0, 0.2), (2, 2, 0.1)), 1),  # let go after they have done all
    ],
)
def test_the_fake_loop_does_the_same(phases: tuple[Any, ...], iterations: int) -> None:
    def fresh() -> tuple[Diary, dict[str, Any]]:
        return Diary(), plan(phases=phases, iterations=iterations, journeys=JOURNEYS, population=ONCE)

    native, _ = fresh()
    played = native.play(phases=phases, iterations=iterations)
    fake, said = fresh()
    loop = FakeLoop(said, lambda *_: Answer(200)).run([fake.main, fake.come, fake.go])
    assert {user: native.of(user) for user in range(3)} == {user: fake.of(user) for user in range(3)}
    assert {name: times for name, times in loop.iterations.items() if times} == played.iterations
    counts = {key: series.count for key, series in loop.series.items()}
    assert counts == {("iteration", name): played.series(name, "iteration").count for name, _ in JOURNEYS}
