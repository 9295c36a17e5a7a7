"""Which module knows the words of which source."""

from __future__ import annotations

from importlib import import_module
from random import Random
from typing import cast

from penstock.model.scenario import Dialect as DialectName
from penstock.program.values import Dialect


def dialect_of(name: DialectName, random: Random) -> Dialect:
    """Return the dialect of a scenario; what it draws at random comes from `random`."""
    return cast("Dialect", import_module(f"penstock.program.values.{name}").dialect(random))
