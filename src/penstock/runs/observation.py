"""What a measure gave: the value of a metric of one row."""

from __future__ import annotations

from penstock.metrics.rows import Row
from penstock.metrics.summary import Summary
from penstock.model.thresholds import Measure


class Unmeasured(Exception):
    """A measure has no value; the text says why."""


def observe(summary: Summary, measure: Measure) -> float:
    """Return the value of the measure over the whole run, in the units of `Threshold`.

    Raises `Unmeasured` for a name that the run did not have (with the names it had), and where nothing was measured.
    """
    row = row_named(summary, measure.name)
    if row is None:
        names = [f"'{known.name}'" for known in (*summary.requests, *summary.groups)]
        had = f"the run had {', '.join(names)}" if names else "the run had none"
        raise Unmeasured(f"there is no request or group '{measure.name}'; {had}")
    return value_of(row, measure.metric)


def row_named(summary: Summary, name: str) -> Row | None:
    """Return the row of all requests for the empty name, else the request of that name, else the group."""
    return summary.row(name) if name else summary.total


def value_of(row: Row, metric: str) -> float:
    """Return one metric of a row. Raises `Unmeasured` where there is nothing to take it from."""
    match metric:
        case "requests":
            return float(row.count)
        case "rate":
            return row.rate
        case "checks":
            made = sum(check.count for check in row.checks)
            if not made:
                raise Unmeasured("no check was made")
            return sum(check.held for check in row.checks) / made
    if not row.count:
        raise Unmeasured("no request was made")
    if metric == "failed":
        return row.failed_share
    if not row.response.count:
        raise Unmeasured("no latency was measured")
    match metric:
        case "min":
            return row.response.min_s
        case "avg":
            return row.response.avg_s
        case "max":
            return row.response.max_s
    return row.response.quantile_s(float(metric.removeprefix("p")) / 100)
