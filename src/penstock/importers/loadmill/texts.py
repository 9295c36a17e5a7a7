"""Texts with usages, and a look at what they use."""

from __future__ import annotations

import re
from collections.abc import Iterable

from penstock.importers.base import Findings
from penstock.importers.document import Node
from penstock.importers.loadmill.expressions import NAME, parse_text
from penstock.importers.loadmill.functions import (
    BUILT_INS,
    RUN_BUILT_INS,
    SERVER_BUILT_INS,
    is_function,
    wrong_arguments,
)
from penstock.importers.loadmill.reading import Reader
from penstock.model import Call, Expr, Hole, Literal, Operation, Origin, Text, Variable

Place = Node | Origin
"""Where a text stands; the place of a node is only put together for a finding."""

_LEFT_OVER = re.compile(r"\$\{[^}]*\}?")


class Texts:
    """Parses texts and remembers which parameters are set and which are read."""

    def __init__(self, findings: Findings, reader: Reader, known: frozenset[str] = frozenset()) -> None:
        self.findings = findings
        self.reader = reader
        self._set: set[str] = set(known)
        self._read: dict[str, tuple[Place, str]] = {}

    def of(self, node: Node | None, *, at_once: bool = False) -> Text | None:
        """Return the text of a node with its usages as holes; None when there is none."""
        source = self.reader.text(node)
        return None if source is None or node is None else self.parse(source, node, at_once=at_once)

    def parse(self, source: str, place: Place, *, at_once: bool = False) -> Text:
        """Return a text with its usages as holes.

        With `at_once` it is filled before the first request, so what it reads must be set by then.
        """
        text = parse_text(source)
        for part in text.parts:
            if isinstance(part, Hole):
                self._look_at(part.expr, part.source, place, at_once)
            else:
                for match in _LEFT_OVER.finditer(part):
                    message = f"{match[0]} is no expression and stays as it is written"
                    advice = "operators need blanks around them, arguments none"
                    self.findings.note("not-an-expression", message, origin_of(place), advice, effect="needs attention")
        return text

    def name(self, source: str, place: Place) -> Expr | None:
        """Return the value of a bare name, or of a single usage written with `${…}`; None when it is neither."""
        if NAME.fullmatch(source):
            expr: Expr = Variable(source)
            self._look_at(expr, source, place, False)
            return expr
        text = self.parse(source, place)
        if len(text.parts) == 1 and isinstance(text.parts[0], Hole):
            return text.parts[0].expr
        return None

    def assign(self, name: str) -> None:
        """Remember that a parameter gets a value."""
        self._set.add(name)

    def assign_all(self, names: Iterable[str]) -> None:
        """Remember that parameters get values."""
        self._set.update(names)

    @property
    def known(self) -> frozenset[str]:
        """The parameters that have got a value so far."""
        return frozenset(self._set)

    def report_unset(self) -> None:
        """Find the parameters that are read but never set."""
        for name, (place, source) in self._read.items():
            if name not in self._set:
                what = f"{source} stays as it is written" if source.startswith("${") else "so it has no value"
                message = f"no parameter {name} is set anywhere, {what}"
                self.findings.warn("unset-parameter", message, origin_of(place), effect="needs attention")

    def _look_at(self, expr: Expr, source: str, place: Place, at_once: bool) -> None:
        match expr:
            case Literal():
                pass
            case Variable(name):
                self._look_at_name(name, source, place, at_once)
            case Call(name, arguments):
                self._look_at_call(name, len(arguments), source, place)
                for argument in arguments:
                    self._look_at(argument, source, place, at_once)
            case Operation(_, left, right):
                self._look_at(left, source, place, at_once)
                self._look_at(right, source, place, at_once)

    def _look_at_name(self, name: str, source: str, place: Place, at_once: bool) -> None:
        if is_function(name):
            self._look_at_call(name, 0, source, place)
        elif name in SERVER_BUILT_INS:
            message = f"{name} is an id of the Penstock server that runs the test; from the command line it is empty"
            self.findings.note("other-id", message, origin_of(place), effect="approximated")
        elif at_once and name not in self._set:
            if name not in RUN_BUILT_INS:
                message = f"{name} has no value yet where {source} is computed, before the first request"
                advice = "set it in an object before this one; parameters of one object do not see each other"
                self.findings.warn("not-set-yet", message, origin_of(place), advice, "needs attention")
        elif name not in BUILT_INS:
            self._read.setdefault(name, (place, source))

    def _look_at_call(self, name: str, count: int, source: str, place: Place) -> None:
        if not is_function(name):
            message = f"there is no function {name}; {source} stays as it is written"
            self.findings.warn("unknown-function", message, origin_of(place), effect="needs attention")
        elif wrong := wrong_arguments(name, count):
            message = f"{source} fails whenever it is computed: Error in function '{name}': {wrong}"
            self.findings.warn("wrong-arguments", message, origin_of(place), effect="needs attention")


def origin_of(place: Place) -> Origin:
    """Return the place itself."""
    return place.origin if isinstance(place, Node) else place
