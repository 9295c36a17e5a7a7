"""Counters by the names their users know, and rules on their values: judged at every sample, not over the run."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from penstock.model.origin import Origin


@dataclass(frozen=True, slots=True)
class CounterName:
    """A counter of a category. Without `instance` every instance is meant, each for itself."""

    category: str
    counter: str
    instance: str = ""


@dataclass(frozen=True, slots=True)
class CounterRule:
    """A limit on a counter with two levels; None means that there is no such level.

    A sample over `critical` (under it, unless `alerts_if_over`) is a critical violation, else one over `warning` a
    warning. With `against` the levels are factors of that other counter's value in the same sample.
    """

    counter: CounterName
    warning: float | None
    critical: float | None
    origin: Origin
    alerts_if_over: bool = True
    against: CounterName | None = None


@dataclass(frozen=True, slots=True)
class CounterSettings:
    """Counters are wanted in the words of Visual Studio, sampled every `sample_s` seconds.

    Of violations of one rule the first `most_violations` are kept one by one; all are counted. Violations of the level
    `fails_on`, or of a graver one, fail the run.
    """

    sample_s: float
    rules: tuple[CounterRule, ...] = ()
    most_violations: int = 1000
    fails_on: Literal["never", "critical", "warning"] = "never"


LOAD_TEST_COUNTERS: dict[str, tuple[str, ...]] = {
    "LoadTest:Scenario": ("User Load", "Tests Running"),
    "LoadTest:Test": (
        "Total Tests",
        "Passed Tests",
        "Failed Tests",
        "Tests/Sec",
        "Passed Tests/Sec",
        "Failed Tests/Sec",
        "Avg. Requests/Test",
        "Avg. Test Time",
        "% Time in LoadTestPlugin",
        "% Time in WebTest code",
        "% Time in Rules",
    ),
    "LoadTest:Transaction": (
        "Total Transactions",
        "Avg. Transaction Time",
        "Avg. Response Time",
        "Transactions/Sec",
    ),
    "LoadTest:Errors": (
        "Http Errors",
        "Validation Rule Errors",
        "Extraction Rule Errors",
        "Requests Timed Out",
        "Exceptions",
        "Total Errors",
        "Errors/Sec",
        "Threshold Violations/Sec",
    ),
    "LoadTest:Page": ("Total Pages", "Avg. Page Time", "Page Response Time Goal", "% Pages Meeting Goal", "Pages/Sec"),
    "LoadTest:Request": (
        "Total Requests",
        "Passed Requests",
        "Failed Requests",
        "Cached Requests",
        "Requests/Sec",
        "Passed Requests/Sec",
        "Failed Requests/Sec",
        "Avg. First Byte Time",
        "Avg. Response Time",
        "Avg. Connection Wait Time",
        "Avg. Content Length",
    ),
    "LoadTest:LogEntries": ("Total Log Entries", "Log Entries/Sec"),
}
"""The counters of a load test by category, in the order of its files. Times are seconds, sizes bytes."""
