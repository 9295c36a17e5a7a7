"""Predicates on one response, judged after its extracts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from penstock.model.expr import EMPTY, Expr, Rule, Text
from penstock.model.origin import Origin

Operator = Literal[
    "equals",
    "not_equals",
    "contains",
    "not_contains",
    "matches",
    "greater",
    "lesser",
    "json_schema",
    "json_contains",
    "xml_contains",
    "is_true",
    "is_false",
]
"""How actual and expected are compared; the fine print (case, numbers, truth) is the dialect's."""


@dataclass(frozen=True, slots=True)
class Condition:
    """One comparison. `expected` is empty for `is_true` and `is_false`."""

    operator: Operator
    expected: Text = EMPTY


@dataclass(frozen=True, slots=True)
class Check:
    """Holds when any of the conditions holds, tried in order. `label` is how reports call it.

    With `enforced` false the result is recorded but fails nothing.
    """

    subject: Expr
    conditions: tuple[Condition, ...]
    label: str
    origin: Origin
    enforced: bool = True


@dataclass(frozen=True, slots=True)
class Validation:
    """A rule of the dialect that judges the response, or (`after_page`) the page with all that belongs to it.

    `label` is how reports call it.
    """

    rule: Rule
    label: str
    after_page: bool = False
