"""What a function of JMeter is: how many arguments it takes, what it computes, where its result is kept too."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from penstock.program.values.dialect import EvaluationFailed, Variables
from penstock.program.values.jmeter.shared import Shared

ANY = 10_000
"""More arguments than anyone writes: their number is not limited."""


@dataclass(frozen=True, slots=True)
class Asked:
    """One call while load runs: what all users share, the user's variables, the arguments as texts."""

    shared: Shared
    variables: Variables
    arguments: list[str]

    def text(self, index: int, default: str = "") -> str:
        """Return an argument as it is; one that is not given is the default."""
        return self.arguments[index] if index < len(self.arguments) else default

    def word(self, index: int, default: str = "") -> str:
        """Return an argument without the blanks around it; an empty one is the default."""
        return self.text(index).strip() or default

    def integer(self, index: int, default: int | None = None) -> int:
        """Return an argument as a whole number; raises `EvaluationFailed` for what is none."""
        text = self.word(index)
        if not text and default is not None:
            return default
        try:
            return int(text)
        except ValueError:
            raise EvaluationFailed(f"argument {index + 1} is {text!r}, which is not a whole number") from None


@dataclass(frozen=True, slots=True)
class Function:
    """`stores` is the place of the argument that names a variable which gets the result as well."""

    compute: Callable[[Asked], str]
    least: int = 0
    most: int = 0
    stores: int | None = None


Table = dict[str, Function]


def keep(asked: Asked, index: int | None, result: str) -> str:
    """Return the result, which the variable that is named gets too."""
    if index is not None and (name := asked.word(index)):
        asked.variables[name] = result
    return result


def boolean(value: object) -> str:
    """Return a result as text."""
    return "true" if value else "false"
