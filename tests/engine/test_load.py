"""When users come and go, and how a run ends."""

from __future__ import annotations

import json
import re
import socket
import time
from collections import Counter
from itertools import pairwise
from typing import Any

import pytest

from penstock.script import User, check, group, http, sleep
from tests.apps import Faulty, Slow
from tests.engine.native_run import engine, frames, plan, play, stop_after

SOON_S = 4.0
"""At most so much later, on a machine that is busy; what is wrong would take far longer, or for ever."""


class Diary:
    """Notes when each user starts an iteration, in seconds since the diary was begun."""

    def __init__(self) -> None:
        self.began = time.monotonic()
        self.notes: list[tuple[int, float]] = []

    async def journey(self, user: User) -> None:
        self.notes.append((user.index, time.monotonic() - self.began))
        await sleep(0.02)

    def ahead_s(self) -> float:
        """Return how much earlier this clock began than the run, at most; with what a step may take."""
        return self.notes[0][1] + 0.05

    def first(self, user: int) -> float:
        """Return when a user started first."""
        return next(at for index, at in self.notes if index == user)

    def last(self, user: int) -> float:
        """Return when a user started last."""
        return [at for index, at in self.notes if index == user][-1]


def test_users_start_along_the_ramp() -> None:
    diary = Diary()
    play(diary.journey, phases=((0, 5, 0.5), (5, 5, 20.0)), iterations=1)
    for user in range(5):
        assert user * 0.1 <= diary.first(user) < user * 0.1 + SOON_S, diary.notes


def test_users_leave_along_the_ramp_down() -> None:
    diary = Diary()
    play(diary.journey, phases=((4, 4, 0.1), (4, 0, 0.4)), iterations=None)
    for user in range(1, 4):
        # Nobody begins when it is let go already; the diary's own clock began a little earlier.
        assert diary.last(user) < 0.5 - user * 0.1 + diary.ahead_s(), diary.notes


def test_a_user_comes_back_when_the_load_rises_again() -> None:
    seen: list[tuple[float, int, Any]] = []

    async def journey(user: User) -> None:
        seen.append((time.monotonic(), user.iteration, user.state.setdefault("first", user.iteration)))
        await sleep(0.02)

    play(journey, phases=((1, 1, 0.5), (0, 0, 0.3), (1, 1, 0.5)), iterations=None)
    assert [iteration for _, iteration, _ in seen] == list(range(len(seen)))
    assert len(seen) <= 51
    assert max(later[0] - earlier[0] for earlier, later in pairwise(seen)) > 0.25, "it was away"
    assert {first for *_, first in seen} == {0}


def test_segments_share_the_users_without_talking() -> None:
    users: Counter[int] = Counter()

    async def journey(user: User) -> None:
        users[user.index] += 1

    for index in range(3):
        played = play(journey, phases=((7, 7, 20.0),), segment=(index, 3))
        assert played.snapshots[0]["source"] == f"{index}/3"
    assert users == dict.fromkeys(range(7), 1)


def test_a_segment_without_users_ends_at_once() -> None:
    async def journey(user: User) -> None:
        raise AssertionError

    played = play(journey, segment=(1, 2))
    assert (played.end["reason"], played.iterations) == ("finished", {})


def test_users_take_journeys_by_their_weights() -> None:
    runs: Counter[str] = Counter()

    async def often(user: User) -> None:
        runs["often"] += 1

    async def seldom(user: User) -> None:
        runs["seldom"] += 1

    async def never(user: User) -> None:
        runs["never"] += 1

    weights = (("often", 3.0), ("never", 0.0), ("seldom", 1.0))
    played = play(often, never, seldom, phases=((40, 40, 20.0),), journeys=weights)
    assert set(runs) == {"often", "seldom"}
    assert 9 <= runs["seldom"] <= 11
    assert played.series("often", "iteration").count == runs["often"] == 40 - runs["seldom"]


def test_a_pause_lies_between_iterations_and_grows_by_what_they_return() -> None:
    at = []

    async def journey(user: User) -> float | None:
        at.append(time.monotonic())
        return (None, 0.1, 60.0)[user.iteration]  # no pause after the last one

    played = play(journey, iterations=3, pause_s=0.1)
    assert at[1] - at[0] >= 0.1
    assert at[2] - at[1] >= 0.2
    assert played.took_s - (at[2] - at[0]) < SOON_S


def test_a_pause_ends_with_the_load() -> None:
    async def journey(user: User) -> None:
        pass

    played = play(journey, phases=((1, 1, 0.2),), iterations=None, pause_s=30)
    assert 0.2 <= played.took_s < SOON_S
    assert played.iterations == {"started": 1, "finished": 1}


def test_what_runs_at_the_end_of_the_load_is_finished() -> None:
    with Slow(0.3) as target:

        async def journey(user: User) -> None:
            assert (await http.get(target.url)).ok

        played = play(journey, phases=((2, 2, 0.1),), iterations=None, grace_s=5)
    assert played.iterations == {"started": 2, "finished": 2}
    assert played.end == {"type": "end", "reason": "finished", "message": None}


