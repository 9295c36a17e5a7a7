"""What must hold of a whole run, and the small language to say it.

p95 < 800ms            avg[Login] <= 1.5s      failed < 1%       rate > 100
metric [name] comparison value
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal, cast

from penstock.errors import InvalidInput

Comparison = Literal["<", "<=", ">", ">="]

METRICS = ("p<0-100>", "min", "avg", "max", "failed", "rate", "requests", "checks")
"""Latencies (`p95`, `min`, `avg`, `max`: response latency of all requests, in seconds), `failed` (share of failed
requests), `rate` (requests a second), `requests` (their number), `checks` (share of checks that held)."""

_FORM = re.compile(
    r"\s*(?P<metric>p\d{1,3}(?:\.\d+)?|[a-z]+)\s*(?:\[(?P<name>.+)\])?\s*"
    r"(?P<comparison><=|>=|<|>)\s*(?P<number>\d+(?:\.\d+)?)\s*(?P<unit>us|ms|s|%|/s)?\s*"
)
_SECONDS = {"us": 1e-6, "ms": 1e-3, "s": 1.0, None: 1e-3}


@dataclass(frozen=True, slots=True)
class Threshold:
    """`metric` of the request or group `name` (empty: all requests) compared with `value`.

    Latencies are in seconds, shares between 0 and 1. `text` is how the user wrote it.
    """

    metric: str
    comparison: Comparison
    value: float
    text: str
    name: str = ""


def parse_threshold(text: str) -> Threshold:
    """Read the small language above.

    Raises `InvalidInput` with the forms that are understood. A latency without a unit is milliseconds.
    """
    match = _FORM.fullmatch(text)
    if match is None:
        raise InvalidInput(f"threshold {text!r} is not understood; write it like 'p95 < 800ms' or 'failed < 1%'")
    metric, unit, number = match["metric"], match["unit"], float(match["number"])
    percentile = re.fullmatch(r"p(\d{1,3}(?:\.\d+)?)", metric)
    if percentile and float(percentile[1]) > 100:
        raise InvalidInput(f"threshold {text!r}: a percentile lies between p0 and p100")
    if percentile or metric in ("min", "avg", "max"):
        if unit in ("%", "/s"):
            raise InvalidInput(f"threshold {text!r}: a latency is given in us, ms or s")
        value = number * _SECONDS[unit]
    elif metric in ("failed", "checks"):
        if unit not in ("%", None):
            raise InvalidInput(f"threshold {text!r}: a share is given in % or as a number from 0 to 1")
        value = number / 100 if unit == "%" else number
        if value > 1:
            raise InvalidInput(f"threshold {text!r}: a share lies between 0% and 100%")
    elif metric in ("rate", "requests"):
        if unit not in ("/s", None) or (metric == "requests" and unit):
            raise InvalidInput(f"threshold {text!r}: {metric} takes a plain number")
        value = number
    else:
        raise InvalidInput(f"threshold {text!r}: unknown metric {metric!r}; known are {', '.join(METRICS)}")
    comparison = cast("Comparison", match["comparison"])
    return Threshold(metric, comparison, value, text.strip(), (match["name"] or "").strip())
