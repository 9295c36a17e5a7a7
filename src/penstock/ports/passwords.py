"""Keeping passwords without knowing them."""

from __future__ import annotations

from typing import Protocol


class Passwords(Protocol):
    """Hashes that are slow on purpose."""

    def hash(self, password: str) -> str:
        """Return what is kept of a password."""

    def verify(self, password: str, kept: str) -> bool:
        """Return whether it is the password."""
