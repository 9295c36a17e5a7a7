"""From the references of a text to expressions of the model."""

from __future__ import annotations

from collections.abc import Callable

from penstock.model import Call, Expr, Hole, Literal, Text, Variable
from penstock.program.values.jmeter.functions import EVALUATIONS, FACTS, FUNCTIONS, SCRIPTS
from penstock.program.values.jmeter.parsing import Parts, Reference

JOINED = "#text"
"""The function that puts texts together: the arguments of a call may be made of several pieces."""

Resolve = Callable[[Reference], Expr]


def to_text(parts: Parts, resolve: Resolve) -> Text:
    """Return the text of the model."""
    return Text(tuple(part if isinstance(part, str) else Hole(resolve(part), part.source) for part in parts))


def to_expr(parts: Parts, resolve: Resolve) -> Expr:
    """Return the text as one expression, for an argument."""
    pieces: list[Expr] = [Literal(part) if isinstance(part, str) else resolve(part) for part in parts]
    if len(pieces) == 1:
        return pieces[0]
    return Call(JOINED, tuple(pieces)) if pieces else Literal("")


def counts(name: str) -> tuple[int, int]:
    """Return how many arguments a function takes, at least and at most."""
    if name in SCRIPTS:
        return SCRIPTS[name][1:]
    if name in EVALUATIONS:
        return EVALUATIONS[name]
    if name in FACTS:
        return 0, 1
    function = FUNCTIONS[name]
    return function.least, function.most


def call_of(name: str, arguments: tuple[Expr, ...]) -> Expr:
    """Return what a function with its arguments is in the model: a call, or the built-in variable that says it."""
    return Variable(FACTS[name]) if name in FACTS else Call(name, arguments)


def text_expr(text: Text) -> Expr:
    """Return a text of the model as one expression."""
    pieces: list[Expr] = [Literal(part) if isinstance(part, str) else part.expr for part in text.parts]
    if len(pieces) == 1:
        return pieces[0]
    return Call(JOINED, tuple(pieces)) if pieces else Literal("")


def hole_of(expr: Expr) -> Text:
    """Return the text that is the value of an expression."""
    return Text((Hole(expr, ""),))
