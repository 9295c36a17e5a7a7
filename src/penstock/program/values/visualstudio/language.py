"""Visual Studio's dialect as a whole."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from random import Random

from penstock.errors import NotRunnable
from penstock.model import Check, Expr, Extract, Query, Rule, RuleQuery, RuleValue, Text
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
from penstock.program.values.visualstudio import builtins, custom
from penstock.program.values.visualstudio.answer import Answer
from penstock.program.values.visualstudio.arguments import RuleFailed, bound
from penstock.program.values.visualstudio.bindings import Bindings
from penstock.program.values.visualstudio.conditions import condition
from penstock.program.values.visualstudio.extraction import Take, extraction
from penstock.program.values.visualstudio.generators import generator
from penstock.program.values.visualstudio.numbers import parse_number
from penstock.program.values.visualstudio.response_url import response_url
from penstock.program.values.visualstudio.validation import validation
from penstock.script.plugins import Plugin


class VisualStudioDialect:
    """See `penstock.program.values.dialect.Dialect`."""

    def __init__(self, random: Random, classes: Mapping[str, type[Plugin]]) -> None:
        self._random = random
        self._bindings = Bindings(random)
        self._classes = classes

    def value(self, expr: Expr) -> Callable[[Variables], str | None]:
        """Return what computes an expression."""
        return self._bindings.value(expr)

    def text(self, text: Text) -> Callable[[Variables], str]:
        """Return what fills the bindings of a text."""
        return self._bindings.text(text)

    def truth(self, expr: Expr) -> Callable[[Variables], bool]:
        """Return what tells whether a conditional rule is met."""
        if isinstance(expr, RuleValue):
            rule = expr.rule
            if rule.name in self._classes:
                return custom.condition(rule, self._classes[rule.name], self._bindings)
            return condition(rule, self._bindings, self._random)
        value = self._bindings.value(expr)
        return lambda variables: value(variables) not in ("", "False")

    def number(self, expr: Expr) -> Callable[[Variables], float | None]:
        """Return what reads a value as a number."""
        value = self._bindings.value(expr)
        return lambda variables: parse_number(value(variables))

    def query(self, query: Query) -> Callable[[Variables, Reply], str | None]:
        """Refuse: queries are rules here, and rules set context parameters themselves."""
        raise NotRunnable(f"the query {query!r} is none of Visual Studio's")

    def extracts(self, sets: tuple[tuple[Extract, ...], ...]) -> Callable[[Variables, Reply], None] | None:
        """Return what applies the extraction rules of a request in order.

        All are applied, also after one that failed; the first failure is told.
        """
        takes = [self._extraction(extract) for extracts in sets for extract in extracts]
        if not takes:
            return None

        def take(variables: Variables, reply: Reply) -> None:
            answer = Answer(reply)
            failure: ExtractionFailed | None = None
            for name, make in takes:
                try:
                    make(variables)(variables, answer)
                except (RuleFailed, EvaluationFailed) as error:
                    failure = failure or ExtractionFailed(f"ExtractionRuleError: {name}: {error}")
            if failure is not None:
                raise failure

        return take

    def _extraction(self, extract: Extract) -> tuple[str, Callable[[Variables], Take]]:
        query = extract.query
        if not isinstance(query, RuleQuery):
            raise NotRunnable(f"{extract.origin}: the query is none of Visual Studio's")
        rule = query.rule
        if rule.name in self._classes:
            return rule.name, custom.extraction(rule, self._classes[rule.name], extract.variable, self._bindings)
        return rule.name, bound(rule, self._bindings, extraction(rule.name, extract.variable, self._random))

    def validation(self, rule: Rule) -> Judge:
        """Return what judges a response by a validation rule."""
        name = rule.name
        if name == "ValidateResponseUrl":
            judge_url = response_url(rule, self._bindings)
            return lambda variables, reply, _page_s: _told(name, judge_url(variables, reply))
        if name in self._classes:
            make = custom.validation(rule, self._classes[name], self._bindings)
        else:
            make = bound(rule, self._bindings, lambda arguments: _plain(validation(name)(arguments)))

        def judge(variables: Variables, reply: Reply, page_s: float) -> str | None:
            try:
                return _told(name, make(variables)(variables, Answer(reply, page_s)))
            except (RuleFailed, EvaluationFailed) as error:
                return _told(name, str(error))

        return judge

    def generator(self, rule: Rule) -> Generate | None:
        """Return what a plug-in that only sets context parameters does when an iteration begins."""
        prepare = generator(rule.name, self._random)
        if prepare is None:
            return None
        make = bound(rule, self._bindings, prepare)

        def generate(variables: Variables) -> None:
            try:
                make(variables)(variables)
            except RuleFailed as error:
                raise EvaluationFailed(f"Exception: {rule.name}: {error}") from None

        return generate

    def check(self, check: Check) -> Callable[[Variables], bool]:
        """Refuse: what judges a response is a rule here."""
        raise NotRunnable(f"{check.origin}: the check {check.label!r} is none of Visual Studio's")

    def functions(self) -> Mapping[str, Callable[[list[str]], str]]:
        """Return none: there are no scripts."""
        return {}

    def built_ins(self) -> frozenset[str]:
        """Return the names of all parameters that are there without being set."""
        return builtins.NAMES

    def hidden(self) -> str:
        """Return nothing: all are looked at."""
        return ""

    def run_variables(self, names: frozenset[str]) -> Callable[[RunFacts], Variables] | None:
        """Return what gives the parameters about the run and its agent."""
        return builtins.run_variables(names)

    def cookies_variable(self) -> str | None:
        """Return the parameter that cookie rules read."""
        return builtins.COOKIES

    def user_variables(self, names: frozenset[str]) -> Callable[[Variables, Who], None] | None:
        """Return what sets the parameters about the user and its iteration."""
        return builtins.user_variables(names)

    def request_variables(self, names: frozenset[str]) -> Callable[[Variables, str, str, str], None] | None:
        """Return None: there are none."""
        del names
        return None

    def response_variables(self, names: frozenset[str]) -> Callable[[Variables, Reply], None] | None:
        """Return what keeps the status for conditions on it."""
        return builtins.response_variables(names)

    def judges_failures(self) -> bool:
        """Return no: there is nothing to look at."""
        return False

    def outcome_variables(self, names: frozenset[str]) -> Callable[[Variables, bool], None] | None:
        """Return what keeps the outcome of a request for conditions on it."""
        return builtins.outcome_variables(names)


def _plain(judge: Callable[[Answer], str | None]) -> Callable[[Variables, Answer], str | None]:
    return lambda _variables, answer: judge(answer)


def _told(name: str, reason: str | None) -> str | None:
    return None if reason is None else f"ValidationRuleError: {name}: {reason}"
