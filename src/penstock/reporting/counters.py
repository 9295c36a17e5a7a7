"""Counters as tables, the same in every report: a line a counter of all instances, one an instance, one an error."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from penstock.metrics import numbers
from penstock.model import CounterName
from penstock.model.counters import LOAD_TEST_COUNTERS
from penstock.runs.counters import CounterReport, Violation

TOTAL = "_Total"

_SECONDS = ("Time", "Time Goal")
_WHOLE = (
    "Total ",
    "Passed ",
    "Failed ",
    "Cached ",
    "Http ",
    "Validation ",
    "Extraction ",
    "Requests Timed",
    "Exceptions",
)


@dataclass(frozen=True, slots=True)
class Line:
    """A counter with its value as people read it."""

    category: str
    counter: str
    instance: str
    value: float
    text: str


@dataclass(frozen=True, slots=True)
class Instances:
    """The counters of one category by instance; a cell is empty where nothing was measured."""

    category: str
    counters: tuple[str, ...]
    rows: tuple[tuple[str, tuple[str, ...]], ...]


def totals(report: CounterReport) -> tuple[Line, ...]:
    """Return the counters of all instances together, in the order in which load tests list them."""
    lines = []
    for category, counters in LOAD_TEST_COUNTERS.items():
        for counter in counters:
            value = report.totals.get(CounterName(category, counter, TOTAL))
            if value is not None:
                lines.append(Line(category, counter, TOTAL, value, value_text(counter, value)))
    return tuple(lines)


def instances(report: CounterReport) -> tuple[Instances, ...]:
    """Return a table a category that has instances."""
    tables = []
    for category, counters in LOAD_TEST_COUNTERS.items():
        names = sorted({name.instance for name in report.totals if name.category == category} - {TOTAL})
        if not names:
            continue
        shown = tuple(each for each in counters if any(CounterName(category, each, n) in report.totals for n in names))
        rows = tuple((name, tuple(_cell(report, category, each, name) for each in shown)) for name in names)
        tables.append(Instances(category, shown, rows))
    return tuple(tables)


def _cell(report: CounterReport, category: str, counter: str, instance: str) -> str:
    value = report.totals.get(CounterName(category, counter, instance))
    return "" if value is None else value_text(counter, value)


def value_text(counter: str, value: float) -> str:
    """Return a value in the unit of its counter."""
    if counter.endswith(_SECONDS):
        return numbers.latency(value) if counter != "Page Response Time Goal" else f"{value:g} s"
    if counter.startswith("%"):
        return f"{value:.1f}%"
    if counter.endswith("/Sec"):
        return f"{numbers.count(value)}/s"
    if counter.endswith("Length"):
        return numbers.size(value)
    return numbers.count(int(value)) if counter.startswith(_WHOLE) else numbers.count(value)


def violated(report: CounterReport, most: int) -> Sequence[tuple[Violation, str]]:
    """Return the first violations, critical ones before warnings, each with a sentence."""
    ranked = sorted(report.violations, key=lambda one: (one.level != "critical", one.second))
    return [(one, sentence(one)) for one in ranked[:most]]


def sentence(violation: Violation) -> str:
    """Say what was violated: `Avg. Page Time of /cart was 2.1 s, over 1 s`."""
    name, rule = violation.counter, violation.rule
    word = "over" if rule.alerts_if_over else "under"
    limit = value_text(name.counter, violation.limit)
    if rule.against is not None:
        level = rule.critical if violation.level == "critical" else rule.warning
        limit += f" ({level:g} × {rule.against.counter})"
    of = f" of {name.instance}" if name.instance not in ("", TOTAL) else ""
    return f"{name.category}: {name.counter}{of} was {value_text(name.counter, violation.value)}, {word} {limit}"
