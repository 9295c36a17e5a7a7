"""A dialect with next to no words, so that the steps are tested and not the fine print of any source.

Variable        its value, or none; that of `uncomputable` cannot be computed
Call            a word to say a thing: fail('text') cannot be computed, upper(x), length(x)
TextQuery       the text
JsonPathQuery   a key of the body's object
HeaderQuery     a header
Condition       equals, contains, is_true
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping

from penstock.model import (
    Call,
    Check,
    Expr,
    Extract,
    HeaderQuery,
    Hole,
    JsonPathQuery,
    Literal,
    Query,
    Rule,
    Text,
    TextQuery,
    Variable,
)
from penstock.program.values import EvaluationFailed, ExtractionFailed, Reply, RunFacts, Variables, Who
from penstock.program.values.dialect import Generate, Judge


class PlainDialect:
    """See above."""

    def value(self, expr: Expr) -> Callable[[Variables], str | None]:
        match expr:
            case Literal(value):
                return lambda _: value
            case Variable("uncomputable"):
                return _failing(EvaluationFailed("no such luck"))
            case Variable(name):
                return lambda variables: variables.get(name)
            case Call("fail", (Literal(text),)):
                return _failing(EvaluationFailed(text))
            case Call("upper", (inner,)):
                value_of = self.value(inner)
                return lambda variables: (value_of(variables) or "").upper()
            case Call("length", (inner,)):
                length_of = self.value(inner)
                return lambda variables: str(len(length_of(variables) or ""))
        raise AssertionError(expr)

    def text(self, text: Text) -> Callable[[Variables], str]:
        parts = [(part, self.value(part.expr)) if isinstance(part, Hole) else part for part in text.parts]

        def fill(variables: Variables) -> str:
            filled = []
            for part in parts:
                if isinstance(part, str):
                    filled.append(part)
                else:
                    value = part[1](variables)
                    filled.append(part[0].source if value is None else value)
            return "".join(filled)

        return fill

    def truth(self, expr: Expr) -> Callable[[Variables], bool]:
        value = self.value(expr)
        return lambda variables: value(variables) not in (None, "", "false")

    def number(self, expr: Expr) -> Callable[[Variables], float | None]:
        value = self.value(expr)

        def read(variables: Variables) -> float | None:
            try:
                return float(value(variables) or "")
            except ValueError:
                return None

        return read

    def query(self, query: Query) -> Callable[[Variables, Reply], str | None]:
        match query:
            case TextQuery(text):
                fill = self.text(text)
                return lambda variables, _: fill(variables)
            case JsonPathQuery(path):
                key = path.source
                return lambda _, reply: json.loads(reply.body).get(key)
            case HeaderQuery(name):
                header = name.source
                return lambda _, reply: reply.headers.get(header)
        raise AssertionError(query)

    def extracts(self, sets: tuple[tuple[Extract, ...], ...]) -> Callable[[Variables, Reply], None] | None:
        if not sets:
            return None
        queries = [[(each.variable, self.query(each.query)) for each in one] for one in sets]

        def run(variables: Variables, reply: Reply) -> None:
            for one in queries:
                found = {}
                for variable, query in one:
                    try:
                        value = query(variables, reply)
                    except (EvaluationFailed, ValueError) as error:
                        raise ExtractionFailed(f"cannot extract {variable}: {error}") from None
                    found[variable] = variables.get(variable, "") if value is None else value
                variables.update(found)

        return run

    def check(self, check: Check) -> Callable[[Variables], bool]:
        value = self.value(check.subject)
        conditions = [(each.operator, self.text(each.expected)) for each in check.conditions]

        def judge(variables: Variables) -> bool:
            actual = value(variables) or ""
            for operator, expected_of in conditions:
                expected = expected_of(variables)
                if {"equals": actual == expected, "contains": expected in actual, "is_true": bool(actual)}[operator]:
                    return True
            return False

        return judge

    def validation(self, rule: Rule) -> Judge:
        name = rule.name  # a rule that is named `fails` does
        return lambda _variables, _reply, _page_s: "no such luck" if name == "fails" else None

    def generator(self, _rule: Rule) -> Generate | None:
        return None

    def cookies_variable(self) -> str | None:
        return None

    def user_variables(self, _names: frozenset[str]) -> Callable[[Variables, Who], None] | None:
        return None

    def hidden(self) -> str:
        return ""

    def judges_failures(self) -> bool:
        return False

    def outcome_variables(self, _names: frozenset[str]) -> Callable[[Variables, bool], None] | None:
        return None

    def functions(self) -> Mapping[str, Callable[[list[str]], str]]:
        return {"upper": lambda arguments: arguments[0].upper()}

    def built_ins(self) -> frozenset[str]:
        return frozenset({"__status"})

    def run_variables(self, names: frozenset[str]) -> Callable[[RunFacts], Variables] | None:
        if "run" not in names:
            return None
        return lambda facts: {"run": f"{facts.run_id} {facts.started_ms} {facts.launched_by}"}

    def request_variables(self, names: frozenset[str]) -> Callable[[Variables, str, str, str], None] | None:
        if not names & {"method", "url", "sent"}:
            return None
        return lambda variables, method, url, body: variables.update(method=method, url=url, sent=body)

    def response_variables(self, names: frozenset[str]) -> Callable[[Variables, Reply], None] | None:
        if "status" not in names:
            return None
        return lambda variables, reply: variables.update(status=str(reply.status))


def _failing(error: EvaluationFailed) -> Callable[[Variables], str | None]:
    def run(_: Variables) -> str | None:
        raise error

    return run
