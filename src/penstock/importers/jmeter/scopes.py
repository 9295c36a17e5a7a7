"""What holds for a sampler: the elements of its own, and those of every controller around it.

JMeter looks at the level of the sampler first and goes outwards; of two configurations that say the same the inner one
wins. Timers add up; assertions, pre- and post-processors of outer levels come before those of inner ones.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from penstock.importers.jmeter import checks, extracts
from penstock.importers.jmeter.parse import Node

CONFIGS = frozenset({"AuthManager", "CacheManager", "ConfigTestElement", "CookieManager", "HeaderManager"})

TIMERS = frozenset(
    {
        "ConstantThroughputTimer",
        "ConstantTimer",
        "GaussianRandomTimer",
        "PoissonRandomTimer",
        "PreciseThroughputTimer",
        "SyncTimer",
        "UniformRandomTimer",
        "VariableThroughputTimer",
    }
)

PRE_PROCESSORS = extracts.PREPROCESSORS | {"SampleTimeout"}

AT_EACH_PASS = frozenset({"CSVDataSet", "CounterConfig", "RandomVariableConfig"})
"""What is done at the beginning of each pass of the controller that it stands in."""


@dataclass(frozen=True, slots=True)
class Scope:
    """What has been met on the way from the test plan inwards. `configs` are those of inner levels first."""

    configs: tuple[Node, ...] = ()
    timers: tuple[Node, ...] = ()
    pre_processors: tuple[Node, ...] = ()
    post_processors: tuple[Node, ...] = ()
    assertions: tuple[Node, ...] = ()

    def entered(self, level: Sequence[Node]) -> Scope:
        """Return the scope inside an element with these children."""
        return Scope(
            (*(each for each in level if each.kind in CONFIGS), *self.configs),
            (*self.timers, *(each for each in level if each.kind in TIMERS)),
            (*self.pre_processors, *(each for each in level if each.kind in PRE_PROCESSORS)),
            (*self.post_processors, *(each for each in level if each.kind in extracts.KINDS)),
            (*self.assertions, *(each for each in level if each.kind in checks.KINDS)),
        )

    def of(self, kind: str) -> list[Node]:
        """Return the configurations of a kind, inner ones first."""
        return [each for each in self.configs if each.kind == kind]
