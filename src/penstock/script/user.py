"""The user that runs a journey."""

from __future__ import annotations

from typing import Any, Protocol


class User(Protocol):
    """One simulated user; the argument of a journey."""

    @property
    def index(self) -> int:
        """Number of the user, from 0, unique over all agents of the run."""

    @property
    def iteration(self) -> int:
        """Number of this user's iteration, from 0."""

    @property
    def state(self) -> dict[str, Any]:
        """A dict that this user keeps from one iteration to the next."""
