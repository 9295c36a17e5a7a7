"""Which module knows the words of which source."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from random import Random
from typing import cast

from penstock.model.scenario import Dialect as DialectName
from penstock.program.values import Dialect
from penstock.script.plugins import Plugin


def dialect_of(name: DialectName, random: Random, classes: Mapping[str, type[Plugin]]) -> Dialect:
    """Return the dialect of a scenario; what it draws at random comes from `random`.

    `classes` are the user's own rules, by the names that the scenario has for them.
    """
    return cast("Dialect", import_module(f"penstock.program.values.{name}").dialect(random, classes))
