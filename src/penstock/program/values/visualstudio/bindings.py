"""Texts with bindings as closures: `{{name}}` is the value of a context parameter, and it must be there."""

from __future__ import annotations

from collections.abc import Callable
from operator import itemgetter
from random import Random
from typing import assert_never
from urllib.parse import quote_from_bytes
from uuid import UUID

from penstock.errors import NotRunnable
from penstock.model import Call, Expr, Hole, Literal, Operation, RuleValue, Text, Variable
from penstock.program.values.dialect import EvaluationFailed, Variables
from penstock.program.values.visualstudio.numbers import format_number, parse_number

Value = Callable[[Variables], str]

UNRESERVED = "-_.!*()"
"""Besides letters and digits, what .NET's encoding of URLs leaves as it is."""


class Bindings:
    """Makes closures; what is drawn at random comes from `random`."""

    def __init__(self, random: Random) -> None:
        self._random = random

    def text(self, text: Text) -> Value:
        """Return what fills the holes; raises `EvaluationFailed` for a parameter that is not in the context."""
        holes = text.holes
        if not holes:
            constant = text.source
            return lambda _variables: constant
        names = [hole.expr.name for hole in holes if isinstance(hole.expr, Variable)]
        if len(names) < len(holes):
            return self._general(text)
        if len(text.parts) == 1:
            return self.value(holes[0].expr)
        form = "".join("%s" if isinstance(part, Hole) else part.replace("%", "%%") for part in text.parts)
        fetch = itemgetter(*names)

        def fill(variables: Variables) -> str:
            try:
                return str(form % fetch(variables))
            except KeyError as error:
                raise not_found(error.args[0]) from None

        return fill

    def _general(self, text: Text) -> Value:
        parts = [part if isinstance(part, str) else self.value(part.expr) for part in text.parts]
        return lambda variables: "".join([part if isinstance(part, str) else part(variables) for part in parts])

    def value(self, expr: Expr) -> Value:
        """Return what computes an expression; raises `EvaluationFailed` where there is no value."""
        match expr:
            case Literal(value):
                return lambda _variables: value
            case Variable(name):
                return _variable(name)
            case Call(function, arguments):
                return self._call(function, [self.value(argument) for argument in arguments])
            case Operation(operator, _, _):
                raise NotRunnable(f"the operator {operator!r} is none of Visual Studio's")
            case RuleValue(rule):
                raise NotRunnable(f"{rule.origin}: the rule {rule.name!r} gives no text")
            case _:
                assert_never(expr)

    def _call(self, function: str, arguments: list[Value]) -> Value:
        match function:
            case "url_encode":
                value, encoding = arguments
                return lambda variables: url_encode(value(variables), encoding(variables))
            case "add":
                left, right = arguments
                return lambda variables: _sum(left(variables), right(variables))
            case "guid":
                return lambda _variables: str(UUID(int=self._random.getrandbits(128), version=4))
            case "unique_number":
                return lambda _variables: str(self._random.getrandbits(48))
            case _:
                raise NotRunnable(f"the function {function!r} is none of Visual Studio's")


def not_found(name: str) -> EvaluationFailed:
    """Return the error for a parameter that nothing has set."""
    return EvaluationFailed(f"TestError: Context parameter '{name}' not found in test context")


def url_encode(text: str, encoding: str) -> str:
    """Return the text as .NET encodes it in a URL or form: a space is `+`, hexadecimal digits are small."""
    quoted = quote_from_bytes(text.encode(encoding, "replace"), safe=UNRESERVED + " ")
    if "%" in quoted:
        pieces = quoted.split("%")
        quoted = "%".join([pieces[0], *(piece[:2].lower() + piece[2:] for piece in pieces[1:])])
    return quoted.replace("~", "%7e").replace(" ", "+")


def _variable(name: str) -> Value:
    def read(variables: Variables) -> str:
        try:
            return str(variables[name])
        except KeyError:
            raise not_found(name) from None

    return read


def _sum(left: str, right: str) -> str:
    one, other = parse_number(left), parse_number(right)
    if one is None or other is None:
        raise EvaluationFailed(f"TestError: {left if one is None else right!r} is not a number")
    return format_number(one + other)
