"""What must hold of a run, and the small language to say it.

p95 < 800ms                        over the whole run
avg[Log in] <= 1.5s                of one request or group
failed < 1% over 10s               in every window of ten seconds
p95[checkout] < 800ms over 10s stop   and the run stops at the first window that misses it
p95[new] < 1.2 * p95[old]          against another measure instead of a constant
p95 < 800ms warn 500ms             missed from 800 ms on, a warning from 500 ms on
failed[tag:pay] < 1%               of a tag; also request:, group:, page:, message:, iteration:, check:, metric:

metric [[kind:]name] comparison (value | [factor *] metric [[kind:]name]) [warn value] [over duration] [stop]
"""

from __future__ import annotations

import re
import typing
from dataclasses import dataclass
from typing import Literal, cast

from penstock.errors import InvalidInput
from penstock.model.durations import parse_duration

Comparison = Literal["<", "<=", ">", ">="]

LATENCIES = ("min", "avg", "max")
SHARES = ("failed", "checks")
NUMBERS = ("rate", "requests", "count")
METRICS = ("p0 to p100", *LATENCIES, *SHARES, *NUMBERS)
"""Latencies (`p95`, `min`, `avg`, `max`: response latency of all requests, in seconds), `failed` (share of failed
requests), `checks` (share of checks that held), `rate` (requests a second), `requests` or `count` (their number)."""

OWN = ("p0 to p100", *LATENCIES, "count", "rate", "total", "value", "last")
"""What can be asked of a metric of the test's own or of a counter: its values have no unit. `rate` is the sum a second,
`total` the sum, `value` or `last` the newest (of a counter of the test: the sum)."""

_METRIC = r"(?P<{0}metric>p\d{{1,3}}(?:\.\d+)?|[a-z]+)\s*(?:\[(?P<{0}name>.+?)\])?"
_FORM = re.compile(
    r"\s*" + _METRIC.format("") + r"\s*(?P<comparison><=|>=|<|>)\s*"
    r"(?:(?P<number>\d+(?:\.\d+)?)\s*(?P<unit>us|ms|s|%|/s)?"
    r"|(?:(?P<factor>\d+(?:\.\d+)?)\s*\*\s*)?" + _METRIC.format("other_") + r")"
    r"(?:\s+warn\s+(?P<warning>\d+(?:\.\d+)?)\s*(?P<warning_unit>us|ms|s|%|/s)?)?"
    r"(?:\s+over\s+(?P<window>\S+))?(?P<stop>\s+stop)?\s*"
)
_SECONDS = {"us": 1e-6, "ms": 1e-3, "s": 1.0, None: 1e-3}
_SHORTEST_WINDOW_S = 1.0


