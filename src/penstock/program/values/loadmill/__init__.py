"""The values of Loadmill: expressions, functions, extraction and assertions."""

from __future__ import annotations

from random import Random

from penstock.program.values.dialect import Dialect
from penstock.program.values.loadmill.language import LoadmillDialect

__all__ = ["LoadmillDialect", "dialect"]


def dialect(random: Random) -> Dialect:
    """Return the dialect; what its functions draw at random comes from `random`."""
    return LoadmillDialect(random)
