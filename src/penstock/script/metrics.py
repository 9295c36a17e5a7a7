"""Metrics of your own, in reports and thresholds beside those that Penstock measures.

queue = metric("queue length", "gauge")
orders = metric("orders", "counter")

async def journey(user):
    response = await http.get("/status", name="status")
    queue.add(response.json()["queue"])
    orders.add(1)
"""

from __future__ import annotations

from typing import Literal, get_args

from penstock.script import binding

MetricKind = Literal["trend", "counter", "gauge"]
"""`trend`: the distribution of values; `counter`: a sum; `gauge`: a value that changes."""


class Metric:
    """One metric. All users of all agents add to the metric of the same name."""

    __slots__ = ("kind", "name")

    def __init__(self, name: str, kind: MetricKind) -> None:
        self.name = name
        self.kind = kind

    def add(self, value: float = 1.0) -> None:
        """Add to a counter, or record a value of a trend or gauge. Values are kept to a millionth.

        Raises `ValueError` for a value that is not finite, and for a negative value of a trend.
        """
        binding.recorder.measure(self.kind, self.name, float(value))


def metric(name: str, kind: MetricKind = "trend") -> Metric:
    """Return the metric of that name, a `trend`, `counter` or `gauge`.

    Thresholds ask for it like `p95[metric:queue length] < 12`. Raises `ValueError` for an empty name or another kind.
    """
    if not isinstance(name, str) or not name or kind not in get_args(MetricKind):
        raise ValueError(f"metric({name!r}, {kind!r}): give a name, and trend, counter or gauge")
    return Metric(name, kind)
