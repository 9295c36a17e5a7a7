"""Texts with holes. Parsed once at import; nothing is searched in a string while load runs.

The words of a source (its functions, its truth, its numbers) are its *dialect*, named once a scenario
(`Scenario.dialect`) and implemented in `penstock.program.values.<dialect>`.
"""

from __future__ import annotations

from dataclasses import dataclass

from penstock.model.origin import Origin


@dataclass(frozen=True, slots=True)
class Literal:
    """A constant text."""

    value: str


@dataclass(frozen=True, slots=True)
class Variable:
    """The value of a variable of the user; it may have none."""

    name: str


@dataclass(frozen=True, slots=True)
class Call:
    """A function of the dialect applied to arguments."""

    function: str
    arguments: tuple[Expr, ...] = ()


@dataclass(frozen=True, slots=True)
class Operation:
    """A binary operator of the dialect."""

    operator: str
    left: Expr
    right: Expr


@dataclass(frozen=True, slots=True)
class RuleValue:
    """What a rule of the dialect says: a text, empty for no."""

    rule: Rule


Expr = Literal | Variable | Call | Operation | RuleValue


@dataclass(frozen=True, slots=True)
class Hole:
    """An expression inside a text. `source` is how it was written: it stays in the text when there is no value."""

    expr: Expr
    source: str


@dataclass(frozen=True, slots=True)
class Text:
    """Constant pieces and holes, in order."""

    parts: tuple[str | Hole, ...] = ()

    @staticmethod
    def constant(value: str) -> Text:
        """Return a text without holes."""
        return Text((value,) if value else ())

    @property
    def holes(self) -> tuple[Hole, ...]:
        """The holes, in order."""
        return tuple(part for part in self.parts if isinstance(part, Hole))

    @property
    def source(self) -> str:
        """The text as it was written."""
        return "".join(part if isinstance(part, str) else part.source for part in self.parts)


@dataclass(frozen=True, slots=True)
class Argument:
    """A named argument of a rule."""

    name: str
    value: Text


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule by the name that the dialect knows it by; what it means, and what its arguments are, is the dialect's."""

    name: str
    arguments: tuple[Argument, ...]
    origin: Origin


EMPTY = Text()
"""The empty text."""
