"""Operators of scripts, by their precedence."""

from __future__ import annotations

from typing import Any

from penstock.program.values.jmeter.patterns import Pattern
from penstock.program.values.jmeter.scripting import semantics
from penstock.program.values.jmeter.scripting.members import Node, Run
from penstock.program.values.jmeter.scripting.nodes import CASTS, cast, is_empty, member_of, ordered, size_of, text_of
from penstock.program.values.jmeter.scripting.values import Values

_EQUALITY = frozenset({"==", "!=", "===", "!==", "=~", "!~", "==~", "=^", "!^", "=$", "!$"})
_ORDER = frozenset({"<", "<=", ">", ">="})
_PRECEDENCE = ("||", "&&")


class Operators(Values):
    """Reads an expression."""

    def _expression(self) -> Node:
        condition = self._level(0)
        flavour = self._flavour
        if self._takes("?:"):
            otherwise = self._expression()

            def elvis(run: Run) -> Any:
                value = condition(run)
                return value if value is not None and semantics.truth(value, flavour) else otherwise(run)

            return elvis
        if not self._takes("?"):
            return condition
        then = self._expression()
        self._expect(":")
        other = self._expression()
        return lambda run: then(run) if semantics.truth(condition(run), flavour) else other(run)

    def _level(self, level: int) -> Node:
        """Read what `||` joins, and inside of it what `&&` joins."""
        if level == len(_PRECEDENCE):
            return self._equality()
        left = self._level(level + 1)
        sign = _PRECEDENCE[level]
        while self._takes_operator(sign):
            left = self._logic(sign, left, self._level(level + 1))
        return left

    def _logic(self, sign: str, left: Node, right: Node) -> Node:
        flavour, stops_at = self._flavour, sign == "||"
        if flavour == "javascript":

            def choose(run: Run) -> Any:
                value = left(run)
                return value if semantics.truth(value, flavour) is stops_at else right(run)

            return choose

        def decide(run: Run) -> bool:
            if semantics.truth(left(run), flavour) is stops_at:
                return stops_at
            return semantics.truth(right(run), flavour)

        return decide

    def _equality(self) -> Node:
        left = self._relation()
        while (sign := self._operator()) in _EQUALITY:
            self._at += 1
            left = self._compared(sign, left, self._relation())
        return left

    def _compared(self, sign: str, left: Node, right: Node) -> Node:
        flavour = self._flavour
        if sign in ("===", "!=="):
            return lambda run: semantics.identical(left(run), right(run)) is (sign == "===")
        if sign in ("==", "!="):
            return lambda run: semantics.equal(left(run), right(run), flavour) is (sign == "==")
        if flavour not in ("groovy", "jexl"):
            raise self._unsupported(f"the operator {sign!r} does not exist in this language")
        if sign in ("=^", "!^", "=$", "!$"):
            judge = str.startswith if sign[1] == "^" else str.endswith
            return lambda run: judge(text_of(left(run)), text_of(right(run))) is (sign[0] == "=")
        fits_whole = sign == "==~" or flavour == "jexl"

        def matches(run: Run) -> bool:
            value, pattern = left(run), right(run)
            if isinstance(pattern, list):
                return (value in pattern) is (sign[0] == "=")
            found = Pattern.of(text_of(pattern))
            text = text_of(value)
            return (found.fits(text) if fits_whole else found.search(text) is not None) is (sign[0] == "=")

        return matches

    def _relation(self) -> Node:
        left = self._sum()
        flavour = self._flavour
        while True:
            sign = self._operator()
            if sign in _ORDER:
                self._at += 1
                left = ordered(sign, left, self._sum(), flavour)
            elif sign == "in" and flavour == "groovy":
                self._at += 1
                left = member_of(left, self._sum())
            else:
                return left

    def _sum(self) -> Node:
        left = self._product()
        while (sign := self._operator()) in ("+", "-"):
            self._at += 1
            left = self._binary(sign, left, self._product())
        return left

    def _product(self) -> Node:
        left = self._unary()
        while (sign := self._operator()) in ("*", "/", "%"):
            self._at += 1
            left = self._binary(sign, left, self._unary())
        return left

    def _binary(self, sign: str, left: Node, right: Node) -> Node:
        flavour = self._flavour
        if sign == "+" and self._adds_numbers:
            return lambda run: semantics.add_numbers(left(run), right(run), flavour)
        if sign == "+":
            return lambda run: semantics.add(left(run), right(run), flavour)
        return lambda run: semantics.arithmetic(sign, left(run), right(run), flavour)

    def _unary(self) -> Node:
        flavour = self._flavour
        sign = self._operator()
        if sign == "!":
            self._at += 1
            inner = self._unary()
            return lambda run: not semantics.truth(inner(run), flavour)
        if sign in ("-", "+"):
            self._at += 1
            operand = self._unary()
            factor = -1 if sign == "-" else 1
            return lambda run: factor * semantics.to_number(operand(run), flavour)
        if flavour == "jexl" and sign in ("empty", "size"):
            self._at += 1
            what = self._unary()
            return is_empty(what) if sign == "empty" else size_of(what)
        if sign == "(" and flavour in ("groovy", "java"):
            kind, closing = self._ahead(1), self._ahead(2)
            if kind.text in CASTS and closing.text == ")":
                self._at += 3
                return cast(kind.text, self._unary())
        return self._postfix(self._primary())
