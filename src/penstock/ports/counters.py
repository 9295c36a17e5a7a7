"""Counters that are not the load generator's own: of the server under test, or of the machine of the agents."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol


class CounterSource(Protocol):
    """Where counters are read from while a run goes on."""

    def unknown(self, names: Sequence[str]) -> Sequence[str]:
        """Return those of the names that this source does not have."""

    async def read(self, names: Sequence[str]) -> Mapping[str, float]:
        """Return the values of now; one that cannot be read now is left out. Called once a second."""
