"""The values of JMeter's test plans: texts with `${…}`, functions, rules."""

from __future__ import annotations

from collections.abc import Mapping
from random import Random
from types import MappingProxyType

from penstock.program.values.dialect import Dialect
from penstock.program.values.jmeter.language import JMeterDialect
from penstock.script.plugins import Plugin

__all__ = ["JMeterDialect", "dialect"]


def dialect(random: Random, classes: Mapping[str, type[Plugin]] = MappingProxyType({})) -> Dialect:
    """Return the dialect; what it draws at random comes from `random`. `classes` have no meaning for it."""
    del classes
    return JMeterDialect(random)
