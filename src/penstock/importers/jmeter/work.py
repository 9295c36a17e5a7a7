"""What all parts of the importer share while one plan is compiled."""

from __future__ import annotations

from dataclasses import dataclass, field

from penstock.importers.base import Files, Findings
from penstock.importers.jmeter.parse import Bag
from penstock.importers.jmeter.texts import Texts
from penstock.model import Assign, Assignment, Call, Expr, Hole, Literal, Origin, Test, Text


@dataclass(slots=True)
class Work:
    """`uploads` are the files that requests send, by the names that they are called by."""

    files: Files
    entry: str
    findings: Findings
    texts: Texts
    uploads: dict[str, bytes] = field(default_factory=dict)
    _names: dict[str, int] = field(default_factory=dict)

    def name(self, what: str) -> str:
        """Return a name for a variable of our own, which none of the plan's can have."""
        self._names[what] = self._names.get(what, 0) + 1
        return f"#{what}{self._names[what]}"

    def parse(self, bag: Bag, key: str, default: str = "") -> Text:
        """Return a property as a text with holes."""
        return self.texts.parse(bag.text(key, default), bag.origin)


def call(function: str, *arguments: Expr | str) -> Call:
    """Return a function of our own of the dialect, applied."""
    return Call(f"#{function}", tuple(Literal(each) if isinstance(each, str) else each for each in arguments))


def computed(expr: Expr) -> Text:
    """Return the text that is the value of an expression."""
    return Text((Hole(expr, ""),))


def assign(name: str, value: Text | Expr, origin: Origin) -> Assign:
    """Return the step that sets one variable."""
    return Assign((Assignment(name, (value if isinstance(value, Text) else computed(value),)),), origin)


def when(expr: Expr) -> Test:
    """Return the test whether an expression says `true`."""
    return Test(expr)


def expression(text: Text) -> Expr:
    """Return a text as one expression."""
    if len(text.parts) == 1 and isinstance(text.parts[0], Hole):
        return text.parts[0].expr
    if not text.holes:
        return Literal(text.source)
    return call("join", *(part if isinstance(part, str) else part.expr for part in text.parts))
