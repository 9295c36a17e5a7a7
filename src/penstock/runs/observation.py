"""What a measure gave: the value of a metric of one row."""

from __future__ import annotations

import difflib

from penstock.metrics.rows import Row
from penstock.metrics.summary import Summary
from penstock.model.thresholds import Measure

MOST_NAMES = 12
"""How many names are told to someone who asked for one that the run did not have."""


class Unmeasured(Exception):
    """A measure has no value; the text says why."""


def observe(summary: Summary, measure: Measure) -> float:
    """Return the value of the measure over the whole run, in the units of `Threshold`.

    Raises `Unmeasured` for a name that the run did not have (with the names it had), and where nothing was measured.
    """
    row = row_named(summary, measure.name)
    if row is None:
        raise Unmeasured(f"there is no request or group '{measure.name}'; {_known(summary, measure.name)}")
    return value_of(row, measure.metric)


def _known(summary: Summary, asked: str) -> str:
    """Say which names there are, those that look like the one asked for first."""
    names = [row.name for row in summary.named_rows]
    if not names:
        return "the run had none at all"
    similar = difflib.get_close_matches(asked, names, n=3)
    shown = [*similar, *(name for name in names if name not in similar)][:MOST_NAMES]
    more = f" and {len(names) - len(shown):,} more" if len(names) > len(shown) else ""
    return f"the run had {', '.join(repr(name) for name in shown)}{more}"


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