def test_what_runs_after_the_grace_is_interrupted_and_not_failed() -> None:
    with Faulty("never-answer") as target:

        async def journey(user: User) -> None:
            await http.get(target.url)

        played = play(journey, phases=((2, 2, 0.1),), iterations=None, grace_s=0.2)
    assert 0.3 <= played.took_s < SOON_S
    assert played.iterations == {"started": 2, "interrupted": 2}
    assert played.end["reason"] == "finished"
    assert played.series("main", "iteration").count == 0


@pytest.mark.parametrize("what", ["asleep", "hanging", "pausing", "busy"])
def test_a_stop_without_grace_is_obeyed_at_once(what: str) -> None:
    with Faulty("never-answer") as target:

        async def journey(user: User) -> None:
            if what == "asleep":
                await sleep(60)
            elif what == "hanging":
                await http.get(target.url, timeout=60)
            elif what == "busy":
                time.sleep(0.001)

        pause_s = 60.0 if what == "pausing" else 0.0
        played = play(
            journey,
            phases=((20, 20, 60.0),),
            iterations=None,
            pause_s=pause_s,
            meanwhile=stop_after(0.2, grace_s=0),
        )
    assert played.took_s < SOON_S
    assert played.end["reason"] == "stopped"
    assert played.iterations.get("interrupted", 0) == (20 if what in ("asleep", "hanging") else 0)
    assert played.iterations.get("failed", 0) == 0


@pytest.mark.parametrize("grace_s", [0, 60])
def test_a_stop_does_not_wait_for_users_that_have_not_come(grace_s: float) -> None:
    diary = Diary()
    phases = ((0, 10, 60.0), (0, 0, 60.0), (10, 10, 60.0))
    played = play(diary.journey, phases=phases, iterations=None, meanwhile=stop_after(0.2, grace_s))
    assert played.took_s < SOON_S
    assert {user for user, _ in diary.notes} == {0}


def test_a_stop_before_the_start_ends_the_run() -> None:
    async def journey(user: User) -> None:
        raise AssertionError

    start_at_ns = time.clock_gettime_ns(time.CLOCK_MONOTONIC) + 60_000_000_000
    played = play(journey, start_at_ns=start_at_ns, meanwhile=stop_after(0.1, grace_s=0))
    assert played.took_s < SOON_S
    assert (played.end["reason"], played.iterations) == ("stopped", {})


def test_a_stop_with_grace_lets_iterations_finish() -> None:
    async def journey(user: User) -> None:
        await sleep(0.3 if user.index == 0 else 60)

    played = play(journey, phases=((2, 2, 60.0),), iterations=None, meanwhile=stop_after(0.1, grace_s=1.0))
    assert 1.0 <= played.took_s < 1.0 + SOON_S
    assert played.iterations == {"started": 2, "finished": 1, "interrupted": 1}
    assert played.end["reason"] == "stopped"


def test_a_second_stop_can_only_shorten_the_grace() -> None:
    def stop_twice(to: socket.socket) -> None:
        frames.send(to, {"type": "stop", "grace_s": 60})
        time.sleep(0.1)
        frames.send(to, {"type": "stop", "grace_s": 0})

    async def journey(user: User) -> None:
        await sleep(60)

    assert play(journey, meanwhile=stop_twice).took_s < SOON_S


def test_an_interrupted_journey_may_tidy_up_and_nothing_of_it_counts() -> None:
    tidied = []

    async def journey(user: User) -> None:
        async with group("g"):
            try:
                await sleep(60)
            finally:
                check(False, "interrupted")
                tidied.append(user.index)

    played = play(journey, meanwhile=stop_after(0.05, grace_s=0))
    assert tidied == [0]
    assert played.iterations == {"started": 1, "interrupted": 1}
    assert played.names == set()


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # Python's own word when it is freed
def test_a_journey_that_refuses_to_end_is_left_behind() -> None:
    async def journey(user: User) -> None:
        while True:
            try:
                await sleep(60)
            except GeneratorExit:
                continue

    played = play(journey, meanwhile=stop_after(0.05, grace_s=0))
    assert played.iterations == {"started": 1, "interrupted": 1}


def test_a_closed_socket_is_a_stop_without_grace() -> None:
    def close(ours: socket.socket) -> None:
        time.sleep(0.1)
        ours.shutdown(socket.SHUT_RDWR)

    async def journey(user: User) -> None:
        await sleep(60)

    assert play(journey, meanwhile=close).took_s < SOON_S


@pytest.mark.parametrize(
    ("reason", "data"),
    [
        ("an unknown command", b'\x00\x00\x00\x0e{"type":"fly"}'),
        ("no JSON", b"\x00\x00\x00\x05hello"),
        ("a frame beyond all measure", b"\xff\xff\xff\xff"),
    ],
)
def test_a_command_that_is_none_ends_the_run_as_failed(reason: str, data: bytes) -> None:
    async def journey(user: User) -> None:
        await sleep(60)

    played = play(journey, meanwhile=lambda to: to.sendall(data))
    assert played.end["reason"] == "failed", reason
    assert "command" in played.end["message"]


