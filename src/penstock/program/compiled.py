"""What compiling gives: journeys that a loop can step."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from penstock.script import User

JourneyFunction = Callable[[User], Any]


class CompiledJourney(NamedTuple):
    """A journey ready to run; `function(user)` gives the coroutine of one iteration."""

    name: str
    function: JourneyFunction


Journeys = tuple[CompiledJourney, ...]
