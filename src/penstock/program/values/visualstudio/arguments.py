"""The arguments of a rule: bound before each use, as Visual Studio does; constant ones only once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from penstock.errors import NotRunnable
from penstock.model import Rule
from penstock.program.values.dialect import Variables
from penstock.program.values.visualstudio.bindings import Bindings

Made = TypeVar("Made")


class RuleFailed(Exception):
    """A rule does not hold, or finds nothing; the text says why."""


@dataclass(frozen=True, slots=True)
class Arguments:
    """Arguments by name, as texts; what is missing has its default."""

    given: dict[str, str]

    def text(self, name: str, default: str = "") -> str:
        """Return a text."""
        return self.given.get(name, default)

    def flag(self, name: str, *, default: bool) -> bool:
        """Return true or false, however it is written."""
        text = self.given.get(name, "").strip().lower()
        return default if text not in ("true", "false") else text == "true"

    def integer(self, name: str, default: int) -> int:
        """Return a whole number; raises `RuleFailed` for what is none."""
        text = self.given.get(name, "").strip()
        if not text:
            return default
        try:
            return int(float(text))
        except (ValueError, OverflowError):
            raise RuleFailed(f"{name} is {text!r}, which is not a whole number") from None


def bound(rule: Rule, bindings: Bindings, prepare: Callable[[Arguments], Made]) -> Callable[[Variables], Made]:
    """Return what gives the rule with its arguments, prepared once if they are constant.

    What cannot be prepared from constant arguments raises `NotRunnable` with the place of the rule.
    """
    if not any(argument.value.holes for argument in rule.arguments):
        try:
            made = prepare(Arguments({argument.name: argument.value.source for argument in rule.arguments}))
        except RuleFailed as failure:
            raise NotRunnable(f"{rule.origin}: {rule.name}: {failure}") from None
        return lambda _variables: made
    fills = [(argument.name, bindings.text(argument.value)) for argument in rule.arguments]
    return lambda variables: prepare(Arguments({name: fill(variables) for name, fill in fills}))
