"""Goal-based profiles: a counter in a range, as a measure of ours in a range.

Counters of the load test itself are measured here under other names. Those of Windows machines can be read where the
caller has an application of the machine's name: `WEB01/Processor/% Processor Time`, and the instance behind it.
"""

from __future__ import annotations

from penstock.errors import InvalidInput
from penstock.importers.vstest.loadtest.attributes import Attributes
from penstock.importers.vstest.loadtest.counternames import standard_counter
from penstock.importers.xmlfile import Element
from penstock.model import Goal, Measure, Phase
from penstock.model.thresholds import Kind

_OF_ALL = {
    ("LoadTest:Request", "Requests/Sec"): "rate",
    ("LoadTest:Request", "Total Requests"): "requests",
    ("LoadTest:Request", "Avg. Response Time"): "avg",
}
_OF_ONE: dict[tuple[str, str], tuple[str, Kind]] = {
    ("LoadTest:Page", "Avg. Page Time"): ("avg", "page"),
    ("LoadTest:Page", "Pages/Sec"): ("rate", "page"),
    ("LoadTest:Transaction", "Avg. Response Time"): ("avg", "group"),
    ("LoadTest:Transaction", "Transactions/Sec"): ("rate", "group"),
    ("LoadTest:Test", "Avg. Test Time"): ("avg", "iteration"),
    ("LoadTest:Test", "Tests/Sec"): ("rate", "iteration"),
    **{key: (metric, "request") for key, metric in _OF_ALL.items()},
}
_INSTEAD = {
    ("LoadTest:Page", "Avg. Page Time"): "avg",
    ("LoadTest:Page", "Pages/Sec"): "rate",
}
"""What is taken for all pages together: the same of all requests."""


def sought(element: Element, attributes: Attributes, every_s: float) -> tuple[tuple[Phase, ...], Goal | None]:
    """Return how a goal-based load begins, and its goal; None (and a finding) where it cannot be sought here."""
    initial = attributes.whole(element, "InitialUsers", 1)
    least = attributes.whole(element, "MinUserCount", 1)
    most = attributes.whole(element, "MaxUserCount", 100)
    begin = min(max(initial, least), max(most, 1))
    phases = (Phase(float(begin), float(begin), 1.0),)
    measure = _measure(element, attributes)
    if measure is None:
        return phases, None
    try:
        goal = Goal(
            measure=measure,
            low=attributes.number(element, "MinTargetValue", 0.0),
            high=attributes.number(element, "MaxTargetValue", 0.0),
            least_users=least,
            most_users=most,
            most_added=max(1, attributes.whole(element, "MaxUserCountIncrease", 1)),
            most_removed=max(1, attributes.whole(element, "MaxUserCountDecrease", 1)),
            higher_is_better=attributes.truth(element, "HigherValuesBetter", default=False),
            stays_at_goal=attributes.truth(element, "StopAdjustingAtGoal", default=False),
            every_s=every_s,
        )
    except InvalidInput as error:
        attributes.findings.error("invalid-value", str(error), element.origin, "correct the profile")
        return phases, None
    return phases, goal


def _measure(element: Element, attributes: Attributes) -> Measure | None:
    category, counter, instance = (element.get(name) for name in ("CategoryName", "CounterName", "InstanceName"))
    machine = element.get("MachineName")
    if not counter and element.get("CounterPath"):
        category, counter, instance = _parts(element.get("CounterPath"))
        machine = machine or element.get("CounterPath").removeprefix("\\\\").partition("\\")[0]
    known = standard_counter(category, counter)
    if known is None:
        machine = machine or "its machine"
        name = "/".join((machine, category, counter, *((instance,) if instance not in ("", "_Total") else ())))
        if any(name == one or name.startswith(f"{one}/") for one in attributes.counters):
            return Measure("avg", name, "counter")
        message = f"the goal is the counter {category} / {counter} / {instance} of {machine}, which cannot be read here"
        advice = (
            "choose a counter of the load test itself (LoadTest:Request / Requests/Sec or Avg. Response Time), or "
            f'a Step profile (Pattern="Step"), or let the counter {name} be read (--counters)'
        )
        attributes.findings.error("goal-counter", message, element.origin, advice)
        return None
    key = (category, known)
    if instance and instance != "_Total" and key in _OF_ONE:
        metric, kind = _OF_ONE[key]
        return Measure(metric, instance, kind)
    if key in _OF_ALL:
        return Measure(_OF_ALL[key])
    if key in _INSTEAD:
        message = f"the goal {category} / {counter} of all pages is taken from all requests, dependents included"
        attributes.findings.warn("goal-counter", message, element.origin)
        return Measure(_INSTEAD[key])
    of = f" / {instance}" if instance else ""
    message = f"the counter {category} / {counter}{of} cannot be sought"
    advice = "choose LoadTest:Request / Requests/Sec or Avg. Response Time, or name one page, transaction or test"
    attributes.findings.error("goal-counter", message, element.origin, advice)
    return None


def _parts(path: str) -> tuple[str, str, str]:
    r"""Return category, counter and instance of a path like `\\MACHINE\Processor(_Total)\% Processor Time`."""
    body, _, counter = path.rpartition("\\")
    category, _, instance = body.rpartition("\\")[2].partition("(")
    return category, counter, instance.removesuffix(")")
