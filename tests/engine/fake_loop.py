"""The plain double of the native loop: the same border (docs/spec/engine-border.md), slow, clear, without a network.

A function stands for the server, a heap for the clock. What this loop does is what is right; the native one is
compared with it. Left out: everything that is about real time (latencies, lateness, samples, health).

    users by load ──▶ heap of (time, user) ──▶ step the coroutine ──▶ operation ──▶ server function
                              ▲                                           │
                              └──────────────── time of its end ◀─────────┘
"""

from __future__ import annotations

import heapq
import math
import traceback
from collections import Counter, defaultdict
from collections.abc import Callable, Generator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any

from penstock.script import binding
from tests.engine.fake_http import Client, FakeResponse, Server


@dataclass
class Series:
    """What is counted under one name."""

    count: int = 0
    failed: int = 0
    statuses: Counter[int] = field(default_factory=Counter)
    errors: Counter[tuple[str, str]] = field(default_factory=Counter)
    checks: dict[str, list[int]] = field(default_factory=lambda: defaultdict(lambda: [0, 0]))


@dataclass
class Exchange:
    """An exchange that is over but may still be failed."""

    name: str
    status: int
    error: tuple[str, str] | None
    checks: list[tuple[str, bool]] = field(default_factory=list)


@dataclass
class OpenGroup:
    """A group that a user is in."""

    name: str
    failed: bool = False


@dataclass
class FakeUser:
    """A `penstock.script.User`, and what the loop keeps of it."""

    index: int
    journey: int
    client: Client
    iteration: int = 0
    state: dict[str, Any] = field(default_factory=dict)
    coroutine: Generator[Any, Any, Any] | None = None
    result: Any = None
    pending: Exchange | None = None
    groups: list[OpenGroup] = field(default_factory=list)
    failed: bool = False
    once: int | None = None
    has_started: bool = False

    @property
    def doing(self) -> int:
        """The place of the journey that the user does now."""
        return self.journey if self.once is None else self.once


