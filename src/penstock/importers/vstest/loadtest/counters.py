"""Counter sets: rules on the load test's own counters are judged here; other counters have no source."""

from __future__ import annotations

import math

from penstock.importers.base import Findings
from penstock.importers.vstest.loadtest.counternames import standard_counter
from penstock.importers.xmlfile import Element
from penstock.model import CounterName, CounterRule

AGENT_COUNTERS = {("Processor", "% Processor Time"): "the busiest agent's share of one core"}
"""Counters of the machines that generate load, which the agents measure of themselves."""

_CONSTANT = "ThresholdRuleCompareConstant"
_COUNTERS = "ThresholdRuleCompareCounters"


def compile_rules(sets: Element | None, findings: Findings) -> tuple[CounterRule, ...]:
    """Return the rules on counters that are measured here; for the others there is a finding a counter set."""
    rules: list[CounterRule] = []
    for one in sets.all("CounterSet") if sets else ():
        if one.get("CounterSetType") == "LoadTest":
            rules += _own_rules(one, findings)
        else:
            rules += _foreign_rules(one, findings)
    return tuple(rules)


def _categories(counter_set: Element) -> list[tuple[Element, list[Element]]]:
    """Return the categories of a counter set, each with its counters."""
    holder = counter_set.first("CounterCategories")
    found: list[tuple[Element, list[Element]]] = []
    for category in holder.all("CounterCategory") if holder else ():
        counters = category.first("Counters")
        found.append((category, counters.all("Counter") if counters else []))
    return found


def _own_rules(counter_set: Element, findings: Findings) -> list[CounterRule]:
    rules: list[CounterRule] = []
    for category, counters in _categories(counter_set):
        for place, counter in enumerate(counters):
            elements = _rules_of(counter)
            written = counter.get("Name")
            name = standard_counter(category.get("Name"), written, place, len(counters))
            if name is None:
                if elements:
                    message = f"a load test makes no counter {category.get('Name')} / {written}; its rule is left out"
                    findings.warn("unknown-counter", message, counter.origin, effect="dropped")
                continue
            if elements and name != written:
                message = f"{written} is taken for {name}"
                findings.note("localised-name", message, counter.origin, effect="needs attention")
            for element in elements:
                rules += _compiled(element, CounterName(category.get("Name"), name), category, findings)
    return rules


def _foreign_rules(counter_set: Element, findings: Findings) -> list[CounterRule]:
    rules: list[CounterRule] = []
    left_out = counters_left_out = 0
    on_agents = counter_set.get("CounterSetType") == "Agent"
    for category, counters in _categories(counter_set):
        for counter in counters:
            elements = _rules_of(counter)
            key = (category.get("Name"), counter.get("Name"))
            if on_agents and key in AGENT_COUNTERS:
                for element in elements:
                    rules += _compiled(element, CounterName(*key, "_Total"), category, findings)
                message = f"{key[0]} / {key[1]} of the agents is {AGENT_COUNTERS[key]}"
                findings.note("agent-counter", message, counter.origin, effect="approximated")
                continue
            counters_left_out += 1
            left_out += len(elements)
    if counters_left_out:
        name = counter_set.get("Name") or counter_set.get("CounterSetType")
        rest = f", nor {left_out} threshold rules on them judged" if left_out else ""
        message = f"{counters_left_out} counters of {name} are those of Windows machines and are not read here{rest}"
        findings.note("unavailable-counters", message, counter_set.origin)
    return rules


def _rules_of(counter: Element) -> list[Element]:
    holder = counter.first("ThresholdRules")
    return holder.all("ThresholdRule") if holder else []


def _compiled(rule: Element, counter: CounterName, category: Element, findings: Findings) -> list[CounterRule]:
    full = rule.get("Classname").partition(",")[0].strip()
    kind = full.rpartition(".")[2]
    if kind not in (_CONSTANT, _COUNTERS):
        message = f"the threshold rule {full or 'without a class'} is not known and is not judged"
        findings.warn("unknown-rule", message, rule.origin, effect="dropped")
        return []
    holder = rule.first("RuleParameters")
    given = {each.get("Name"): each.get("Value") for each in (holder.all("RuleParameter") if holder else ())}
    warning, critical = (_level(given.get(name), name, rule, findings) for name in _LEVELS)
    if warning is None and critical is None:
        return []
    against = None
    if kind == _COUNTERS:
        dependent_category = given.get("DependentCategory") or category.get("Name")
        dependent = standard_counter(dependent_category, given.get("DependentCounter", ""))
        if dependent is None:
            what = f"{dependent_category} / {given.get('DependentCounter', '')}"
            message = f"the rule compares with {what}, which is not measured here; it is not judged"
            findings.warn("unavailable-counters", message, rule.origin, effect="dropped")
            return []
        against = CounterName(dependent_category, dependent, given.get("DependentInstance", ""))
    over = given.get("AlertIfOver", "True").strip().lower() != "false"
    return [CounterRule(counter, warning, critical, rule.origin, over, against)]


_LEVELS = ("WarningThreshold", "CriticalThreshold")


def _level(text: str | None, name: str, rule: Element, findings: Findings) -> float | None:
    if text is None or not text.strip():
        return None
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        findings.error("invalid-value", f'{name}="{text[:40]}" is not a number', rule.origin, "write one, like 0.5")
        return None
    return value
