"""What all users of an agent share, as the threads of one JMeter engine do."""

from __future__ import annotations

from dataclasses import dataclass, field
from random import Random


@dataclass(slots=True)
class Shared:
    """`properties` are those that the test has set, `counters` the calls of counting functions, by place."""

    random: Random
    properties: dict[str, str] = field(default_factory=dict)
    counters: dict[str, int] = field(default_factory=dict)
