"""Threshold rules on the counters of one sample: every instance is judged for itself, the critical level first."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

from penstock.model import CounterName, CounterRule

Level = Literal["warning", "critical"]


@dataclass(frozen=True, slots=True)
class Missed:
    """A counter that is over (or under) a level of a rule."""

    rule: CounterRule
    counter: CounterName
    level: Level
    value: float
    limit: float


def judge(values: Mapping[CounterName, float], rules: Iterable[CounterRule]) -> list[Missed]:
    """Return what the rules find; where a counter or the one it is compared with has no value there is nothing."""
    missed: list[Missed] = []
    for rule in rules:
        for counter in _instances(rule.counter, values):
            factor = 1.0
            if rule.against is not None:
                against = _one(rule.against, counter.instance, values)
                if against is None:
                    continue
                factor = against
            found = _missed(rule, counter, values[counter], factor)
            if found is not None:
                missed.append(found)
    return missed


def _instances(wanted: CounterName, values: Mapping[CounterName, float]) -> list[CounterName]:
    if wanted.instance:
        return [wanted] if wanted in values else []
    return [name for name in values if (name.category, name.counter) == (wanted.category, wanted.counter)]


def _one(wanted: CounterName, instance: str, values: Mapping[CounterName, float]) -> float | None:
    """Return the value of the counter that a rule compares with: of its instance, else of the same one."""
    return values.get(CounterName(wanted.category, wanted.counter, wanted.instance or instance))


def _missed(rule: CounterRule, counter: CounterName, value: float, factor: float) -> Missed | None:
    levels: tuple[tuple[Level, float | None], ...] = (("critical", rule.critical), ("warning", rule.warning))
    for level, border in levels:
        if border is None:
            continue
        limit = border * factor
        if value > limit if rule.alerts_if_over else value < limit:
            return Missed(rule, counter, level, value, limit)
    return None
