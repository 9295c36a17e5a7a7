"""What all users of an agent share, as the threads of one JMeter engine do."""

from __future__ import annotations

from dataclasses import dataclass, field
from random import Random


@dataclass(slots=True)
class Shared:
    """`properties` are those that the test has set, `given` those of the run, `counters` the calls at each place."""

    random: Random
    properties: dict[str, str] = field(default_factory=dict)
    given: dict[str, str] = field(default_factory=dict)
    counters: dict[str, int] = field(default_factory=dict)

    def property(self, name: str) -> str | None:
        """Return the value of a property: what the test has set wins."""
        value = self.properties.get(name)
        return self.given.get(name) if value is None else value
