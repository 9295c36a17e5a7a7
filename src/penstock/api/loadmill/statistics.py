"""The numbers of a load run in the vendor's shape (`LoadStatusReport`), while it runs and afterwards."""

from __future__ import annotations

from typing import Any

from penstock.accounts.people import Identity
from penstock.api.loadmill.wire import milliseconds
from penstock.metrics.points import Point
from penstock.metrics.rows import Row
from penstock.runs.stored import StoredRun
from penstock.services.bundle import Services


def statistics(services: Services, who: Identity, run: StoredRun) -> dict[str, Any]:
    """Return the keys that a load test has besides those of its configuration and state.

    `avgResTime` is over successful requests, as the vendor counts; times are milliseconds.
    """
    progress, summary = services.results.numbers(who, run.id)
    iterations = summary.iterations
    latest = progress.latest
    is_over = run.state.final
    return {
        "usedSeconds": str(round(summary.users.user_seconds)),
        "failedIterations": iterations.failed,
        "successfulIterations": iterations.finished - iterations.failed,
        "activeSessions": 0 if is_over or latest is None else round(latest.users),
        "reportedSessions": summary.users.peak,
        "hits": summary.total.successful,
        "avgResTime": _ms(summary.total.successful_service.avg_s),
        "requestStats": {str(index): _request(row) for index, row in _rows_by_index(run, summary.requests)},
        "avgResTimeSequence": {"append": False, "sequence": [_point(run, point) for point in progress.points]},
    }


def _rows_by_index(run: StoredRun, rows: tuple[Row, ...]) -> list[tuple[int, Row]]:
    """Return the rows with the index of their request, where the name tells which that is."""
    indexes = {name: index for index, name in enumerate(run.facts.get("requests", ()))}
    return sorted((indexes[row.name], row) for row in rows if row.name in indexes)


def _request(row: Row) -> dict[str, float]:
    return {"weight": row.successful, "avg": _ms(row.successful_service.avg_s)}


def _point(run: StoredRun, point: Point) -> dict[str, float]:
    began = milliseconds(run.started) or 0
    return {
        "time": began + point.second * 1000,
        "avg": _ms(point.avg_s),
        "p50": _ms(point.p50_s),
        "p95": _ms(point.p95_s),
        "weight": point.count,
        "concurrency": round(point.users),
        "s": point.iterations - point.failed_iterations,
        "f": point.failed_iterations,
    }


def _ms(seconds: float) -> float:
    return round(seconds * 1000, 3)
