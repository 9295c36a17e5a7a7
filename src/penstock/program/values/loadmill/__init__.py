"""The values of Loadmill: expressions, functions, extraction and assertions."""

from __future__ import annotations

from collections.abc import Mapping
from random import Random
from types import MappingProxyType

from penstock.program.values.dialect import Dialect
from penstock.program.values.loadmill.language import LoadmillDialect
from penstock.script.plugins import Plugin

__all__ = ["LoadmillDialect", "dialect"]


def dialect(random: Random, _classes: Mapping[str, type[Plugin]] = MappingProxyType({})) -> Dialect:
    """Return the dialect; what its functions draw at random comes from `random`. It has no rules to give classes to."""
    return LoadmillDialect(random)
