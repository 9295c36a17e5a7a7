"""Counters of applications under test that a test file chooses to be read beside it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ChosenCounter:
    """A counter by the name its author saw; `metric` and `aggregation` say what it is made of where the file knows."""

    name: str
    metric: str = ""
    aggregation: str = ""


@dataclass(frozen=True, slots=True)
class ChosenApplication:
    """An application by name, and the counters of it that are chosen; none means all."""

    name: str
    counters: tuple[ChosenCounter, ...] = ()
