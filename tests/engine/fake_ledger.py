"""What the double counts: for a user its pending exchange, its groups, its iteration; and the series of all."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field

from tests.engine.fake_http import FakeResponse


@dataclass
class Series:
    """What is counted under one name. `connects`: exchanges that opened a connection."""

    count: int = 0
    failed: int = 0
    cached: int = 0
    connects: int = 0
    statuses: Counter[int] = field(default_factory=Counter)
    errors: Counter[tuple[str, str]] = field(default_factory=Counter)
    checks: dict[str, list[int]] = field(default_factory=lambda: defaultdict(lambda: [0, 0]))

    def add(self, status: int, *, failed: bool, connects: bool) -> None:
        self.count += 1
        self.failed += failed
        self.connects += connects
        if status:
            self.statuses[status] += 1


class Tally:
    """All series, by kind and name."""

    def __init__(self) -> None:
        self.series: dict[tuple[str, str], Series] = defaultdict(Series)
        self.iterations: Counter[str] = Counter()


@dataclass
class Exchange:
    """An exchange, or a message of a socket, that is over but may still be failed."""

    name: str
    response: FakeResponse
    error: tuple[str, str] | None
    kind: str = "request"
    is_recorded: bool = True
    is_forgiven: bool = False
    hops: tuple[tuple[int, bool], ...] = ()
    tags: tuple[str, ...] = ()


@dataclass
class OpenGroup:
    """A group that a user is in."""

    name: str
    kind: str
    came_after: bool  # it was entered when the pending exchange had ended
    failed: bool = False


class Ledger:
    """Of one user."""

    def __init__(self, tally: Tally) -> None:
        self.tally = tally
        self.journey = ""
        self.failed = False
        self.tags: list[str] = []
        self.pending: list[Exchange] = []
        self.groups: list[OpenGroup] = []
        self.closed_groups: list[OpenGroup] = []
        self.is_closing = False

    def begin(self, journey: str) -> None:
        """Begin a pass through a journey."""
        self.journey, self.failed, self.is_closing = journey, False, False
        self.tags.clear()
        self.groups.clear()

    @property
    def iteration(self) -> Series:
        return self.tally.series["iteration", self.journey]

    def check(self, name: str, response: object, *, passed: bool) -> None:
        if self.is_closing:
            return
        pending = self._judged(response)
        for series in (self._of(pending), *self._tagged(pending)):
            series.checks[name][0 if passed else 1] += 1
        if not passed:
            self.fail("check", name, response)

    def fail(self, kind: str, message: str, response: object = None) -> None:
        if self.is_closing:
            return
        pending = self._judged(response)
        if pending is None:
            self.iteration.errors[kind, message] += 1
        elif pending.error is None:
            pending.error = (kind, message)
        self._fail_iteration()

    def tag(self, name: str) -> None:
        if name not in self.tags:
            self.tags.append(name)

    def enter(self, name: str, kind: str) -> None:
        self.groups.append(OpenGroup(name, kind, came_after=bool(self.pending)))

    def exit(self) -> None:
        """End the innermost group."""
        group = self.groups.pop() if self.groups else None
        if group is None or self.is_closing:
            return
        if self.pending:
            self.closed_groups.append(group)
        else:
            self._count_group(group)

    def count_cached(self, name: str) -> None:
        if not self.is_closing:
            self.tally.series["request", name].cached += 1

    def add(self, exchange: Exchange, *, at_once: bool = False) -> None:
        """Note an exchange that has ended: as pending, or counted `at_once`."""
        if exchange.error is not None and not exchange.is_forgiven:
            self._fail_iteration()
        if at_once:
            self._count(exchange)
        else:
            self.pending.append(exchange)

    def settle(self) -> None:
        """Count what is pending, which nothing can change any more, and the groups that waited for it."""
        exchanges, self.pending = self.pending, []
        for exchange in exchanges:
            self._count(exchange)
        groups, self.closed_groups = self.closed_groups, []
        for group in groups:
            self._count_group(group)

    def end(self) -> None:
        """Count the pass, and the groups that it left open."""
        self.settle()
        while self.groups:
            self.exit()
        self.iteration.add(0, failed=self.failed, connects=False)

    def abandon(self) -> None:
        """Count nothing of this iteration any more."""
        self.is_closing = True
        self.pending.clear()
        self.closed_groups.clear()

    def _judged(self, response: object) -> Exchange | None:
        if response is None:
            return self.pending[-1] if self.pending else None
        for exchange in self.pending:
            if exchange.response is response:
                return exchange
        raise ValueError("this is not the response of the last request, which is counted already")

    def _of(self, exchange: Exchange | None) -> Series:
        if exchange is None or not exchange.is_recorded:
            return self.iteration
        return self.tally.series[exchange.kind, exchange.name]

    def _tagged(self, exchange: Exchange | None) -> list[Series]:
        names = dict.fromkeys((*self.tags, *(exchange.tags if exchange is not None else ())))
        return [self.tally.series["tag", name] for name in names]

    def _count(self, exchange: Exchange) -> None:
        response, failed = exchange.response, exchange.error is not None
        status = response.status if exchange.kind == "request" else 0
        recorded = [self._of(exchange)] if exchange.is_recorded else []
        for series in (*recorded, *self._tagged(exchange)):
            series.add(status, failed=failed, connects=response.connects)
        for hop_status, connects in exchange.hops if exchange.is_recorded else ():
            hops = self.tally.series["request", f"{exchange.name} (redirect)"]
            hops.add(hop_status, failed=False, connects=connects)
        if exchange.error is not None:
            self._of(exchange).errors[exchange.error] += 1

    def _count_group(self, group: OpenGroup) -> None:
        self.tally.series[group.kind, group.name].add(0, failed=group.failed, connects=False)

    def _fail_iteration(self) -> None:
        """Note that the iteration has failed, and the groups that are open or wait for a failed exchange."""
        self.failed = True
        for group in self.groups:
            group.failed = True
        for group in self.closed_groups:
            group.failed = group.failed or not group.came_after
