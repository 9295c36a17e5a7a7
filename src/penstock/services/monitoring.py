"""What whoever monitors a server is told: of itself, of its runs, and of the loads that it executes.

The operator, who is an admin of the first team, sees everything. Others see the runs of their own team, and nothing of
the server: how busy it is with others is not theirs to know.
"""

from __future__ import annotations

import asyncio
import datetime
import platform
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from prometheus_client import ProcessCollector
from prometheus_client.core import GaugeMetricFamily, Metric

from penstock.accounts.people import Identity, Role, Scope
from penstock.errors import Unavailable
from penstock.metrics.points import Point
from penstock.metrics.series import Timeline
from penstock.metrics.snapshot import Snapshot
from penstock.ports.blobs import BlobStore
from penstock.ports.clock import Clock
from penstock.ports.stores import Store, Work
from penstock.reporting.exposition import LoadMeasures, LoadName, families
from penstock.reporting.otlp.state import LoadState
from penstock.runs.state import RunState
from penstock.runs.stored import RunKind, StoredRun
from penstock.services.access import require
from penstock.services.drops import container_of
from penstock.services.meters import Meters

_SHOWN_AFTER = datetime.timedelta(minutes=5)
"""How long a load that is over is still told, so that whoever looks now and then gets its last numbers."""

_MOST_LOADS = 20

Loads = Sequence[tuple[StoredRun, LoadMeasures]]


class FollowedLoad:
    """A load that goes on; its numbers are made when somebody asks."""

    def __init__(self, stored: StoredRun, began: datetime.datetime) -> None:
        self.stored = stored
        self.began = began
        self.timeline: Timeline | None = None

    def look(self, timeline: Timeline) -> None:
        """Take note of what it has given so far."""
        self.timeline = timeline


class LoadsUnderWay:
    """The loads that this server executes, and those that were over a moment ago. Used on the server's loop alone."""

    def __init__(self, clock: Clock, *, keeps_totals: bool = False) -> None:
        """Keep the totals of loads that are over until they are `exported`, if somebody exports them."""
        self._clock = clock
        self._keeps_totals = keeps_totals
        self._totals: dict[str, LoadState] = {}
        self._under_way: dict[str, FollowedLoad] = {}
        self._over: dict[str, tuple[StoredRun, LoadMeasures, datetime.datetime]] = {}

    def begin(self, stored: StoredRun) -> FollowedLoad:
        """Follow a load."""
        followed = self._under_way[stored.id] = FollowedLoad(stored, self._clock.now())
        return followed

    def measured(self, stored: StoredRun, total: Snapshot) -> None:
        """Take note of what a load gave in the end; from now on it is over."""
        followed = self._under_way.pop(stored.id, None)
        until = self._clock.now() + _SHOWN_AFTER
        self._over[stored.id] = (stored, LoadMeasures.in_the_end(total), until)
        while len(self._over) > _MOST_LOADS:
            del self._over[next(iter(self._over))]
        if self._keeps_totals and followed is not None:
            self._totals[stored.id] = _state(followed, total)
            while len(self._totals) > _MOST_LOADS:
                del self._totals[next(iter(self._totals))]

    def end(self, stored: StoredRun) -> None:
        """Follow it no longer."""
        self._under_way.pop(stored.id, None)

    def states(self) -> list[LoadState]:
        """Return what is to be exported: of loads under way, and of those that were over since; with the team's id."""
        going = [
            _state(one, one.timeline.total, one.timeline.latest())
            for one in self._under_way.values()
            if one.timeline is not None
        ]
        return [*going[:_MOST_LOADS], *self._totals.values()]

    def exported(self, states: Iterable[LoadState]) -> None:
        """Forget the loads that are over of which the last numbers were exported."""
        for state in states:
            kept = self._totals.get(state.name.run)
            if kept is not None and _says_the_same(state, kept):
                del self._totals[state.name.run]

    def measures(self) -> Loads:
        """Return what each of them has given, those under way first, and no more than make sense to keep."""
        now = self._clock.now()
        self._over = {id_: one for id_, one in self._over.items() if one[2] > now}
        going = [
            (one.stored, LoadMeasures.of(one.timeline)) for one in self._under_way.values() if one.timeline is not None
        ]
        return [*going, *((stored, measures) for stored, measures, _ in reversed(self._over.values()))][:_MOST_LOADS]


def _says_the_same(one: LoadState, other: LoadState) -> bool:
    """Whether two states of a load do not differ; one under way may have all its numbers, and users still."""
    return one.total is other.total and (one.users, one.cpu_share) == (other.users, other.cpu_share)


def _state(followed: FollowedLoad, total: Snapshot, newest: Point | None = None) -> LoadState:
    stored, now = followed.stored, (0.0, 0.0) if newest is None else (newest.users, newest.cpu_share)
    name = LoadName(stored.id, stored.run.name, stored.team)
    return LoadState(name, round(followed.began.timestamp() * 1e9), total, *now)


@dataclass(frozen=True, slots=True)
class _Facts:
    """What the database knows, read together. `teams` holds names by id."""

    teams: dict[str, str]
    runs: Counter[tuple[RunKind, RunState]]
    waiting_since: dict[RunKind, datetime.datetime | None]
    webhooks_waiting: int


