"""JMeter's dialect as a whole."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from random import Random

from penstock.errors import NotRunnable
from penstock.model import Call, Check, Expr, Extract, Query, Rule, RuleQuery, Text
from penstock.program.values.dialect import (
    EvaluationFailed,
    ExtractionFailed,
    Generate,
    Judge,
    Reply,
    RunFacts,
    Variables,
    Who,
)
from penstock.program.values.jmeter import builtins, steps
from penstock.program.values.jmeter.arguments import bound
from penstock.program.values.jmeter.assertions import assertion
from penstock.program.values.jmeter.expressions import Expressions
from penstock.program.values.jmeter.extraction import Take, extraction
from penstock.program.values.jmeter.shared import Shared

ASSIGNED = "Code"
"""The query of a post-processor that is an expression: it does something, and its value is not looked at."""

VERDICT = "Script"
"""The assertion that is code: what it gives is empty, or a mark and the reason why the sample fails."""

WHILE = "#while"
"""The function around the condition of a While Controller, which goes on unless the text is `false`."""


class JMeterDialect:
    """See `penstock.program.values.dialect.Dialect`. What all users share, they share within one agent."""

    def __init__(self, random: Random) -> None:
        self._random = random
        self._state = steps.State(random)
        self._expressions = Expressions(Shared(random), self._state.functions())

    def value(self, expr: Expr) -> Callable[[Variables], str | None]:
        """Return what computes an expression."""
        return self._expressions.value(expr)

    def text(self, text: Text) -> Callable[[Variables], str]:
        """Return what fills the holes of a text."""
        return self._expressions.text(text)

    def truth(self, expr: Expr) -> Callable[[Variables], bool]:
        """Return what tells whether a value says `true`, or whether a While Controller goes on."""
        if isinstance(expr, Call) and expr.function == WHILE:
            goes_on = self._expressions.written(expr.arguments[0])
            return lambda variables: goes_on(variables).strip().lower() != "false"
        value = self._expressions.value(expr)
        return lambda variables: (value(variables) or "").strip().lower() == "true"

    def number(self, expr: Expr) -> Callable[[Variables], float | None]:
        """Return what reads a value as a number."""
        value = self._expressions.value(expr)

        def read(variables: Variables) -> float | None:
            try:
                return float((value(variables) or "").strip())
            except ValueError:
                return None

        return read

    def query(self, query: Query) -> Callable[[Variables, Reply], str | None]:
        """Refuse: queries are rules here, and rules set variables themselves."""
        raise NotRunnable(f"the query {query!r} is none of JMeter's")

    def extracts(self, sets: tuple[tuple[Extract, ...], ...]) -> Callable[[Variables, Reply], None] | None:
        """Return what applies the post-processors of a request in order; the first failure is told."""
        takes = [self._extraction(extract) for extracts in sets for extract in extracts]
        if not takes:
            return None

        def take(variables: Variables, reply: Reply) -> None:
            failure: ExtractionFailed | None = None
            for name, make in takes:
                try:
                    make(variables)(variables, reply)
                except EvaluationFailed as error:
                    failure = failure or ExtractionFailed(f"{name}: {error}")
            if failure is not None:
                raise failure

        return take

    def _extraction(self, extract: Extract) -> tuple[str, Callable[[Variables], Take]]:
        query = extract.query
        if not isinstance(query, RuleQuery):
            raise NotRunnable(f"{extract.origin}: the query is none of JMeter's")
        rule = query.rule
        if rule.name == ASSIGNED:
            run = self._expressions.text(rule.arguments[0].value)

            def execute(variables: Variables, _reply: Reply) -> None:
                run(variables)

            return rule.name, lambda _variables: execute
        return rule.name, bound(rule, self._expressions, extraction(rule.name, self._random))

    def validation(self, rule: Rule) -> Judge:
        """Return what judges a response by an assertion."""
        if rule.name == VERDICT:
            return self._verdict(rule)
        make = bound(rule, self._expressions, assertion(rule.name))

        def judge(variables: Variables, reply: Reply, page_s: float) -> str | None:
            try:
                return make(variables)(variables, reply, page_s)
            except EvaluationFailed as error:
                return f"{rule.name}: {error}"

        return judge

    def _verdict(self, rule: Rule) -> Judge:
        tell = self._expressions.text(rule.arguments[0].value)

        def judge(variables: Variables, _reply: Reply, _page_s: float) -> str | None:
            try:
                said = tell(variables)
            except EvaluationFailed as error:
                return str(error)
            return (said[1:] or "the script fails the sample") if said else None

        return judge

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
        """Return the names of all variables that are there without being set, and that tests know."""
        return frozenset({builtins.LAST_SAMPLE_OK})

    def hidden(self) -> str:
        """Return how the names begin that are known to importers only."""
        return "#"

    def run_variables(self, names: frozenset[str]) -> Callable[[RunFacts], Variables] | None:
        """Return what gives the built-in variables about the run and its agent, and tells the functions of it."""
        read = builtins.run_variables(names)

        def tell(facts: RunFacts) -> Variables:
            self._state.told(facts)
            return {} if read is None else read(facts)

        return tell

    def cookies_variable(self) -> str | None:
        """Return None: no condition reads cookies."""
        return None

    def user_variables(self, names: frozenset[str]) -> Callable[[Variables, Who], None] | None:
        """Return what sets the built-in variables about the user and its iteration."""
        return builtins.user_variables(names, lambda: self._state.users_apart)

    def judges_failures(self) -> bool:
        """Return yes: post-processors set their defaults, and assertions may expect a failure."""
        return True

    def outcome_variables(self, names: frozenset[str]) -> Callable[[Variables, bool], None] | None:
        """Return what keeps whether a request passed."""
        del names
        return builtins.outcome_variables()

    def request_variables(self, names: frozenset[str]) -> Callable[[Variables, str, str, str], None] | None:
        """Return what keeps what a request sent, where an assertion looks at it."""
        return builtins.request_variables(names)

    def response_variables(self, names: frozenset[str]) -> Callable[[Variables, Reply], None] | None:
        """Return what keeps the parts of a response that expressions read."""
        return builtins.response_variables(names)