def test_a_run_starts_when_it_is_told_to() -> None:
    diary = Diary()
    start_at_ns = time.clock_gettime_ns(time.CLOCK_MONOTONIC) + 300_000_000
    played = play(diary.journey, start_at_ns=start_at_ns)
    assert 0.3 <= diary.first(0) < SOON_S
    assert [snapshot["second"] for snapshot in played.snapshots] == [0]


def test_a_start_that_has_passed_is_made_up_for() -> None:
    diary = Diary()
    start_at_ns = time.clock_gettime_ns(time.CLOCK_MONOTONIC) - 300_000_000
    played = play(diary.journey, phases=((0, 2, 1.0),), start_at_ns=start_at_ns, iterations=None)
    assert 0.2 <= diary.first(1) < SOON_S  # in a run that began 0.3 s ago
    (lateness,) = [health for health in played.health("start_lateness") if health["n"]]
    assert lateness["max"] >= 300_000_000


def test_starts_are_on_time() -> None:
    async def journey(user: User) -> None:
        pass

    played = play(journey, phases=((0, 50, 0.5),))
    (lateness,) = [health for health in played.health("start_lateness") if health["n"]]
    assert lateness["n"] == 50
    worst_lag_ns = max(health["max"] for health in played.health("loop_lag") if health["n"])
    assert lateness["sum"] / 50 < 5_000_000 + worst_lag_ns, "no later than the machine is"


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"version": 2}, "version: this engine reads plans of version 1, not 2"),
        ({"news": 1}, "unknown field `news`"),
        ({"segment": {"index": 2, "of": 2}}, "segment: index 2 of 2 does not exist"),
        ({"journeys": []}, "journeys: at least one journey is needed"),
        ({"populations": []}, "populations: at least one population is needed"),
    ],
)
def test_a_plan_that_is_wrong_says_where(change: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=re.escape(message)):
        engine.Loop(json.dumps({**plan(), **change}).encode())


@pytest.mark.parametrize(
    ("part", "change", "message"),
    [
        ("shares", [{"journey": 0, "weight": 0}], "populations[0].shares: the weights must add up to more than 0"),
        ("shares", [{"journey": 0, "weight": -1}], "populations[0].shares[0].weight: -1 is not"),
        ("shares", [{"journey": 3, "weight": 1}], "populations[0].shares[0].journey: there is no journey 3"),
        ("load", {"model": "arrivals"}, "load.max_users: a number of users from 1"),
        ("load", {"max_users": 3}, "load.max_users: the phases say"),
        (
            "load",
            {"model": "arrivals", "max_users": 3, "pacing_s": 1},
            "load.model: arrivals have no iterations a user",
        ),
        ("load", {"iterations_total": 0}, "load.iterations_total: must be at least 1"),
        ("load", {"new_users": 2}, "load.new_users: 2 is not"),
        ("load", {"phases": []}, "load.phases: at least one phase is needed"),
        ("load", {"phases": [{"start": -1, "end": 1, "duration_s": 1}]}, "load.phases[0].start: -1 is not between 0"),
        ("load", {"iterations_per_user": 0}, "load.iterations_per_user: must be at least 1"),
        ("load", {"grace_s": -1}, "load.grace_s: -1 is not"),
        ("http", {"timeout_s": 0}, "http.timeout_s: 0 is not"),
        ("http", {"cookies": "sometimes"}, "unknown variant `sometimes`"),
        ("http", {"user_agent": "a\r\nb"}, "http.user_agent: may not hold line breaks"),
        ("http", {"base_url": "nonsense"}, 'http.base_url "nonsense": relative URL without a base'),
        ("http", {"retarget": "ftp://x"}, 'http.retarget "ftp://x": unsupported scheme'),
    ],
)
def test_a_part_of_a_plan_that_is_wrong_says_where(part: str, change: Any, message: str) -> None:
    wrong = plan()
    holder = wrong if part == "http" else wrong["populations"][0]
    holder[part] = {**holder[part], **change} if isinstance(change, dict) else change
    with pytest.raises(ValueError, match=re.escape(message)):
        engine.Loop(json.dumps(wrong).encode())


def test_journeys_that_do_not_fit_the_plan_are_refused() -> None:
    with pytest.raises(ValueError, match="2 journeys are given, the plan names 1"):
        engine.Loop(json.dumps(plan()).encode()).run([print, print], 0)


def test_a_descriptor_that_is_none_is_refused() -> None:
    with pytest.raises(OSError, match="Bad file descriptor"):
        engine.Loop(json.dumps(plan()).encode()).run([print], 987)
    with pytest.raises(ValueError, match="-1 is no file descriptor"):
        engine.Loop(json.dumps(plan()).encode()).run([print], -1)