class MonitoringService:
    """Answers those who monitor. `team` is None for the operator."""

    def __init__(self, store: Store, clock: Clock, meters: Meters, loads: LoadsUnderWay, version: str) -> None:
        self._store = store
        self._clock = clock
        self._meters = meters
        self._loads = loads
        self._version = version
        self._process = ProcessCollector(registry=None)
        self._blob_bytes: Callable[[], int] | None = None

    def count_blobs(self, blobs: BlobStore) -> None:
        """Tell how many bytes a store holds; for one that is asked about it without asking a network."""

        def counted() -> int:
            with self._store.read() as work:
                teams = work.accounts.teams()
            return sum(blobs.used_bytes(container_of(team.id)) for team in teams)

        self._blob_bytes = counted

    def team_of(self, who: Identity) -> str | None:
        """Return whose runs the caller may see: None for those of all teams. Raises `NotAllowed`."""
        require(who, Scope.READ)
        with self._store.read() as work:
            first = min(work.accounts.teams(), key=lambda team: team.created)
        return None if who.team == first.id and who.role is Role.ADMIN else who.team

    def loads(self) -> Loads:
        """Return what loads have given; to be called on the server's loop, and given to `families`."""
        return self._loads.measures()

    async def states(self) -> list[LoadState]:
        """Return what is to be exported of loads; see `LoadsUnderWay.states`. To be awaited on the server's loop."""
        states = self._loads.states()
        if not states:
            return []
        try:
            names = await asyncio.to_thread(self._team_names)
        except Unavailable:
            names = {}
        return [replace(one, name=replace(one.name, team=names.get(one.name.team, one.name.team))) for one in states]

    def exported(self, states: Iterable[LoadState]) -> None:
        """Take note of what was exported."""
        self._loads.exported(states)

    def _team_names(self) -> dict[str, str]:
        with self._store.read() as work:
            return {one.id: one.name for one in work.accounts.teams()}

    def families(self, team: str | None, loads: Loads) -> Iterator[Metric]:
        """Give all metrics that a team, or the operator, may see. Blocks: it asks the database."""
        yield _info(self._version)
        try:
            facts: _Facts | None = self._facts(team)
        except Unavailable:
            facts = None
        if team is None:
            yield _gauge("penstock_database_up", "Whether the database answers.", facts is not None)
        names = {} if facts is None else facts.teams
        mine = [one for one in loads if team in (None, one[0].team)]
        if facts is not None:
            yield from self._of_runs(facts, whole=team is None)
        yield from families(
            (LoadName(stored.id, stored.run.name, names.get(stored.team, "")), measures) for stored, measures in mine
        )
        if team is None:
            yield from self._of_storage()
            yield from self._meters.registry.collect()
            yield from self._process.collect()

    def _facts(self, team: str | None) -> _Facts:
        with self._store.read() as work:
            teams = {one.id: one.name for one in work.accounts.teams()}
            runs: Counter[tuple[RunKind, RunState]] = Counter()
            for of_team, kind, state, count in work.runs.counts():
                if team in (None, of_team):
                    runs[kind, state] += count
            waiting = {kind: _oldest(work, kind) for kind in RunKind} if team is None else {}
            return _Facts(teams, runs, waiting, work.deliveries.count_waiting())

    def _of_runs(self, facts: _Facts, *, whole: bool) -> Iterator[Metric]:
        runs = GaugeMetricFamily(
            "penstock_runs", "Runs that are kept, by kind and state; those queued wait.", labels=("kind", "state")
        )
        for kind in RunKind:
            for state in RunState:
                if state is not RunState.CREATED:
                    runs.add_metric((kind.value, state.value), facts.runs[kind, state])
        yield runs
        if not whole:
            return
        oldest = GaugeMetricFamily(
            "penstock_queue_oldest_age_seconds", "How long the oldest run of the queue has waited.", labels=("kind",)
        )
        now = self._clock.now()
        for kind, since in facts.waiting_since.items():
            oldest.add_metric((kind.value,), 0.0 if since is None else max(0.0, (now - since).total_seconds()))
        yield oldest
        yield _gauge("penstock_webhooks_waiting", "Ends of runs still to be told.", facts.webhooks_waiting)

    def _of_storage(self) -> Iterable[Metric]:
        try:
            yield _gauge("penstock_database_bytes", "Size of the database.", self._store.size_bytes())
            if self._blob_bytes is not None:
                yield _gauge(
                    "penstock_blob_bytes", "Bytes of test drops and results in the data folder.", self._blob_bytes()
                )
        except Unavailable:
            return


def _oldest(work: Work, kind: RunKind) -> datetime.datetime | None:
    first = work.runs.oldest_queued([kind], 1)
    return first[0].run.created if first else None


def _info(version: str) -> Metric:
    info = GaugeMetricFamily("penstock_build_info", "Versions, as labels.", labels=("version", "python"))
    info.add_metric((version, platform.python_version()), 1)
    return info


def _gauge(name: str, sentence: str, value: float) -> Metric:
    return GaugeMetricFamily(name, sentence, value=value)
