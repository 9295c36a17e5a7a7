"""Stdout and stderr of a process whose readers may go away: `penstock … | head` must not end a run.

What is only told is dropped when nobody reads it any more. Data that cannot be written is an error with a name.
"""

from __future__ import annotations

import contextlib
import errno
import os
from typing import IO, Any, Protocol

STDOUT_NAME = "stdout"


class Sink(Protocol):
    """What data is written to."""

    def write(self, content: bytes, /) -> object:
        """Write all of the content."""

    def flush(self) -> None:
        """Hand over what was written."""


class Data:
    """Stdout. Raises `OSError` with the name `stdout` when it cannot be written, and goes nowhere from then on."""

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream = stream

    def write(self, content: bytes, /) -> None:
        """Write all of the content."""
        try:
            self._stream.write(content)
        except OSError as error:
            raise self._lost(error) from error

    def flush(self) -> None:
        """Hand over what was written."""
        try:
            self._stream.flush()
        except OSError as error:
            raise self._lost(error) from error

    def _lost(self, error: OSError) -> OSError:
        _lead_nowhere(self._stream)
        # Not its own number: the argument parser ends the process by itself for that of a broken pipe.
        return OSError(errno.EIO, error.strerror, STDOUT_NAME)


class Talk:
    """Stderr, which goes nowhere once nobody reads it."""

    def __init__(self, stream: IO[str]) -> None:
        self._stream = stream

    def write(self, text: str) -> int:
        """Write a text; returns its length."""
        try:
            return self._stream.write(text)
        except OSError:
            _lead_nowhere(self._stream)
            return len(text)

    def flush(self) -> None:
        """Hand over what was written."""
        try:
            self._stream.flush()
        except OSError:
            _lead_nowhere(self._stream)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


def occupy() -> None:
    """Open standard streams that are closed: a socket that took the number of one would be written to as it."""
    for number in (0, 1, 2):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # takes the least number that is free


def _lead_nowhere(stream: IO[Any]) -> None:
    """Let what is written from now on, at the end of the process at the latest, vanish."""
    with contextlib.suppress(OSError, ValueError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, stream.fileno())
        os.close(nowhere)
