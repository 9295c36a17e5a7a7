"""Passwords by Argon2id, with the library's own parameters.

Each takes 64 MiB while it is looked at: of many that come at once some wait, or a server had no memory left.
"""

from __future__ import annotations

import threading

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

_AT_ONCE = 4


class Argon2Passwords:
    """See `ports.passwords.Passwords`."""

    def __init__(self) -> None:
        self._hasher = PasswordHasher()
        self._turns = threading.BoundedSemaphore(_AT_ONCE)

    def hash(self, password: str) -> str:
        """See `ports.passwords.Passwords`."""
        with self._turns:
            return self._hasher.hash(password)

    def verify(self, password: str, kept: str) -> bool:
        """See `ports.passwords.Passwords`."""
        try:
            with self._turns:
                return self._hasher.verify(kept, password)
        except (VerificationError, InvalidHashError):
            return False