Kind = Literal["", "request", "group", "page", "message", "iteration", "tag", "check", "metric", "counter"]
"""What a name is that of. Empty: of a request, else of a group, a page, a message, whichever the run has.

`message`: what was waited for on a WebSocket, or the first event of a stream. `iteration`: passes through a journey.
`tag`: all requests that carry it. `check`: a check, wherever it was made. `metric`: what a test measures itself.
`counter`: what is read from elsewhere, such as the server under test.
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
        return self._is_within(observed, self.value, other)

    def warns(self, observed: float, other: float = 0.0) -> bool:
        """Whether an observed value is worth a warning."""
        return self.warning is not None and not self._is_within(observed, self.warning, other)

    def _is_within(self, observed: float, value: float, other: float) -> bool:
        limit = value * other if self.against else value
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
    name, scope = _named(match["name"])
    metric, kind = match["metric"], _kind(match["metric"], scope, text)
    against = None
    if match["other_metric"]:
        other_name, other_scope = _named(match["other_name"])
        if _kind(match["other_metric"], other_scope, text) != kind:
            raise InvalidInput(f"threshold {text!r}: {metric} and {match['other_metric']} cannot be compared")
        against = Measure(match["other_metric"], other_name, other_scope)
        value = float(match["factor"] or 1)
    else:
        value = _value(kind, metric, float(match["number"]), match["unit"], text)
    warning = None
    if match["warning"] is not None:
        factor = against is not None and match["warning_unit"] is None
        number = float(match["warning"])
        warning = number if factor else _value(kind, metric, number, match["warning_unit"], text)
        upper = match["comparison"] in ("<", "<=")
        if warning >= value if upper else warning <= value:
            raise InvalidInput(f"threshold {text!r}: the warning is not {'below' if upper else 'above'} the value")
    window_s = None if match["window"] is None else parse_duration(match["window"])
    if window_s is not None and window_s < _SHORTEST_WINDOW_S:
        raise InvalidInput(f"threshold {text!r}: a window is one second or longer")
    return Threshold(
        metric=metric,
        comparison=cast("Comparison", match["comparison"]),
        value=value,
        text=text.strip(),
        name=name,
        against=against,
        window_s=window_s,
        stops=match["stop"] is not None,
        kind=scope,
        warning=warning,
    )


def _named(written: str | None) -> tuple[str, Kind]:
    """Tell the kind from the name. A name that looks as if it had one is said with one: `request:tag:x`."""
    name = (written or "").strip()
    kind, colon, rest = name.partition(":")
    if colon and kind in typing.get_args(Kind) and kind and rest.strip():
        return rest.strip(), cast("Kind", kind)
    return name, ""


def parse_measure(text: str) -> Measure:
    """Read a measure alone: `p95`, `avg[Log in]`, `value[metric:queue]`. Raises `InvalidInput`."""
    match = re.fullmatch(r"\s*" + _METRIC.format("") + r"\s*", text)
    if match is None:
        raise InvalidInput(f"measure {text!r} is not understood; write it like 'p95' or 'avg[Log in]'")
    name, kind = _named(match["name"])
    _kind(match["metric"], kind, text)
    return Measure(match["metric"], name, kind)


def parse_value(measure: Measure, number: str, text: str) -> float:
    """Read a number in a unit of the measure, like `300ms` or `5%`. Raises `InvalidInput`."""
    match = re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*(us|ms|s|%|/s)?\s*", number)
    if match is None:
        raise InvalidInput(f"{text!r}: {number!r} is no number that {measure} can have")
    return _value(_kind(measure.metric, measure.kind, text), measure.metric, float(match[1]), match[2], text)


def _kind(metric: str, scope: Kind, text: str) -> Literal["latency", "share", "number", "plain"]:
    percentile = re.fullmatch(r"p(\d{1,3}(?:\.\d+)?)", metric)
    if percentile and float(percentile[1]) > 100:
        raise InvalidInput(f"threshold {text!r}: a percentile lies between p0 and p100")
    if scope in ("metric", "counter"):
        if percentile or metric in OWN:
            return "plain"
        raise InvalidInput(f"threshold {text!r}: a {scope} has no {metric!r}; it has {', '.join(OWN)}")
    if percentile or metric in LATENCIES:
        if scope == "check":
            raise InvalidInput(f"threshold {text!r}: a check takes no time; ask for checks, failed, rate or count")
        return "latency"
    if metric in SHARES:
        return "share"
    if metric in NUMBERS:
        return "number"
    raise InvalidInput(f"threshold {text!r}: unknown metric {metric!r}; known are {', '.join(METRICS)}")


def _value(kind: str, metric: str, number: float, unit: str | None, text: str) -> float:
    """Return the number in the metric's own unit."""
    if kind == "plain":
        if unit not in (None, "/s"):
            raise InvalidInput(f"threshold {text!r}: values of the test's own have no unit")
        return number
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
    if unit not in ("/s", None) or (metric != "rate" and unit):
        raise InvalidInput(f"threshold {text!r}: {metric} takes a plain number")
    return number
