"""Variables that elements of a plan set: User Defined Variables, counters, random variables."""

from __future__ import annotations

import re
from collections.abc import Iterable

from penstock.importers.jmeter.expressions import assign, assigns, call, expression
from penstock.importers.jmeter.parse import Bag, Node
from penstock.importers.jmeter.work import Work
from penstock.model import Assign, Branch, Expr, Hole, Origin, Step, Test, Text, Variable

_SETTERS = (
    *(
        "RegexExtractor.refname",
        "JSONPostProcessor.referenceNames",
        "HtmlExtractor.refname",
        "BoundaryExtractor.refname",
    ),
    *("XPathExtractor.refname", "XPathExtractor2.refname", "JMESExtractor.referenceName", "CounterConfig.name"),
    *("variableName", "variableNames", "ForeachController.returnVal"),
)
_IN_CODE = re.compile(rb"""vars(?:\.put(?:Object)?\(\s*|\[\s*)(?:&quot;|&apos;|["'])([\w.-]+)""")


def set_elsewhere(plan: Node, content: bytes) -> frozenset[str]:
    """Return the names of variables that something sets during the run."""
    names: set[str] = set()
    for node in plan.walk():
        for key in _SETTERS:
            names.update(part.strip() for part in re.split("[,;\t]", node.text(key)) if part.strip())
        if node.kind == "UserParameters":
            names.update(node.texts("UserParameters.names"))
    names.update(match.decode() for match in _IN_CODE.findall(content))
    return frozenset(names)


class UserDefined:
    """All User Defined Variables of a plan, those of the plan itself first, then as they stand; the last one counts.

    They are there from the start, whatever the element stands below, with one value for all users.
    """

    def __init__(self, plan: Node, work: Work, given: dict[str, str]) -> None:
        self._values: dict[str, tuple[Text, Origin]] = {}
        changing = set_elsewhere(plan, work.content)
        own = plan.bag("TestPlan.user_defined_variables")
        for bag in (*([own] if own is not None else []), *_elements(plan)):
            for each in bag.bags("Arguments.arguments"):
                self._define(each, work, given)
        for name, value in given.items():
            if name not in self._values:  # a property is there as a variable, too
                self._values[name] = (Text.constant(value), plan.origin)
                work.texts.sets(name)
        for name, (text, _) in self._values.items():
            if not text.holes and name not in changing:
                work.texts.constants[name] = text.source

    def _define(self, bag: Bag, work: Work, given: dict[str, str]) -> None:
        """Take note of one; the variables that its value names are not filled in, only functions are."""
        name = bag.text("Argument.name").strip() or bag.name
        if not name:
            return
        text = work.texts.parse(given.get(name, bag.text("Argument.value")), bag.origin)
        known = work.texts.settled(given.get(name, bag.text("Argument.value")), bag.origin)
        if known is not None:
            text = Text.constant(known)
        self._values[name] = (_without_variables(text), bag.origin)
        work.texts.sets(name)

    def steps(self) -> tuple[Step, ...]:
        """Return what a journey begins with: constants first, and what is computed once for all users."""
        if not self._values:
            return ()
        constant = {name: text for name, (text, _) in self._values.items() if not text.holes}
        computed = {name: (text, origin) for name, (text, origin) in self._values.items() if text.holes}
        first = next(iter(self._values.values()))[1]
        steps: list[Step] = []
        if constant:
            steps.append(assigns(dict(constant), first))
        if computed:
            once = tuple(
                assign(name, call("once", name, expression(text)), at) for name, (text, at) in computed.items()
            )
            steps.append(Branch(Test(call("first", "#variables")), once, (), first))
        return tuple(steps)


def _without_variables(text: Text) -> Text:
    parts = [part.source if isinstance(part, Hole) and isinstance(part.expr, Variable) else part for part in text.parts]
    return Text.constant("".join(parts)) if all(isinstance(part, str) for part in parts) else Text(tuple(parts))  # type: ignore[arg-type]


def _elements(plan: Node) -> Iterable[Node]:
    for node in plan.enabled():
        if node.kind == "Arguments":
            yield node
        yield from _elements(node)


def compile_counter(node: Node, work: Work) -> tuple[Step, ...]:
    """Return a Counter: the next number at each pass, of the user's own or of all."""
    name = _name(node, "CounterConfig.name", work)
    if not name:
        return ()
    own = node.flag("CounterConfig.per_user")
    if own and node.flag("CounterConfig.reset_on_tg_iteration"):
        message = "the counter is not set back at each iteration of the thread group"
        work.findings.warn("counter", message, node.origin.at("reset_on_tg_iteration"))
    start, end, step, form = (_value(node, f"CounterConfig.{key}", work) for key in ("start", "end", "incr", "format"))
    count = call("count", f"{node.origin}", "own" if own else "all", start, end, step, form)
    return (assign(name, count, node.origin),)


def compile_random(node: Node, work: Work) -> tuple[Step, ...]:
    """Return a Random Variable: a whole number in bounds at each pass."""
    name = _name(node, "variableName", work)
    if not name:
        return ()
    least, most, form = (_value(node, key, work) for key in ("minimumValue", "maximumValue", "outputFormat"))
    return (assign(name, call("random_whole", least, most, form), node.origin),)


def _name(node: Node, key: str, work: Work) -> str:
    name = (work.texts.settled(node.text(key), node.origin) or "").strip()
    if name:
        work.texts.sets(name)
    else:
        work.findings.note("no-name", "the variable has no name; the element does nothing", node.origin)
    return name


def _value(node: Node, key: str, work: Work) -> Expr:
    return expression(work.parse(node, key))


__all__ = ["Assign", "UserDefined", "compile_counter", "compile_random", "set_elsewhere"]
