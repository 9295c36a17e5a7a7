"""What a server counts of itself while it goes on, in Prometheus' own counters; what is in the database is not here.

Every value of a label that there can be is there from the beginning, as 0: else nobody could tell nothing from never.
"""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, disable_created_metrics

_BOUNDS_S = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)


class Meters:
    """One a server; may be used from any thread. `registry` has them all."""

    def __init__(self) -> None:
        disable_created_metrics()  # type: ignore[no-untyped-call]
        self.registry = CollectorRegistry()
        self.requests = Histogram(
            "penstock_http_request_duration_seconds",
            "Time until a request to the server was answered whole, by face and class of the status.",
            ("face", "status"),
            registry=self.registry,
            buckets=_BOUNDS_S,
        )
        self.sign_ins = self._counter(
            "penstock_sign_ins", "Passwords that were shown.", "outcome", ("succeeded", "failed", "throttled")
        )
        self.refused_tokens = Counter(
            "penstock_refused_tokens",
            "Requests with a token that is not known or not valid any more.",
            registry=self.registry,
        )
        self.webhook_calls = self._counter(
            "penstock_webhook_calls", "Calls of webhooks.", "outcome", ("taken", "refused", "unanswered")
        )
        self.webhooks_given_up = Counter(
            "penstock_webhooks_given_up", "Ends of runs that a webhook was not told in the end.", registry=self.registry
        )
        self.chore_failures = Counter(
            "penstock_chore_failures", "Passes of a chore that failed.", ("chore",), registry=self.registry
        )
        self.chores_done = Gauge(
            "penstock_chore_last_success_timestamp_seconds",
            "When a chore was last done without a failure, in seconds since 1970.",
            ("chore",),
            registry=self.registry,
        )

    def _counter(self, name: str, sentence: str, label: str, values: tuple[str, ...]) -> Counter:
        counter = Counter(name, sentence, (label,), registry=self.registry)
        for value in values:
            counter.labels(value)
        return counter
