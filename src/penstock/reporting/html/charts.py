"""What is drawn, as plain data: `templates/report.js` turns it into charts and gives it colours.

Every chart has a sentence for those who cannot see it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from penstock.metrics import numbers
from penstock.metrics.latency import Latency
from penstock.metrics.points import Point
from penstock.reporting import applications
from penstock.reporting.html.sanitizing import label
from penstock.runs.report import Report

_MOST_REQUESTS = 8
"""Lines that can be told apart in one chart."""

_MOST_COUNTERS = 12
"""Counters of the server under test that are drawn, each in a chart of its own; the table has them all."""


@dataclass(frozen=True, slots=True)
class Chart:
    """`key` is what the script knows it by, `text` what a screen reader says."""

    key: str
    title: str
    explanation: str
    text: str
    data: dict[str, Any]


def draw(report: Report) -> dict[str, Chart]:
    """Return the charts that this run has data for, by their keys."""
    points = report.points
    if len(points) == 1:  # a line needs an end
        points = (points[0], replace(points[0], second=points[0].second + points[0].seconds))
    charts: list[Chart] = []
    if points:
        charts += [_rate(points), _latencies(points)]
    if report.summary.total.response.count:
        charts.append(_percentiles(report))
    if points and len(report.summary.requests) > 1 and any(point.requests for point in points):
        charts.append(_requests(report, points))
    if points:
        charts.append(_generator(points))
        charts += _counters(report, points)
    return {chart.key: chart for chart in charts}


def _rate(points: tuple[Point, ...]) -> Chart:
    succeeded = [_round((point.count - point.failed) / point.span_s) for point in points]
    failed = [_round(point.failed / point.span_s) for point in points]
    users = [_round(point.users) for point in points]
    highest = max(point.rate for point in points)
    return Chart(
        key="rate",
        title="Requests, failures and users over time",
        explanation="How much work was done each second, how much of it failed, and how many users were at it.",
        text=(
            f"At most {numbers.count(highest)} requests and {numbers.count(max(failed))} failures a second, "
            f"with at most {numbers.count(max(users))} users."
        ),
        data={**_times(points), "succeeded": succeeded, "failed": failed, "users": users},
    )


def _latencies(points: tuple[Point, ...]) -> Chart:
    lines = {
        name: [_ms(getattr(point, f"{name}_s")) if point.count else None for point in points]
        for name in ("p50", "p95", "p99", "max", "service_p50", "service_p95", "service_p99")
    }
    worst = max(points, key=lambda point: point.p95_s)
    return Chart(
        key="latency",
        title="Latency over time",
        explanation=(
            "In every moment, half of the requests were answered faster than the p50 line, 95% faster than p95, "
            "99% faster than p99. Lines that rise with the users show a system that comes to its limit. "
            "Response latency counts from when a request was due, service latency from when it was sent."
        ),
        text=f"The 95th percentile was {numbers.latency(worst.p95_s)} at its worst, {worst.second} s after the start.",
        data={**_times(points), **lines},
    )


def _percentiles(report: Report) -> Chart:
    total = report.summary.total
    response = total.response
    return Chart(
        key="percentiles",
        title="Latency by percentile",
        explanation=(
            "How slow the slowest requests were: at 99% stands the latency that 1 of 100 requests exceeded. "
            "Response latency counts from when a request was due, service latency from when it was sent; "
            "a gap between the two means that requests had to wait for connections or for the generator."
        ),
        text=(
            f"Response latency: median {numbers.latency(response.p50_s)}, 99% {numbers.latency(response.p99_s)}, "
            f"slowest {numbers.latency(response.max_s)}."
        ),
        data={"response": _curve(response), "service": _curve(total.service)},
    )


def _requests(report: Report, points: tuple[Point, ...]) -> Chart:
    busiest = sorted(report.summary.requests, key=lambda row: -row.count)[:_MOST_REQUESTS]
    lines = []
    for row in busiest:
        own = [point.requests.get(row.name) for point in points]
        lines.append(
            {
                "name": label(row.name),
                "avg": [_ms(found.avg_s) if found and found.count else None for found in own],
                "rate": [_round(found.rate) if found else 0 for found in own],
            }
        )
    which = (
        f"the {len(busiest)} most frequent requests" if len(busiest) < len(report.summary.requests) else "each request"
    )
    slowest = max(busiest, key=lambda row: row.response.avg_s)
    return Chart(
        key="requests",
        title="Average latency by request",
        explanation=f"The average response latency of {which}. Click a name to hide or show its line.",
        text=f"Slowest on average: {slowest.name} with {numbers.latency(slowest.response.avg_s)}.",
        data={**_times(points), "lines": lines},
    )


def _generator(points: tuple[Point, ...]) -> Chart:
    shares = [_round(point.cpu_share * 100) for point in points]
    return Chart(
        key="generator",
        title="Processor use of the busiest agent",
        explanation="An agent whose core is fully used measures itself as well: more agents are needed then.",
        text=f"At most {max(shares):.0f}% of one core.",
        data={**_times(points), "cpu": shares},
    )


def _counters(report: Report, points: tuple[Point, ...]) -> list[Chart]:
    """Return a chart for each counter of the server under test, over the same time as the load."""
    by_counter: dict[tuple[str, str], list[applications.Line]] = {}
    for line in applications.lines(report):
        by_counter.setdefault((line.application, line.counter), []).append(line)
    users = [_round(point.users) for point in points]
    charts = []
    for place, ((application, counter), lines) in enumerate(list(by_counter.items())[:_MOST_COUNTERS]):
        unit = lines[0].unit
        highest = max(lines, key=lambda line: line.most)
        shown = lines[:_MOST_REQUESTS]
        charts.append(
            Chart(
                key=f"counter{place}",
                title=f"{application}: {counter}" + (f", {unit}" if unit else ""),
                explanation=f"{len(shown)} of {len(lines)} instances." if len(shown) < len(lines) else "",
                text=f"At most {highest.most:,.6g} {unit}".rstrip() + ".",
                data={
                    **_times(points),
                    "users": users,
                    "unit": label(unit),
                    "lines": [
                        {
                            "name": label(line.instance or line.counter),
                            "t": [second for second, _, _ in line.points],
                            "y": [float(f"{point.avg:.6g}") for _, _, point in line.points],
                        }
                        for line in shown
                    ],
                },
            )
        )
    return charts


def _times(points: tuple[Point, ...]) -> dict[str, Any]:
    """Return where each point begins, and where the last one ends; seconds."""
    return {"t": [point.second for point in points], "end": points[-1].second + points[-1].seconds}


def _curve(latency: Latency) -> dict[str, list[float]]:
    """Return latencies over 1/(1-q): so a logarithmic axis has 90%, 99%, 99.9% at equal distances.

    The slowest of n has no percentile of its own; it stands where the last but one ends.
    """
    curve = latency.curve_s()
    return {
        "x": [_round(min(latency.count, 1 / max(1 - share, 1e-12))) for _, share in curve],
        "y": [_ms(seconds) for seconds, _ in curve],
    }


def _ms(seconds: float) -> float:
    return _round(seconds * 1000)


def _round(value: float) -> float:
    return float(f"{value:.4g}")  # four digits are more than a screen shows, and keep the file small
