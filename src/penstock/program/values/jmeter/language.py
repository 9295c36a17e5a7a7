"""JMeter's dialect as a whole."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from random import Random

from penstock.errors import NotRunnable
from penstock.model import Call, Check, Expr, Extract, Literal, Query, Rule, Text, Variable
from penstock.program.values.dialect import Generate, Judge, Reply, RunFacts, Variables, Who
from penstock.program.values.jmeter import steps


class JMeterDialect:
    """See `penstock.program.values.dialect.Dialect`."""

    def __init__(self, random: Random) -> None:
        self._state = steps.State(random)
        self._functions = self._state.functions()

    def value(self, expr: Expr) -> Callable[[Variables], str | None]:
        """Return what computes an expression."""
        match expr:
            case Literal(constant):
                return lambda _variables: constant
            case Variable(name):
                return lambda variables: variables.get(name)
            case Call(function, arguments) if function in self._functions:
                apply = self._functions[function]
                values = [self.value(argument) for argument in arguments]
                return lambda variables: apply(variables, [value(variables) or "" for value in values])
            case _:
                raise NotRunnable(f"the expression {expr!r} is none of JMeter's")

    def text(self, text: Text) -> Callable[[Variables], str]:
        """Return what fills the holes of a text."""
        parts = [part if isinstance(part, str) else (self.value(part.expr), part.source) for part in text.parts]

        def fill(variables: Variables) -> str:
            pieces = []
            for part in parts:
                if isinstance(part, str):
                    pieces.append(part)
                else:
                    value = part[0](variables)
                    pieces.append(part[1] if value is None else value)
            return "".join(pieces)

        return fill

    def truth(self, expr: Expr) -> Callable[[Variables], bool]:
        """Return what tells whether a value says `true`."""
        value = self.value(expr)
        return lambda variables: (value(variables) or "").strip().lower() == "true"

    def number(self, expr: Expr) -> Callable[[Variables], float | None]:
        """Return what reads a value as a number."""
        value = self.value(expr)

        def read(variables: Variables) -> float | None:
            try:
                return float((value(variables) or "").strip())
            except ValueError:
                return None

        return read

    def query(self, query: Query) -> Callable[[Variables, Reply], str | None]:
        """Refuse: queries are rules here."""
        raise NotRunnable(f"the query {query!r} is none of JMeter's")

    def extracts(self, sets: tuple[tuple[Extract, ...], ...]) -> Callable[[Variables, Reply], None] | None:
        """Return None: there are no rules yet."""
        del sets
        return None

    def validation(self, rule: Rule) -> Judge:
        """Refuse: there are no rules yet."""
        raise NotRunnable(f"{rule.origin}: the rule {rule.name!r} is not known")

    def generator(self, rule: Rule) -> Generate | None:
        """Return None: there are no plug-ins."""
        del rule
        return None

    def check(self, check: Check) -> Callable[[Variables], bool]:
        """Refuse: what judges a response is a rule here."""
        raise NotRunnable(f"{check.origin}: the check {check.label!r} is none of JMeter's")

    def functions(self) -> Mapping[str, Callable[[list[str]], str]]:
        """Return none."""
        return {}

    def built_ins(self) -> frozenset[str]:
        """Return the names of all variables that are there without being set."""
        return frozenset()

    def run_variables(self, names: frozenset[str]) -> Callable[[RunFacts], Variables] | None:
        """Return what tells the functions of the run."""
        del names

        def read(facts: RunFacts) -> Variables:
            self._state.told(facts)
            return {}

        return read

    def cookies_variable(self) -> str | None:
        """Return None: no condition reads cookies."""
        return None

    def user_variables(self, names: frozenset[str]) -> Callable[[Variables, Who], None] | None:
        """Return None: there are none."""
        del names
        return None

    def outcome_variables(self, names: frozenset[str]) -> Callable[[Variables, bool], None] | None:
        """Return None: there are none."""
        del names
        return None

    def request_variables(self, names: frozenset[str]) -> Callable[[Variables, str, str, str], None] | None:
        """Return None: there are none."""
        del names
        return None

    def response_variables(self, names: frozenset[str]) -> Callable[[Variables, Reply], None] | None:
        """Return None: there are none."""
        del names
        return None
