"""Which flows of a suite run: by name, by label, by how ready they are."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from penstock.errors import InvalidInput
from penstock.model import Flow, Suite

_TOKEN = re.compile(r"\s*(?:([()&|!])|([^()&|!]+))")
_DEEPEST = 50
Holds = Callable[[frozenset[str]], bool]


@dataclass(frozen=True, slots=True)
class Selection:
    """What the caller asks for; nothing means all flows that are not disabled.

    `flows` are names or ids, `labels` are alternatives, `labels_expression` combines them with `& | ! ( )`. With
    `only_ready`, flows that are drafts (or whose toggle for builds is off) are left out, too.
    """

    flows: tuple[str, ...] = ()
    labels: tuple[str, ...] = ()
    labels_expression: str = ""
    only_ready: bool = False


ALL = Selection()


def select(suite: Suite, selection: Selection) -> tuple[Flow, ...]:
    """Return the flows that run, in their order.

    Raises `InvalidInput` for a flow that is not there, an expression that is none, and when nothing is left.
    """
    for name in selection.flows:
        if not any(name in (flow.name, flow.id) for flow in suite.flows):
            known = ", ".join(repr(flow.name) for flow in suite.flows[:10])
            raise InvalidInput(f"{suite.origin}: there is no flow {name!r}; known are {known}")
    matches = parse_labels(selection.labels_expression) if selection.labels_expression.strip() else None
    wanted = frozenset(selection.labels)

    def is_selected(flow: Flow) -> bool:
        labels = frozenset(flow.labels)
        if selection.flows:
            return flow.name in selection.flows or flow.id in selection.flows
        return (
            flow.status != "disabled"
            and (not selection.only_ready or flow.status in ("active", "evaluating"))
            and (not wanted or not wanted.isdisjoint(labels))
            and (matches is None or matches(labels))
        )

    chosen = tuple(flow for flow in suite.flows if is_selected(flow))
    if not chosen:
        raise InvalidInput(f"{suite.origin}: no flow is left to run: {_why(suite, selection)}")
    return chosen


def _why(suite: Suite, selection: Selection) -> str:
    if not suite.flows:
        return "there is none in the suite"
    reasons = []
    if selection.labels or selection.labels_expression:
        labels = sorted({label for flow in suite.flows for label in flow.labels})
        reasons.append(f"labels in the suite are {', '.join(labels) or 'none'}")
    if selection.only_ready:
        reasons.append("--ci takes only flows that are active or evaluating (runInCi)")
    return "; ".join(reasons) or "all of them are disabled"


def parse_labels(text: str) -> Holds:
    """Return what judges the labels of a flow: `(smoke | orders) & !slow`; `!` binds first, then `&`, then `|`.

    Raises `InvalidInput` with the place in the expression.
    """
    reader = _Reader(text)
    holds = reader.alternatives(0)
    if reader.symbol is not None or reader.name is not None:
        raise reader.wrong("something that does not belong there")
    return holds


class _Reader:
    """Reads an expression token by token."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.start = 0
        self.symbol: str | None = None
        self.name: str | None = None
        self.advance()

    def advance(self) -> None:
        self.symbol = self.name = None
        self.start = self.at
        match = _TOKEN.match(self.text, self.at)
        if match is None or not match[0].strip():
            self.at = len(self.text)
            return
        self.at = match.end()
        self.symbol = match[1]
        self.name = None if match[2] is None else match[2].strip()

    def wrong(self, what: str) -> InvalidInput:
        return InvalidInput(
            f"labels expression {self.text!r}: {what} at character {self.start + 1}; write it like (a | b) & !c"
        )

    def alternatives(self, depth: int) -> Holds:
        first = self.conjunction(depth)
        while self.symbol == "|":
            self.advance()
            first = _either(first, self.conjunction(depth))
        return first

    def conjunction(self, depth: int) -> Holds:
        first = self.negation(depth)
        while self.symbol == "&":
            self.advance()
            first = _both(first, self.negation(depth))
        return first

    def negation(self, depth: int) -> Holds:
        if depth > _DEEPEST:
            raise self.wrong("too many parentheses")
        if self.symbol == "!":
            self.advance()
            inner = self.negation(depth + 1)
            return lambda labels: not inner(labels)
        if self.symbol == "(":
            self.advance()
            inside = self.alternatives(depth + 1)
            if self.symbol != ")":
                raise self.wrong("a closing parenthesis is missing")
            self.advance()
            return inside
        if self.name is None:
            raise self.wrong("a label is missing")
        name = self.name
        self.advance()
        return lambda labels: name in labels


def _either(one: Holds, other: Holds) -> Holds:
    return lambda labels: one(labels) or other(labels)


def _both(one: Holds, other: Holds) -> Holds:
    return lambda labels: one(labels) and other(labels)
