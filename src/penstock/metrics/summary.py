"""The run in numbers, as every report and every judgement reads them."""

from __future__ import annotations

from dataclasses import dataclass, replace

from penstock.metrics.health import GeneratorHealth, health_of
from penstock.metrics.measures import Series, merge_series
from penstock.metrics.rows import CheckRow, ErrorRow, Row, by_count, row_of, rows_of
from penstock.metrics.series import Timeline
from penstock.metrics.snapshot import Snapshot
from penstock.metrics.trust import reasons_for_distrust


@dataclass(frozen=True, slots=True)
class Iterations:
    """Passes of users through their journeys. `failed` are among `finished`; `interrupted` ones never finished.

    `late` starts (of iterations, or of requests where these have the rate) waited for a free user, `dropped` ones in
    vain.
    """

    started: int
    finished: int
    failed: int
    interrupted: int
    late: int = 0
    dropped: int = 0

    @property
    def failed_share(self) -> float:
        """Share (0 to 1) of the finished that failed; 0 when none finished."""
        return self.failed / self.finished if self.finished else 0.0


@dataclass(frozen=True, slots=True)
class Users:
    """`peak` is the sum of every agent's own peak, `mean` over the whole run."""

    peak: int
    mean: float
    user_seconds: float


@dataclass(frozen=True, slots=True)
class Summary:
    """All numbers of a run.

    `seconds` is the measured time, which rates are taken over. Rows and checks are sorted by name, errors by count.
    `distrust` says in plain words why the numbers should not be trusted; empty means that nothing speaks against
    them.
    """

    seconds: float
    total: Row
    requests: tuple[Row, ...]
    groups: tuple[Row, ...]
    pages: tuple[Row, ...]
    messages: tuple[Row, ...]
    journeys: tuple[Row, ...]
    checks: tuple[CheckRow, ...]
    errors: tuple[ErrorRow, ...]
    iterations: Iterations
    users: Users
    health: GeneratorHealth
    distrust: tuple[str, ...]
    snapshot: Snapshot = Snapshot.empty
    """The sum that all this comes from, without samples."""

    @property
    def trustworthy(self) -> bool:
        """Whether nothing speaks against the numbers."""
        return not self.distrust

    def row(self, name: str) -> Row | None:
        """Return the request of that name, else the group, page or message, else None."""
        return next((row for row in self.named_rows if row.name == name), None)

    @property
    def named_rows(self) -> tuple[Row, ...]:
        """What thresholds may name, in the order in which a name is looked for."""
        return (*self.requests, *self.groups, *self.pages, *self.messages)


def summarise(timeline: Timeline) -> Summary:
    """Return the numbers of all that the timeline took in; its order does not matter."""
    return summary_of(timeline.total)


def summary_of(total: Snapshot) -> Summary:
    """Return the numbers of a sum of snapshots."""
    seconds = _seconds(total)
    requests = rows_of("request", total, seconds)
    groups = rows_of("group", total, seconds)
    pages = rows_of("page", total, seconds)
    messages = rows_of("message", total, seconds)
    journeys = rows_of("iteration", total, seconds)
    iterations = Iterations(
        started=total.iterations.started,
        finished=total.iterations.finished,
        failed=total.iterations.failed,
        interrupted=total.iterations.interrupted,
        late=total.iterations.late,
        dropped=total.iterations.dropped,
    )
    everything = _total(total, requests, seconds)
    health = health_of(total)
    return Summary(
        seconds=seconds,
        total=everything,
        requests=requests,
        groups=groups,
        pages=pages,
        messages=messages,
        journeys=journeys,
        checks=tuple(check for row in (*requests, *messages, *journeys) for check in row.checks),
        errors=by_count(error for row in (*requests, *messages, *journeys) for error in row.errors),
        iterations=iterations,
        users=Users(
            peak=sum(agent.peak_users for agent in health.agents),
            mean=total.user_us / 1e6 / seconds if seconds else 0.0,
            user_seconds=total.user_us / 1e6,
        ),
        health=health,
        distrust=reasons_for_distrust(health, everything, requests, iterations.interrupted, iterations.dropped),
        snapshot=replace(total, samples=()),
    )


def _seconds(total: Snapshot) -> float:
    """Return the time that was measured; where no agent says so, the number of seconds with snapshots."""
    if total.wall_us or total.span is None:
        return total.wall_us / 1e6
    return float(total.span[1] - total.span[0] + 1)


def _total(total: Snapshot, requests: tuple[Row, ...], seconds: float) -> Row:
    """Return the row of all requests together; what is by name (checks, errors) comes from their rows."""
    series = [one for (kind, _), one in total.series.items() if kind == "request"]
    together = merge_series(series) if series else Series()
    row = row_of("request", "", together, seconds, together.count, by_count(e for row in requests for e in row.errors))
    return replace(row, checks=tuple(check for row in requests for check in row.checks))
