"""Arguments of rules: what is constant is prepared once, the rest each time."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import TypeVar

from penstock.errors import NotRunnable
from penstock.model import Rule
from penstock.program.values.dialect import EvaluationFailed, Variables
from penstock.program.values.jmeter.expressions import Expressions

Made = TypeVar("Made")


@dataclass(frozen=True, slots=True)
class Arguments:
    """Arguments by name, as texts; one that came several times is a list of texts, in order."""

    given: tuple[tuple[str, str], ...]

    def text(self, name: str, default: str = "") -> str:
        """Return a text; one that is not given is the default."""
        return next((value for key, value in self.given if key == name), default)

    def all(self, name: str) -> list[str]:
        """Return all texts of this name."""
        return [value for key, value in self.given if key == name]

    def flag(self, name: str) -> bool:
        """Return whether a text says `true`."""
        return self.text(name).strip().lower() == "true"

    def integer(self, name: str, default: int = 0) -> int:
        """Return a whole number; raises `EvaluationFailed` for what is none."""
        text = self.text(name).strip()
        try:
            return int(text) if text else default
        except ValueError:
            raise EvaluationFailed(f"{name} is {text!r}, which is not a whole number") from None


def bound(rule: Rule, expressions: Expressions, prepare: Callable[[Arguments], Made]) -> Callable[[Variables], Made]:
    """Return what gives the rule with its arguments; the last forms that it had are kept.

    What cannot be prepared from constant arguments raises `NotRunnable` with the place of the rule.
    """
    if not any(argument.value.holes for argument in rule.arguments):
        try:
            made = prepare(Arguments(tuple((each.name, each.value.source) for each in rule.arguments)))
        except (EvaluationFailed, ValueError) as failure:
            raise NotRunnable(f"{rule.origin}: {rule.name}: {failure}") from None
        return lambda _variables: made
    names = tuple(argument.name for argument in rule.arguments)
    fills = [expressions.text(argument.value) for argument in rule.arguments]

    @lru_cache(maxsize=100)
    def prepared(values: tuple[str, ...]) -> Made:
        try:
            return prepare(Arguments(tuple(zip(names, values, strict=True))))
        except ValueError as failure:
            raise EvaluationFailed(str(failure)) from None

    return lambda variables: prepared(tuple([fill(variables) for fill in fills]))
