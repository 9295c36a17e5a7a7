"""What must hold of a run, and the small language to say it.

p95 < 800ms                        over the whole run
avg[Log in] <= 1.5s                of one request or group
failed < 1% over 10s               in every window of ten seconds
p95[checkout] < 800ms over 10s stop   and the run stops at the first window that misses it
p95[new] < 1.2 * p95[old]          against another measure instead of a constant

metric [name] comparison (value | [factor *] metric [name]) [over duration] [stop]
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal, cast

from penstock.errors import InvalidInput
from penstock.model.durations import parse_duration

Comparison = Literal["<", "<=", ">", ">="]

LATENCIES = ("min", "avg", "max")
SHARES = ("failed", "checks")
NUMBERS = ("rate", "requests")
METRICS = ("p0 to p100", *LATENCIES, *SHARES, *NUMBERS)
"""Latencies (`p95`, `min`, `avg`, `max`: response latency of all requests, in seconds), `failed` (share of failed
requests), `checks` (share of checks that held), `rate` (requests a second), `requests` (their number)."""

_METRIC = r"(?P<{0}metric>p\d{{1,3}}(?:\.\d+)?|[a-z]+)\s*(?:\[(?P<{0}name>.+?)\])?"
_FORM = re.compile(
    r"\s*" + _METRIC.format("") + r"\s*(?P<comparison><=|>=|<|>)\s*"
    r"(?:(?P<number>\d+(?:\.\d+)?)\s*(?P<unit>us|ms|s|%|/s)?"
    r"|(?:(?P<factor>\d+(?:\.\d+)?)\s*\*\s*)?" + _METRIC.format("other_") + r")"
    r"(?:\s+over\s+(?P<window>\S+))?(?P<stop>\s+stop)?\s*"
)
_SECONDS = {"us": 1e-6, "ms": 1e-3, "s": 1.0, None: 1e-3}
_SHORTEST_WINDOW_S = 1.0


Kind = Literal["", "request", "group", "page", "iteration", "tag", "check", "metric", "counter"]
"""What a name is that of. Empty: of a request, else of a group, else of a page, whichever the run has.

`iteration`: the passes through a journey. `tag`: all requests that carry it. `check`: a check, wherever it was made.
`metric`: what a test measures itself. `counter`: what is read from elsewhere, such as the server under test.
"""


@dataclass(frozen=True, slots=True)
class Measure:
    """A metric of something with a name, or (without one) of all requests."""

    metric: str
    name: str = ""
    kind: Kind = ""

    def __str__(self) -> str:
        place = f"{self.kind}:{self.name}" if self.kind else self.name
        return f"{self.metric}[{place}]" if place else self.metric


@dataclass(frozen=True, slots=True)
class Threshold:
    """`metric` of what `kind` and `name` say (as in `Measure`) compared with `value`.

    Latencies are in seconds, shares between 0 and 1. With `against`, `value` is the factor that this other measure
    is taken with. With `window_s` it must hold in every span of so many seconds, else over the whole run. `stops`:
    the run ends as soon as it is missed. `text` is how the user wrote it.

    `warning` is a second value (or factor): missing that one, but not `value`, is worth a warning and no more. With
    `fails` false, misses of `value` are counted and told, but the run does not fail for them.
    """

    metric: str
    comparison: Comparison
    value: float
    text: str
    name: str = ""
    against: Measure | None = None
    window_s: float | None = None
    stops: bool = False
    kind: Kind = ""
    warning: float | None = None
    fails: bool = True

    @property
    def measure(self) -> Measure:
        """What is compared."""
        return Measure(self.metric, self.name, self.kind)

    def holds(self, observed: float, other: float = 0.0) -> bool:
        """Whether an observed value satisfies it; `other` is what `against` measured."""
        limit = self.value * other if self.against else self.value
        match self.comparison:
            case "<":
                return observed < limit
            case "<=":
                return observed <= limit
            case ">":
                return observed > limit
            case ">=":
                return observed >= limit


def parse_threshold(text: str) -> Threshold:
    """Read the small language above.

    Raises `InvalidInput` with the forms that are understood. A latency without a unit is milliseconds.
    """
    match = _FORM.fullmatch(text)
    if match is None:
        raise InvalidInput(
            f"threshold {text!r} is not understood; write it like 'p95 < 800ms' or 'failed < 1% over 10s'"
        )
    metric, kind = match["metric"], _kind(match["metric"], text)
    against = None
    if match["other_metric"]:
        if _kind(match["other_metric"], text) != kind:
            raise InvalidInput(f"threshold {text!r}: {metric} and {match['other_metric']} cannot be compared")
        against = Measure(match["other_metric"], (match["other_name"] or "").strip())
        value = float(match["factor"] or 1)
    else:
        value = _value(kind, metric, float(match["number"]), match["unit"], text)
    window_s = None if match["window"] is None else parse_duration(match["window"])
    if window_s is not None and window_s < _SHORTEST_WINDOW_S:
        raise InvalidInput(f"threshold {text!r}: a window is one second or longer")
    return Threshold(
        metric=metric,
        comparison=cast("Comparison", match["comparison"]),
        value=value,
        text=text.strip(),
        name=(match["name"] or "").strip(),
        against=against,
        window_s=window_s,
        stops=match["stop"] is not None,
    )


def _kind(metric: str, text: str) -> Literal["latency", "share", "number"]:
    percentile = re.fullmatch(r"p(\d{1,3}(?:\.\d+)?)", metric)
    if percentile and float(percentile[1]) > 100:
        raise InvalidInput(f"threshold {text!r}: a percentile lies between p0 and p100")
    if percentile or metric in LATENCIES:
        return "latency"
    if metric in SHARES:
        return "share"
    if metric in NUMBERS:
        return "number"
    raise InvalidInput(f"threshold {text!r}: unknown metric {metric!r}; known are {', '.join(METRICS)}")


def _value(kind: str, metric: str, number: float, unit: str | None, text: str) -> float:
    """Return the number in the metric's own unit."""
    if kind == "latency":
        if unit in ("%", "/s"):
            raise InvalidInput(f"threshold {text!r}: a latency is given in us, ms or s")
        return number * _SECONDS[unit]
    if kind == "share":
        if unit not in ("%", None):
            raise InvalidInput(f"threshold {text!r}: a share is given in % or as a number from 0 to 1")
        value = number / 100 if unit == "%" else number
        if value > 1:
            raise InvalidInput(f"threshold {text!r}: a share lies between 0% and 100%")
        return value
    if unit not in ("/s", None) or (metric == "requests" and unit):
        raise InvalidInput(f"threshold {text!r}: {metric} takes a plain number")
    return number
