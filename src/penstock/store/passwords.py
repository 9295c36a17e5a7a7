"""Passwords by Argon2id, with the library's own parameters."""

from __future__ import annotations

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError


class Argon2Passwords:
    """See `ports.passwords.Passwords`."""

    def __init__(self) -> None:
        self._hasher = PasswordHasher()

    def hash(self, password: str) -> str:
        """See `ports.passwords.Passwords`."""
        return self._hasher.hash(password)

    def verify(self, password: str, kept: str) -> bool:
        """See `ports.passwords.Passwords`."""
        try:
            return self._hasher.verify(kept, password)
        except (VerificationError, InvalidHashError):
            return False