class FakeLoop:
    """Runs journeys as the native loop does. Afterwards `series`, `iterations`, `requests` and `now` say what was.

    `plan` is that of the border with one population of users, or only its `load`; what is left out of `load`,
    `journeys` and `http` is the default.
    """

    def __init__(self, plan: Mapping[str, Any], server: Server) -> None:
        self.server = server
        self.http = plan.get("http", {})
        population = plan["populations"][0] if "populations" in plan else {"load": plan["load"]}
        self.load = population["load"]
        self.on_start, self.on_stop = population.get("on_start"), population.get("on_stop")
        self.stops_at_end = population.get("stops_at_end", True)
        shares = population.get("shares", [{"journey": place} for place in range(len(plan["journeys"]))])
        self.places = [share["journey"] for share in shares]
        self.names = [journey["name"] for journey in plan["journeys"]]
        self.series: dict[tuple[str, str], Series] = defaultdict(Series)
        self.iterations: Counter[str] = Counter()
        self.retired: set[str] = set()
        self.requests: list[tuple[str, str, dict[str, str], bytes]] = []
        self.now = 0.0
        self.user: FakeUser

    # the recorder

    def check(self, name: str, passed: bool) -> None:
        if self.user.pending is None:
            self._of_iteration().checks[name][0 if passed else 1] += 1
        else:
            self.user.pending.checks.append((name, passed))
        if not passed:
            self.fail("check", name)

    def fail(self, kind: str, message: str) -> None:
        if self.user.pending is None:
            self._of_iteration().errors[kind, message] += 1
            self._fail_user()
        elif self.user.pending.error is None:
            self.user.pending.error = (kind, message)

    def enter_group(self, name: str) -> None:
        self.user.groups.append(OpenGroup(name))

    def exit_group(self) -> None:
        group, pending = self.user.groups.pop(), self.user.pending
        series = self.series["group", group.name]
        series.count += 1
        series.failed += group.failed or (pending is not None and pending.error is not None)

    def retire(self, journey: str) -> None:
        self.retired.add(journey)

    # the run

    def run(self, journeys: Sequence[Callable[..., Any]]) -> FakeLoop:
        before = binding.recorder
        binding.bind(self)
        try:
            self._run(journeys)
        finally:
            binding.bind(before)
        return self

    def _run(self, journeys: Sequence[Callable[..., Any]]) -> None:
        order = count()
        agenda: list[tuple[float, int, FakeUser]] = []

        def plan(at: float | None, user: FakeUser) -> None:
            if at is not None:
                heapq.heappush(agenda, (at, next(order), user))

        peak = max(max(phase["start"], phase["end"]) for phase in self.load["phases"])
        for index in range(math.ceil(peak)):
            client = Client(self.http, self.server, self.requests)
            plan(self._asked_from(index, 0.0), FakeUser(index, self.places[index % len(self.places)], client))
        limit = self.load.get("iterations_per_user")
        end_s = sum(phase["duration_s"] for phase in self.load["phases"])
        last_s = end_s + self.load.get("grace_s", 30.0)
        while agenda:
            self.now, _, user = heapq.heappop(agenda)
            self.user = user
            if self.now > last_s:
                self._interrupt(user)
            elif user.coroutine is None and not self._wants(user, limit):
                if user.has_started and self.on_stop is not None and (self.stops_at_end or self.now < end_s):
                    user.once, user.has_started = self.on_stop, False
                    plan(self.now, user)
                else:
                    user.has_started = False
                    plan(None if self._is_spent(user, limit) else self._asked_from(user.index, self.now), user)
            else:
                if user.coroutine is None and not user.has_started and user.once is None:
                    user.once, user.has_started = self.on_start, True
                took_s = self._step(user, journeys)
                if took_s is not None:
                    plan(self.now + took_s, user)
                elif user.once is not None or not self._wants(user, limit):
                    user.once = None
                    plan(self.now, user)
                else:
                    rest_s = self.load.get("pause_s", 0.0) + (user.result or 0.0)
                    # A user whom the load lets go while it rests leaves then.
                    plan(min(self.now + rest_s, max(self.now, end_s)), user)

    def _wants(self, user: FakeUser, limit: int | None) -> bool:
        """Return whether the user has something to do: an iteration, or what it does once."""
        return user.once is not None or (self._asked(self.now) > user.index and not self._is_spent(user, limit))

    def _is_spent(self, user: FakeUser, limit: int | None) -> bool:
        return user.iteration == limit or self.names[user.journey] in self.retired

    def _asked(self, at: float) -> float:
        """Return how many users the load asks for."""
        for phase in self.load["phases"]:
            if at < phase["duration_s"]:
                rise: float = (phase["end"] - phase["start"]) * at / phase["duration_s"]
                return float(phase["start"]) + rise
            at -= phase["duration_s"]
        return 0.0

    def _asked_from(self, index: int, after: float) -> float | None:
        """Return when, not before `after`, the load asks for more than `index` users."""
        begin = 0.0
        for phase in self.load["phases"]:
            end = begin + phase["duration_s"]
            at = max(begin, after)
            if at < end and self._asked(at) > index:
                return at
            if at < end and phase["end"] > index:
                part = (index - phase["start"]) / (phase["end"] - phase["start"])
                return math.nextafter(max(at, begin + part * (end - begin)), math.inf)
            begin = end
        return None

    # one user

    def _step(self, user: FakeUser, journeys: Sequence[Callable[..., Any]]) -> float | None:
        """Let the user go on to its next operation; return how long that takes, None when the iteration is over."""
        if user.coroutine is None:
            self.iterations["started"] += user.once is None
            user.failed, user.result = False, None
            user.client.begin_iteration()
            user.coroutine = journeys[user.doing](user)
        wrong: Exception | None = None
        while True:
            try:
                operation = user.coroutine.send(user.result) if wrong is None else user.coroutine.throw(wrong)
            except StopIteration as end:
                self._end(user, end.value)
                return None
            except Exception as error:  # noqa: BLE001 — whatever a journey raises fails its iteration
                self._settle()
                self.fail("script", f"{type(error).__name__}: {error} ({_line(error)})")
                self._end(user, None)
                return None
            self._settle()
            try:
                return self._do(user, operation)
            except (TypeError, ValueError, RuntimeError) as error:
                wrong = error

    def _do(self, user: FakeUser, operation: Any) -> float:
        """Do the operation; raise what the journey gets for one that is wrong."""
        user.result = None
        match operation:
            case (1 | 2 as code, int() | float() as seconds):
                if not 0 <= seconds < math.inf:
                    raise ValueError(f"cannot sleep for {seconds} seconds")
                return 0.0 if code == 2 and self.load.get("thinks") == "off" else float(seconds)
            case (
                0,
                str() as method,
                str() as url,
                str() | None as name,
                headers,
                bytes() | str() | None as body,
                options,
            ):
                response = user.client.exchange(method, url, headers, body, options)
                error = None if response.ok else (response.error_kind or "", response.error or "")
                user.pending = Exchange(name or f"{method} {response.first_path}", response.status, error)
                user.result = response
                return response.elapsed_s
            case (0 | 1 | 2, *_):
                raise TypeError(f"wrong types in {operation!r}")
        raise RuntimeError(f"{operation!r} cannot be awaited here; await only what penstock.script gives")

    def _end(self, user: FakeUser, result: Any) -> None:
        self._settle()
        while user.groups:
            self.exit_group()
        self._of_iteration().count += 1
        self._of_iteration().failed += user.failed
        user.coroutine, user.result = None, result
        if user.once is None:
            self.iterations["finished"] += 1
            self.iterations["failed"] += user.failed
            user.iteration += 1

    def _interrupt(self, user: FakeUser) -> None:
        if user.coroutine is not None:
            self._settle()
            self.iterations["interrupted"] += user.once is None
            user.coroutine.close()
            user.coroutine = None

    def _settle(self) -> None:
        """Count the pending exchange, which nothing can change any more."""
        user = self.user
        exchange, user.pending = user.pending, None
        if exchange is None:
            return
        series = self.series["request", exchange.name]
        series.count += 1
        if exchange.status:
            series.statuses[exchange.status] += 1
        for name, passed in exchange.checks:
            series.checks[name][0 if passed else 1] += 1
        if exchange.error is not None:
            series.failed += 1
            series.errors[exchange.error] += 1
            self._fail_user()

    def _fail_user(self) -> None:
        """Note that the iteration has failed, and the groups that are open."""
        self.user.failed = True
        for group in self.user.groups:
            group.failed = True

    def _of_iteration(self) -> Series:
        return self.series["iteration", self.names[self.user.doing]]


def _line(error: BaseException) -> str:
    """Return the innermost line that is not Penstock's own."""
    own = (str(Path(binding.__file__).parent.parent), __file__)
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if not frame.filename.startswith(own)]
    return f"{Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else "?"


__all__ = ["FakeLoop", "FakeResponse", "Series", "Server"]
