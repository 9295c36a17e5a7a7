"""The keys that secrets in the database are encrypted with: given by the settings, or in a file."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from cryptography.fernet import Fernet

from penstock.errors import InvalidInput


class KeyRing:
    """Keys in their order: the first one encrypts, all of them decrypt.

    `given` are those of the settings; where there are none they are read from `file`, one a line.
    """

    def __init__(self, given: Sequence[str], file: Path) -> None:
        self._given = given
        self._file = file

    @property
    def place(self) -> str:
        """Where the keys are, for people."""
        return "secret_keys" if self._given else str(self._file)

    def read(self) -> tuple[Fernet, ...]:
        """Return the keys; none where there is no file. Raises `InvalidInput` for what is no key."""
        if self._given:
            return tuple(_key(text, f"secret_keys: number {number}") for number, text in enumerate(self._given, 1))
        try:
            lines = self._file.read_text(encoding="utf-8").splitlines()
        except FileNotFoundError:
            return ()
        except (OSError, UnicodeDecodeError) as error:
            raise InvalidInput(f"{self._file}: {getattr(error, 'strerror', None) or error}") from error
        keys = [(number, line.strip()) for number, line in enumerate(lines, 1) if line.strip()]
        if not keys:
            raise InvalidInput(f"{self._file}: is empty; put the key back that was in it, one a line")
        return tuple(_key(text, f"{self._file}, line {number}") for number, text in keys)

    def make(self) -> tuple[Fernet, ...]:
        """Make a key, in a file that only this user reads. Raises `InvalidInput` when the file cannot be written."""
        key = Fernet.generate_key()
        new = self._file.with_name(f"{self._file.name}.new")
        try:
            handle = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
            with os.fdopen(handle, "wb") as file:
                file.write(key + b"\n")
                file.flush()
                os.fsync(file.fileno())  # what is encrypted with it must not outlive it
            new.replace(self._file)
        except OSError as error:
            raise InvalidInput(f"{self._file}: {error.strerror}") from error
        return (Fernet(key),)


def _key(text: str, place: str) -> Fernet:
    try:
        return Fernet(text)
    except ValueError:
        raise InvalidInput(
            f"{place}: is no key; a key is 32 random bytes in base64, as `openssl rand -base64 32` writes them"
        ) from None
