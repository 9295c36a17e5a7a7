"""The values of Visual Studio's web tests: bindings, rules of extraction, validation and condition."""

from __future__ import annotations

from collections.abc import Mapping
from random import Random
from types import MappingProxyType

from penstock.program.values.dialect import Dialect
from penstock.program.values.visualstudio.language import VisualStudioDialect
from penstock.script.plugins import Plugin

__all__ = ["VisualStudioDialect", "dialect"]


def dialect(random: Random, classes: Mapping[str, type[Plugin]] = MappingProxyType({})) -> Dialect:
    """Return the dialect; what its rules draw at random comes from `random`, `classes` are the user's own rules."""
    return VisualStudioDialect(random, classes)
