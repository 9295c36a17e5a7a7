"""The Loadmill dialect as a whole."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from random import Random

from penstock.errors import NotRunnable
from penstock.model import Check, Expr, Extract, Query, Rule, Text
from penstock.program.values.dialect import ExtractionFailed, Generate, Judge, Reply, RunFacts, Variables, Who
from penstock.program.values.javascript.numbers import parse_number
from penstock.program.values.loadmill import builtins
from penstock.program.values.loadmill.checks import compile_check
from penstock.program.values.loadmill.expressions import Expressions
from penstock.program.values.loadmill.queries import QueryFailed, compile_extracts, compile_query
from penstock.program.values.loadmill.truth import is_true


class LoadmillDialect:
    """See `penstock.program.values.dialect.Dialect`.

    Where the product changed its mind over the years (what is true, the root of a JSONPath), this is the later
    behaviour, which the files of all years run on today.
    """

    def __init__(self, random: Random) -> None:
        self._expressions = Expressions(random)

    def value(self, expr: Expr) -> Callable[[Variables], str | None]:
        """Return what computes an expression."""
        return self._expressions.value(expr)

    def text(self, text: Text) -> Callable[[Variables], str]:
        """Return what fills the holes of a text."""
        return self._expressions.text(text)

    def truth(self, expr: Expr) -> Callable[[Variables], bool]:
        """Return what tells whether a value counts as true."""
        name = self._expressions.plain_name(expr)
        if name is not None:
            return lambda variables: is_true(variables.get(name))
        value = self._expressions.value(expr)
        return lambda variables: is_true(value(variables))

    def number(self, expr: Expr) -> Callable[[Variables], float | None]:
        """Return what reads a value as a finite number."""
        value = self._expressions.value(expr)

        def read(variables: Variables) -> float | None:
            text = value(variables)
            number = parse_number(text) if text else math.nan
            return number if math.isfinite(number) else None

        return read

    def query(self, query: Query) -> Callable[[Variables, Reply], str | None]:
        """Return what applies one query to a response."""
        ask = compile_query(query, self._expressions)

        def apply(variables: Variables, reply: Reply) -> str | None:
            try:
                return ask(variables, reply)
            except QueryFailed as error:
                raise ExtractionFailed(str(error)) from None

        return apply

    def extracts(self, sets: tuple[tuple[Extract, ...], ...]) -> Callable[[Variables, Reply], None] | None:
        """Return what assigns the extracts of a request."""
        return compile_extracts(sets, self._expressions)

    def check(self, check: Check) -> Callable[[Variables], bool]:
        """Return what judges a check."""
        return compile_check(check, self._expressions)

    def validation(self, rule: Rule) -> Judge:
        """Refuse: there are no such rules."""
        raise NotRunnable(f"{rule.origin}: the rule {rule.name!r} is none of Loadmill's")

    def generator(self, rule: Rule) -> Generate | None:
        """Return None: there are no plug-ins."""
        del rule
        return None

    def cookies_variable(self) -> str | None:
        """Return None: no condition reads them."""
        return None

    def user_variables(self, names: frozenset[str]) -> Callable[[Variables, Who], None] | None:
        """Return None: there are none."""
        del names
        return None

    def judges_failures(self) -> bool:
        """Return no: there is nothing to look at."""
        return False

    def outcome_variables(self, names: frozenset[str]) -> Callable[[Variables, bool], None] | None:
        """Return None: there are none."""
        del names
        return None

    def functions(self) -> Mapping[str, Callable[[list[str]], str]]:
        """Return all functions, for scripts."""
        return self._expressions.callables()

    def built_ins(self) -> frozenset[str]:
        """Return the names of all variables that are there without being set."""
        return builtins.NAMES

    def hidden(self) -> str:
        """Return nothing: all are looked at."""
        return ""

    def run_variables(self, names: frozenset[str]) -> Callable[[RunFacts], Variables] | None:
        """Return what gives the built-in variables about the run."""
        return builtins.run_variables(names)

    def request_variables(self, names: frozenset[str]) -> Callable[[Variables, str, str, str], None] | None:
        """Return what sets the built-ins about a request."""
        return builtins.request_variables(names)

    def response_variables(self, names: frozenset[str]) -> Callable[[Variables, Reply], None] | None:
        """Return what sets the built-ins about a response."""
        return builtins.response_variables(names)
