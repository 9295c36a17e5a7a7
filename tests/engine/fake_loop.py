"""The plain double of the native loop: the same border (docs/spec/engine-border.md), slow, clear, without a network.

A function stands for the server, a heap for the clock. What this loop does is what is right; the native one is
compared with it. Left out: sockets, streams that end before their response does, browsers and networks, and everything
that is about real time (latencies, lateness, samples, health).

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
from urllib.parse import urlsplit

from penstock.script import binding
from penstock.script.operations import Handling, RequestOptions
from tests.engine.fake_http import Client, FakeResponse, Server


@dataclass
class Series:
    """What is counted under one name."""

    count: int = 0
    failed: int = 0
    cached: int = 0
    statuses: Counter[int] = field(default_factory=Counter)
    errors: Counter[tuple[str, str]] = field(default_factory=Counter)
    checks: dict[str, list[int]] = field(default_factory=lambda: defaultdict(lambda: [0, 0]))


@dataclass
class Exchange:
    """An exchange that is over but may still be failed."""

    name: str
    status: int
    error: tuple[str, str] | None
    response: FakeResponse
    is_recorded: bool = True
    is_forgiven: bool = False
    hops: tuple[int, ...] = ()
    checks: list[tuple[str, bool]] = field(default_factory=list)


@dataclass
class OpenGroup:
    """A group that a user is in."""

    name: str
    failed: bool = False
    kind: str = "group"
    came_after: bool = False  # it was entered when the pending exchange had ended


@dataclass
class FakeUser:
    """A `penstock.script.User`, and what the loop keeps of it."""

    index: int
    journey: int
    client: Client
    iteration: int = 0
    state: dict[str, Any] = field(default_factory=dict)
    browser: dict[str, Any] = field(default_factory=dict)
    coroutine: Generator[Any, Any, Any] | None = None
    result: Any = None
    pending: list[Exchange] = field(default_factory=list)
    groups: list[OpenGroup] = field(default_factory=list)
    closed_groups: list[OpenGroup] = field(default_factory=list)
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
        self.tags: list[str] = []
        self.measured: list[tuple[str, str, float]] = []
        self.stepped: FakeUser

    # the recorder

    def check(self, name: str, passed: bool, response: object = None) -> None:
        pending = self._judged(response)
        if pending is None:
            self._of_iteration().checks[name][0 if passed else 1] += 1
        else:
            pending.checks.append((name, passed))
        if not passed:
            self.fail("check", name, response)

    def fail(self, kind: str, message: str, response: object = None) -> None:
        pending = self._judged(response)
        if pending is None:
            self._of_iteration().errors[kind, message] += 1
        elif pending.error is None:
            pending.error = (kind, message)
        self._fail_user()

    def enter_group(self, name: str) -> None:
        self.stepped.groups.append(OpenGroup(name, came_after=bool(self.stepped.pending)))

    def tag(self, name: str) -> None:
        self.tags.append(name)

    def measure(self, kind: str, name: str, value: float) -> None:
        self.measured.append((kind, name, value))

    def enter_page(self, name: str) -> None:
        self.stepped.groups.append(OpenGroup(name, kind="page", came_after=bool(self.stepped.pending)))

    def exit_group(self) -> None:
        group = self.stepped.groups.pop()
        if self.stepped.pending:
            self.stepped.closed_groups.append(group)
        else:
            self._count_group(group)

    def user(self) -> FakeUser:
        return self.stepped

    def count_cached(self, name: str) -> None:
        self.series["request", name].cached += 1

    def _judged(self, response: object) -> Exchange | None:
        pending = self.stepped.pending
        if response is None:
            return pending[-1] if pending else None
        for exchange in pending:
            if exchange.response is response:
                return exchange
        raise ValueError("this is not the response of the last request, which is counted already")

    def _count_group(self, group: OpenGroup) -> None:
        series = self.series[group.kind, group.name]
        series.count += 1
        series.failed += group.failed

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
            self.stepped = user
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
            if user.client.settings["cookies"] != "user":
                user.browser.clear()
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
            if not (isinstance(operation, tuple) and operation[:1] == (3,) and operation[3:] == (True,)):
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
                handling = Handling(*(RequestOptions(*(options or ())).handling or ()))
                exchange = Exchange(
                    name or f"{method} {response.first_path}",
                    response.status,
                    error,
                    response,
                    is_recorded=not handling.is_unrecorded,
                    is_forgiven=handling.is_forgiven,
                    hops=response.hops if user.client.settings["counts_redirects"] else (),
                )
                if error is not None and not exchange.is_forgiven:
                    self._fail_user()
                user.pending.append(exchange)
                user.result = response
                if handling.until is not None and b"\n\n" in response.body:
                    self.series["message", f"{exchange.name} (first event)"].count += 1
                return response.elapsed_s
            case (3, tuple() as requests, int() | None as most_per_host, bool() as are_dependents):
                before, user.pending = user.pending, []
                lanes: dict[str, list[float]] = {}
                responses = []
                for request in requests:
                    took_s = self._do(user, request)
                    free = lanes.setdefault(urlsplit(request[2]).netloc, [0.0] * (most_per_host or 6))
                    free[free.index(min(free))] += took_s
                    responses.append(user.result)
                if are_dependents:
                    for exchange in user.pending:
                        self._count(exchange)
                    user.pending = before
                user.result = responses
                return max((max(free) for free in lanes.values()), default=0.0)
            case (20, None):
                user.result = user.client.cookie_lines()
                return 0.0
            case (20, tuple() as lines):
                user.client.set_cookies(lines)
                return 0.0
            case (0 | 1 | 2 | 3, *_):
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
        """Count the pending exchanges, which nothing can change any more, and the groups that waited for them."""
        user = self.stepped
        exchanges, user.pending = user.pending, []
        for exchange in exchanges:
            self._count(exchange)
        groups, user.closed_groups = user.closed_groups, []
        for group in groups:
            self._count_group(group)

    def _count(self, exchange: Exchange) -> None:
        series = self._of_iteration()
        if exchange.is_recorded:
            series = self.series["request", exchange.name]
            series.count += 1
            series.failed += exchange.error is not None
            if exchange.status:
                series.statuses[exchange.status] += 1
        for status in exchange.hops if exchange.is_recorded else ():
            hops = self.series["request", f"{exchange.name} (redirect)"]
            hops.count += 1
            hops.statuses[status] += 1
        for name, passed in exchange.checks:
            series.checks[name][0 if passed else 1] += 1
        if exchange.error is not None:
            series.errors[exchange.error] += 1

    def _fail_user(self) -> None:
        """Note that the iteration has failed, and the groups that are open or wait for a failed exchange."""
        self.stepped.failed = True
        for group in (*self.stepped.groups, *self.stepped.closed_groups):
            group.failed = group.failed or not group.came_after or group in self.stepped.groups

    def _of_iteration(self) -> Series:
        return self.series["iteration", self.names[self.stepped.doing]]


def _line(error: BaseException) -> str:
    """Return the innermost line that is not Penstock's own."""
    own = (str(Path(binding.__file__).parent.parent), __file__)
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if not frame.filename.startswith(own)]
    return f"{Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else "?"


__all__ = ["FakeLoop", "FakeResponse", "Series", "Server"]
