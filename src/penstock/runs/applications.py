"""Applications under test as their monitoring knows them: which counters are read beside a run.

Only what may be kept and shown is here. How an application's monitoring is reached, and by which credentials, is
`ports.counters.Access`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

ApplicationKind = Literal["prometheus", "application-insights"]
"""`prometheus`: whatever answers PromQL. `application-insights`: metrics, and queries in KQL."""

MOST_APPLICATIONS = 10
"""Whose counters one run reads."""

MOST_COUNTERS = 50
"""Of one application."""

MOST_INSTANCES = 20
"""Of one counter: an expression that gives more series is told to be narrowed, and gives nothing."""

LARGEST = 1e12
"""Values beyond are not kept: they are to be divided in the expression."""


@dataclass(frozen=True, slots=True)
class ApplicationCounter:
    """A counter. `query` is PromQL, the name of a metric, or KQL.

    With `instance`, each value of that label (dimension, column) is an instance with values of its own; without it the
    query must give a single series. `aggregation` is that of a metric of Application Insights (`avg`, `sum`, …).
    """

    name: str
    query: str
    unit: str = ""
    instance: str = ""
    aggregation: str = ""
    description: str = ""


@dataclass(frozen=True, slots=True)
class Application:
    """An application whose counters are read every `every_s` seconds. `id` is that of a server that keeps it."""

    name: str
    kind: ApplicationKind
    counters: tuple[ApplicationCounter, ...]
    every_s: float
    id: str = ""

    def names(self) -> list[str]:
        """Return the full names of its counters, without instances."""
        return [full_name(self.name, one.name) for one in self.counters]

    def counter(self, name: str) -> ApplicationCounter | None:
        """Return the counter that a full name (`shop/cpu`, `shop/errors/500`) is of; None for those of others."""
        application, _, rest = name.partition("/")
        if application != self.name:
            return None
        return next(
            (one for one in self.counters if rest == one.name or (one.instance and rest.startswith(f"{one.name}/"))),
            None,
        )


def full_name(application: str, counter: str, instance: str = "") -> str:
    """Return the name that thresholds, goals and measurements have for a counter: `shop/errors/500`."""
    return "/".join(filter(None, (application, counter, instance)))
