"""Items in their order: requests, transactions, loops, conditions, comments, included tests."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from penstock.importers.vstest.reading import flag, number, report_unknown
from penstock.importers.vstest.requests import Requests
from penstock.importers.vstest.texts import joined
from penstock.importers.xmlfile import Element
from penstock.model import (
    Argument,
    Assign,
    Assignment,
    Branch,
    Call,
    Group,
    Hole,
    Literal,
    Loop,
    Origin,
    Rule,
    RuleValue,
    Step,
    Test,
    Text,
    Think,
    Variable,
)

Include = Callable[[Element], tuple[Step, ...]]

_NO_LIMIT = 2**31 - 1
_LONGEST_THINK_S = 86_400.0
_COUNTER = "Loop Counter"


@dataclass(slots=True)
class Items:
    """Compiles the items of one web test; `include` gives the steps of a test that is included."""

    requests: Requests
    include: Include

    def steps(self, items: Element | None) -> tuple[Step, ...]:
        """Return the steps of an `Items` element; none if there is none."""
        return tuple(step for item in (items.children if items is not None else []) for step in self._item(item))

    def _item(self, item: Element) -> tuple[Step, ...]:
        match item.name:
            case "Request":
                return self._request(item)
            case "TransactionTimer":
                report_unknown(item, frozenset({"Name"}), frozenset({"Items"}), self.requests.findings)
                return (Group(item.get("Name"), self.steps(item.first("Items")), item.origin),)
            case "Loop":
                return self._loop(item)
            case "Condition":
                return self._condition(item)
            case "Comment":
                return ()
            case "IncludedWebTest":
                return self.include(item)
            case _:
                message = f"the item {item.name} is not known, so what the test does here cannot be told"
                self.requests.findings.error("unknown-item", message, item.origin, "take it out")
                return ()

    def _request(self, item: Element) -> tuple[Step, ...]:
        request = self.requests.page(item)
        seconds = number(item, "ThinkTime", self.requests.findings)
        if seconds < 0:
            message = "a negative think time counts as 0"
            self.requests.findings.note("negative-think", message, item.origin, effect="approximated")
        if seconds <= 0:
            return (request,)
        seconds = min(seconds, _LONGEST_THINK_S)
        return (request, Think(seconds, seconds, item.origin))

    def _loop(self, item: Element) -> tuple[Step, ...]:
        rule = item.first("ConditionalRule")
        body = self.steps(item.first("Items"))
        if rule is None:
            self.requests.findings.error("no-rule", "the loop has no conditional rule", item.origin)
            return ()
        most = number(rule, "MaxIterations", self.requests.findings, -1.0)
        times = _NO_LIMIT if most < 0 else int(min(most, _NO_LIMIT))
        advances = flag(rule, "AdvanceDataCursors", self.requests.findings, default=False)
        name = self.requests.rules.conditional_name(rule)
        if name in ("ForLoopRule", "CountingLoopRule"):
            self.requests.rules.report_numbers(rule)
        if name == "ForLoopRule":
            before, test, after = self._for_loop(rule)
            return (before, Loop((*body, after), times, item.origin, test, advances))
        if name == "CountingLoopRule":
            before, test, first = self._counting_loop(rule)
            return (before, Loop((first, *body), times, item.origin, test, advances))
        compiled = self.requests.rules.condition(rule, name)
        return () if compiled is None else (Loop(body, times, item.origin, Test(RuleValue(compiled)), advances),)

    def _for_loop(self, rule: Element) -> tuple[Assign, Test, Assign]:
        """Return what is set before the loop, whether it goes on, and what is added after each pass."""
        name = self._parameter(rule, "ContextParameterName", _COUNTER)
        self.requests.texts.sets(name)
        initial, increment, end = (
            self.requests.texts.parse(self._parameter(rule, parameter, default), rule.origin)
            for parameter, default in (("InitialValue", "0"), ("IncrementValue", "1"), ("TerminatingValue", "0"))
        )
        operator = self.requests.rules.operator(rule, self._parameter(rule, "ComparisonOperator", "<"))
        return _assign(name, initial, rule.origin), _compares(name, operator, end, rule), _adds(name, increment, rule)

    def _counting_loop(self, rule: Element) -> tuple[Assign, Test, Assign]:
        """Return what is set before the loop, whether it goes on, and what counts each pass as it begins."""
        name = self._parameter(rule, "ContextParameterName", _COUNTER)
        self.requests.texts.sets(name)
        count = self.requests.texts.parse(self._parameter(rule, "IterationsCount", "0"), rule.origin)
        before = _assign(name, Text.constant("0"), rule.origin)
        return before, _compares(name, "<", count, rule), _adds(name, Text.constant("1"), rule)

    def _parameter(self, rule: Element, name: str, default: str) -> str:
        return self.requests.rules.parameter(rule, name) or default

    def _condition(self, item: Element) -> tuple[Step, ...]:
        rule = item.first("ConditionalRule")
        then, otherwise = (self._branch(item, name) for name in ("Then", "Else"))
        if rule is None:
            self.requests.findings.error("no-rule", "the condition has no conditional rule", item.origin)
            return ()
        compiled = self.requests.rules.condition(rule, self.requests.rules.conditional_name(rule))
        return () if compiled is None else (Branch(Test(RuleValue(compiled)), then, otherwise, item.origin),)

    def _branch(self, item: Element, name: str) -> tuple[Step, ...]:
        branch = item.first(name)
        return self.steps(branch.first("Items")) if branch is not None else ()


def _assign(name: str, value: Text, origin: Origin) -> Assign:
    return Assign((Assignment(name, (value,)),), origin)


def _compares(name: str, operator: str, value: Text, rule: Element) -> Test:
    arguments = (
        Argument("ContextParameterName", Text.constant(name)),
        Argument("ComparisonOperator", Text.constant(operator)),
        Argument("Value", value),
    )
    return Test(RuleValue(Rule("NumericalComparisonRule", arguments, rule.origin)))


def _adds(name: str, increment: Text, rule: Element) -> Assign:
    added = increment.holes[0].expr if len(increment.parts) == 1 and increment.holes else Literal(increment.source)
    total = Hole(Call("add", (Variable(name), added)), f"{{{{{name}}}}}+{increment.source}")
    return _assign(name, joined(Text((total,))), rule.origin)
