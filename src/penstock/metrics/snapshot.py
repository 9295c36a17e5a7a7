"""What one second of one agent gave, and every sum of such seconds.

Snapshots form a commutative monoid: `a + b == b + a`, `(a + b) + c == a + (b + c)`, `Snapshot.empty` is the zero. So
any number of agents, late arrivals and any grouping by time give the same numbers.
"""

from __future__ import annotations

import functools
import operator
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar, TypeVar

import orjson

from penstock.errors import EngineFailed
from penstock.metrics import reading, writing
from penstock.metrics.fields import Malformed
from penstock.metrics.measures import (
    Agent,
    Iterated,
    Lags,
    Series,
    merge_agents,
    merge_iterated,
    merge_lags,
    merge_series,
)
from penstock.metrics.own import OwnMetric
from penstock.metrics.samples import Sample, earliest

Key = TypeVar("Key")
Part = TypeVar("Part")

SeriesKey = tuple[str, str]
"""(kind, name); the kinds are `request`, `group` and `iteration`."""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Measures of some agents over some seconds.

    `phase` is `warm-up`, `cool-down` or `main`; a sum with anything of the main part is `main`.
    `span` is (first, last) second of the run, both included; None for the empty snapshot. `agents` holds the state
    of each agent by its source (`0/2`). `user_us` is user-microseconds: the mean number of users is `user_us`
    divided by the time. `own` holds what the test measures itself, by name.
    """

    empty: ClassVar[Snapshot]

    span: tuple[int, int] | None = None
    agents: Mapping[str, Agent] = field(default_factory=dict)
    user_us: int = 0
    iterations: Iterated = field(default_factory=Iterated)
    series: Mapping[SeriesKey, Series] = field(default_factory=dict)
    samples: tuple[Sample, ...] = ()
    lags: Lags = field(default_factory=Lags)
    phase: str = "main"
    own: Mapping[str, OwnMetric] = field(default_factory=dict)

    def __add__(self, other: Snapshot) -> Snapshot:
        return merge((self, other))

    @staticmethod
    def decode(content: bytes) -> Snapshot:
        """Read what an agent sent, or what `encode` wrote: `snapshot.v1`.

        Keys that are not known are left alone: later versions add some. Raises `EngineFailed` naming the first
        value that is missing or impossible.
        """
        try:
            data: Any = orjson.loads(content)
        except orjson.JSONDecodeError as error:
            raise EngineFailed(f"an agent sent a snapshot that is not JSON: {error}") from error
        return Snapshot.read(data)

    @staticmethod
    def read(data: Any) -> Snapshot:
        """Read `snapshot.v1` that has been parsed as JSON; as `decode`."""
        try:
            parts = reading.read(data)
        except Malformed as error:
            raise EngineFailed(f"an agent sent a snapshot that makes no sense: {error}") from error
        return Snapshot(**parts)

    def encode(self) -> bytes:
        """Write `snapshot.v1`; `decode` gives an equal snapshot back."""
        return orjson.dumps(
            writing.write(
                span=self.span,
                phase=self.phase,
                agents=self.agents,
                user_us=self.user_us,
                iterations=self.iterations,
                series=self.series,
                samples=self.samples,
                lags=self.lags,
                own=self.own,
            )
        )

    @property
    def sources(self) -> tuple[str, ...]:
        """The agents it comes from, sorted."""
        return tuple(sorted(self.agents))

    @property
    def wall_us(self) -> int:
        """How long was measured: the time of the agent that measured longest."""
        return max((agent.wall_us for agent in self.agents.values()), default=0)


Snapshot.empty = Snapshot()


def merge(snapshots: Iterable[Snapshot]) -> Snapshot:
    """Return the sum of any number of snapshots."""
    parts = [snapshot for snapshot in snapshots if snapshot is not Snapshot.empty]
    if len(parts) < 2:
        return parts[0] if parts else Snapshot.empty
    spans = [part.span for part in parts if part.span is not None]
    return Snapshot(
        span=(min(first for first, _ in spans), max(last for _, last in spans)) if spans else None,
        phase=max((part.phase for part in parts if part.span), key=reading.PHASES.index, default="main"),
        agents={source: merge_agents(agents) for source, agents in _gathered(part.agents for part in parts).items()},
        user_us=sum(part.user_us for part in parts),
        iterations=merge_iterated(part.iterations for part in parts),
        series={key: merge_series(series) for key, series in _gathered(part.series for part in parts).items()},
        samples=earliest(sample for part in parts for sample in part.samples),
        lags=merge_lags(part.lags for part in parts),
        own={name: functools.reduce(operator.add, own) for name, own in _gathered(part.own for part in parts).items()},
    )


def _gathered(parts: Iterable[Mapping[Key, Part]]) -> dict[Key, list[Part]]:
    """Return all values of each key."""
    every: dict[Key, list[Part]] = {}
    for part in parts:
        for key, value in part.items():
            every.setdefault(key, []).append(value)
    return every
