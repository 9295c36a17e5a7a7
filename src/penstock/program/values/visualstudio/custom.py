"""The user's own Python classes as rules of extraction, validation and condition."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar, cast

from penstock.errors import NotRunnable
from penstock.model import Rule
from penstock.program.values.dialect import EvaluationFailed, Variables
from penstock.program.values.visualstudio.answer import Answer
from penstock.program.values.visualstudio.arguments import Arguments, RuleFailed, bound
from penstock.program.values.visualstudio.bindings import Bindings
from penstock.program.values.visualstudio.extraction import Take
from penstock.script import Response
from penstock.script.plugins import ConditionalRule, ExtractionRule, Plugin, ValidationRule

Kind = TypeVar("Kind", bound=Plugin)


def extraction(rule: Rule, cls: type[Plugin], variable: str, bindings: Bindings) -> Callable[[Variables], Take]:
    """Return what applies a class as an extraction rule that sets `variable`."""
    give = _given(rule, cls, ExtractionRule, bindings)

    def prepare(variables: Variables) -> Take:
        plugin = give(variables)

        def take(variables: Variables, answer: Answer) -> None:
            found = _tried(lambda: plugin.extract(variables, cast("Response", answer.reply)))
            if found is None:
                raise RuleFailed(f"nothing was found for the context parameter '{variable}'")
            variables[variable] = found

        return take

    return prepare


def validation(
    rule: Rule, cls: type[Plugin], bindings: Bindings
) -> Callable[[Variables], Callable[[Variables, Answer], str | None]]:
    """Return what applies a class as a validation rule."""
    give = _given(rule, cls, ValidationRule, bindings)

    def prepare(variables: Variables) -> Callable[[Variables, Answer], str | None]:
        plugin = give(variables)
        return lambda variables, answer: _tried(lambda: plugin.validate(variables, cast("Response", answer.reply)))

    return prepare


def condition(rule: Rule, cls: type[Plugin], bindings: Bindings) -> Callable[[Variables], bool]:
    """Return what applies a class as a conditional rule."""
    give = _given(rule, cls, ConditionalRule, bindings)

    def met(variables: Variables) -> bool:
        try:
            return bool(_tried(lambda: give(variables).is_met(variables)))
        except RuleFailed as failure:
            raise EvaluationFailed(f"ConditionalRuleError: {rule.name}: {failure}") from None

    return met


Result = TypeVar("Result")


def _tried(call: Callable[[], Result]) -> Result:
    try:
        return call()
    except Exception as error:  # noqa: BLE001 — the user's own code
        raise RuleFailed(f"{type(error).__name__}: {error}") from None


def _given(rule: Rule, cls: type[Plugin], kind: type[Kind], bindings: Bindings) -> Callable[[Variables], Kind]:
    """Return what gives the object with its parameters bound."""
    if not issubclass(cls, kind):
        raise NotRunnable(f"{rule.origin}: {cls.__name__} is no {kind.__name__}, which {rule.name} is used as here")
    plugin = cls()

    def prepare(arguments: Arguments) -> Kind:
        plugin.parameters = arguments.given
        return plugin

    return bound(rule, bindings, prepare)
