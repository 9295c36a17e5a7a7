"""The usages `${…}` inside texts.

    usage    = "${" [spaces] expr { spaces operator spaces expr } [spaces] "}"
    expr     = literal | name | name "(" [ argument { "," argument } ] ")"
    argument = name | literal
    literal  = "'" { any character but comma, quote and whitespace } "'"

Anything that does not fit is plain text, as in the original. Operators are of one rank and bind to the right.
"""

from __future__ import annotations

import re
from functools import lru_cache

from penstock.model import Call, Expr, Hole, Literal, Operation, Text, Variable

NAME = re.compile(r"[_a-zA-Z][_a-zA-Z0-9]*")

_BLANK = "\\s\u00a0\ufeff"
_NAME = r"[_a-zA-Z][_a-zA-Z0-9]*"
_LITERAL = rf"'[^,'{_BLANK}]*'"
_ARGUMENT = rf"(?:{_LITERAL}|{_NAME})"
_EXPRESSION = rf"(?:{_LITERAL}|{_NAME}(?:\((?:{_ARGUMENT}(?:,{_ARGUMENT})*)?\))?)"
_OPERATOR = r"(?:===|!==|==|!=|<=|>=|&&|\|\||[=&|<>+*/-])"
_USAGE = re.compile(rf"\$\{{ *({_EXPRESSION}(?: +{_OPERATOR} +{_EXPRESSION})*) *\}}")
_PIECE = re.compile(rf"({_EXPRESSION})(?: +({_OPERATOR}) +)?")

LONGEST = 60
"""Operands in one expression; a longer one is left as it is written."""


def parse_text(source: str) -> Text:
    """Return a text with its usages as holes."""
    return _parse_usages(source) if "${" in source else Text.constant(source)


@lru_cache(maxsize=4096)
def _parse_usages(source: str) -> Text:
    parts: list[str | Hole] = []
    at = 0
    for match in _USAGE.finditer(source):
        expr = _parse_usage(match[1])
        if expr is None:
            continue
        if match.start() > at:
            parts.append(source[at : match.start()])
        parts.append(Hole(expr, match[0]))
        at = match.end()
    if at < len(source):
        parts.append(source[at:])
    return Text(tuple(parts))


def _parse_usage(inside: str) -> Expr | None:
    pieces = _PIECE.findall(inside)
    if len(pieces) > LONGEST:
        return None
    result = _parse_expression(pieces[-1][0])
    for expression, operator in reversed(pieces[:-1]):
        result = Operation(operator, _parse_expression(expression), result)
    return result


def _parse_expression(source: str) -> Expr:
    if source.startswith("'"):
        return Literal(source[1:-1])
    name, opening, arguments = source.partition("(")
    if not opening:
        return Variable(name)
    inside = arguments[:-1]
    return Call(name, tuple(_parse_expression(argument) for argument in inside.split(",")) if inside else ())
