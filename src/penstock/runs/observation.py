"""What a measure gave: found in a snapshot of any span, and turned into one number."""

from __future__ import annotations

import difflib

from penstock.metrics.measures import Series, merge_checks, merge_series
from penstock.metrics.own import COUNTER, MICRO, OwnMetric
from penstock.metrics.rows import Row, row_of
from penstock.metrics.snapshot import Snapshot
from penstock.metrics.summary import Summary
from penstock.model.thresholds import Measure

MOST_NAMES = 12
"""How many names are told to someone who asked for one that the run did not have."""

_ANY = ("request", "group", "page", "message")
"""Where a name without a kind is looked for, in this order."""

Measured = Series | OwnMetric
"""What was found under a name; two of a kind add up (`together`)."""


class Unmeasured(Exception):
    """A measure has no value; the text says why."""


def together(one: Measured, other: Measured) -> Measured:
    """Return the sum of what was found in two spans."""
    if isinstance(one, OwnMetric) and isinstance(other, OwnMetric):
        return one + other
    return merge_series(part for part in (one, other) if isinstance(part, Series))


def measured_in(snapshot: Snapshot, measure: Measure) -> Measured | None:
    """Return what a measure is about, and no more of it than its metric asks for; None where there is nothing.

    Who watches a window keeps it for each second: a count must not cost as much as all histograms of a run.
    """
    name, series = measure.name, snapshot.series
    match measure.kind:
        case "":
            if name:
                known = next((series[kind, name] for kind in _ANY if (kind, name) in series), None)
                return known and _narrowed(known, measure)
            every = [_narrowed(one, measure) for (kind, _), one in series.items() if kind == "request"]
            return merge_series(every) if every else None
        case "check":
            found = [
                {name: one.checks[name]} for (kind, _), one in series.items() if kind != "tag" and name in one.checks
            ]
            if not found:
                return None
            held, missed = merge_checks(found)[name]
            return Series(count=held + missed, failed=missed, checks={name: (held, missed)})
        case "metric":
            return snapshot.own.get(name)
        case "counter":
            return snapshot.own.get(COUNTER + name)
    known = series.get((measure.kind, name))
    return known and _narrowed(known, measure)


def _narrowed(series: Series, measure: Measure) -> Series:
    match measure.metric:
        case "requests" | "count" | "rate" | "failed":
            return Series(count=series.count, failed=series.failed)
        case "checks":
            return Series(count=series.count, failed=series.failed, checks=series.checks)
    return Series(
        count=series.count, failed=series.failed, response=series.response, failed_response=series.failed_response
    )


def observe(summary: Summary, measure: Measure) -> float:
    """Return the value of the measure over the whole run, in the units of `Threshold`.

    Raises `Unmeasured` for a name that the run did not have (with the names it had), and where nothing was measured.
    """
    found = measured_in(summary.snapshot, measure)
    if found is None and measure.name:
        what = _KINDS[measure.kind]
        raise Unmeasured(f"there is no {what} '{measure.name}'; {_known(summary, measure)}")
    return value_of(found, measure, summary.seconds)


_KINDS = {
    "": "request or group",
    "request": "request",
    "group": "group",
    "page": "page",
    "message": "message",
    "iteration": "journey",
    "tag": "tag",
    "check": "check",
    "metric": "metric of the test's own",
    "counter": "counter",
}


def _known(summary: Summary, asked: Measure) -> str:
    """Say which names there are, those that look like the one asked for first."""
    series = summary.snapshot.series
    match asked.kind:
        case "":
            names = [name for wanted in _ANY for kind, name in sorted(series) if kind == wanted]
        case "check":
            names = sorted({check for one in series.values() for check in one.checks})
        case "metric":
            names = sorted(name for name in summary.snapshot.own if not name.startswith(COUNTER))
        case "counter":
            names = sorted(name.removeprefix(COUNTER) for name in summary.snapshot.own if name.startswith(COUNTER))
        case _:
            names = [name for kind, name in sorted(series) if kind == asked.kind]
    if not names:
        return "the run had none at all"
    similar = difflib.get_close_matches(asked.name, names, n=3)
    shown = [*similar, *(name for name in names if name not in similar)][:MOST_NAMES]
    more = f" and {len(names) - len(shown):,} more" if len(names) > len(shown) else ""
    return f"the run had {', '.join(repr(name) for name in shown)}{more}"


def value_of(found: Measured | None, measure: Measure, seconds: float) -> float:
    """Return one metric of what was found in so many seconds. Raises `Unmeasured` where there is nothing to take."""
    if isinstance(found, OwnMetric):
        return _own_value(found, measure.metric, seconds)
    if measure.kind in ("metric", "counter"):
        raise Unmeasured("nothing was measured")
    row = row_of("request", measure.name, found or Series(), seconds, 0, ())
    return _row_value(row, measure.metric)


def _row_value(row: Row, metric: str) -> float:
    match metric:
        case "requests" | "count":
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


def _own_value(own: OwnMetric, metric: str, seconds: float) -> float:
    match metric:
        case "count":
            return float(own.count)
        case "total":
            return own.sum_micro / MICRO
        case "rate":
            return own.sum_micro / MICRO / seconds if seconds else 0.0
    if not own.count:
        raise Unmeasured("nothing was measured")
    match metric:
        case "value" | "last":
            return (own.sum_micro if own.kind == "counter" else own.last_micro) / MICRO
        case "min":
            return own.least_micro / MICRO
        case "avg":
            return own.average
        case "max":
            return own.most_micro / MICRO
    if own.kind != "trend":
        raise Unmeasured(f"a {own.kind} has no {metric}; a trend has")
    return own.quantile(float(metric.removeprefix("p")) / 100)
