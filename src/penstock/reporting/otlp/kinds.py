"""The metrics that are exported. Names and units are such that Prometheus makes of them what `exposition` tells it."""

from __future__ import annotations

from penstock.metrics.own import MICRO
from penstock.reporting.bounds import BOUNDS_S
from penstock.reporting.otlp.points import Kind

USERS = Kind("penstock.load.users", "{user}", "Users of a load under way.", "gauge")
AGENTS = Kind("penstock.load.agents", "{agent}", "Agents that a load was measured by.", "gauge")
AGENT_CPU = Kind(
    "penstock.load.agent.cpu", "1", "Share of a core that the busiest agent uses; near 1 it lags.", "gauge"
)
AGENT_CPU_TIME = Kind("penstock.load.agent.cpu.time", "s", "Time of a core that an agent has used.", "total")
AGENT_MEMORY = Kind("penstock.load.agent.memory", "By", "Most memory that an agent had.", "gauge")
ITERATIONS = Kind("penstock.load.iterations", "{iteration}", "Iterations finished.", "total")
FAILED_ITERATIONS = Kind("penstock.load.failed_iterations", "{iteration}", "Iterations that failed.", "total")
INTERRUPTED_ITERATIONS = Kind(
    "penstock.load.interrupted_iterations", "{iteration}", "Iterations that were cut off.", "total"
)
LATE_STARTS = Kind("penstock.load.late_starts", "{start}", "Starts of a rate that waited for a free user.", "total")
DROPPED_STARTS = Kind("penstock.load.dropped_starts", "{start}", "Starts of a rate that no user was free for.", "total")
START_LATENESS = Kind(
    "penstock.load.start_lateness", "s", "How late the generator began what was due.", "histogram", BOUNDS_S
)
CLIENT_LAG = Kind(
    "penstock.load.client_lag", "s", "How long responses lay before the generator read them.", "histogram", BOUNDS_S
)

REQUESTS = Kind("penstock.load.requests", "{request}", "Requests, those that failed included.", "total")
FAILURES = Kind("penstock.load.failures", "{request}", "Requests that failed.", "total")
ERRORS = Kind("penstock.load.errors", "{error}", "What failed in requests, by kind.", "total")
LATENCY = Kind(
    "penstock.load.latency", "s", "Response latency (since due) of all requests, in seconds.", "histogram", BOUNDS_S
)
SERVICE_LATENCY = Kind(
    "penstock.load.service_latency", "s", "Service latency (since sent) of all requests.", "histogram", BOUNDS_S
)
SENT = Kind("penstock.load.sent", "By", "Bytes sent.", "total")
RECEIVED = Kind("penstock.load.received", "By", "Bytes received.", "total")
CHECKS = Kind("penstock.load.checks", "{check}", "Responses that a check judged.", "total")

_TREND_BOUNDS = tuple(float(f"{digit}e{power}") for power in range(-3, 7) for digit in (1, 2, 5))
OWN_TOTAL = Kind("penstock.load.metric.total", "", "A counter of the test's own.", "total")
OWN_SUM = Kind("penstock.load.metric.sum", "", "A counter of the test's own that was also lowered.", "sum")
OWN_VALUE = Kind("penstock.load.metric.value", "", "The newest value of a gauge of the test's own.", "gauge")
OWN_TREND = Kind(
    "penstock.load.metric.trend", "", "Values of the test's own.", "histogram", _TREND_BOUNDS, float(MICRO)
)
COUNTER = Kind("penstock.load.counter", "", "The newest value of a counter of the server under test.", "gauge")

OTHER_SERIES = {
    kind: (
        label,
        Kind(f"penstock.load.{label}.passes", "{pass}", f"How often this {label} was passed.", "total"),
        Kind(f"penstock.load.{label}.failures", "{pass}", f"How often this {label} failed.", "total"),
        Kind(f"penstock.load.{label}.latency", "s", f"Response latency of this {label}.", "histogram", BOUNDS_S),
    )
    for kind, label in (
        ("group", "group"),
        ("page", "page"),
        ("message", "message"),
        ("tag", "tag"),
        ("iteration", "journey"),
    )
}
"""Of series that are no requests: the label of their names, and their metrics."""
