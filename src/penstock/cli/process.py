"""The process as one value, so that a test can run a whole command in a made-up world."""

from __future__ import annotations

import contextlib
import os
import shutil
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TextIO, cast

from penstock.cli.streams import Data, Sink, Talk


@dataclass(frozen=True, slots=True)
class Process:
    """What a command sees of the outside: data goes to `stdout`, talk to `stderr`; `stdin` is a descriptor."""

    stdout: Sink
    stderr: TextIO
    environment: Mapping[str, str] = field(default_factory=dict)
    argv: tuple[str, ...] = ()
    stdin: int | None = None

    @staticmethod
    def real(environment: Mapping[str, str], argv: tuple[str, ...]) -> Process:
        """Return this process."""
        stdin = None
        with contextlib.suppress(AttributeError, ValueError, OSError):  # closed, or not there at all
            stdin = sys.stdin.fileno()
        nowhere = Path(os.devnull)
        stdout = nowhere.open("wb") if sys.stdout is None else sys.stdout.buffer
        stderr = nowhere.open("w") if sys.stderr is None else sys.stderr
        return Process(Data(stdout), cast("TextIO", Talk(stderr)), environment, argv, stdin)

    @property
    def interactive(self) -> bool:
        """Whether a person is watching: talk may be redrawn in place and coloured."""
        return self.stderr.isatty() and self.environment.get("TERM") != "dumb"

    @property
    def colour(self) -> bool:
        """Whether talk may be coloured (see no-color.org)."""
        return self.interactive and not self.environment.get("NO_COLOR")

    @property
    def columns(self) -> int:
        """Columns of the terminal."""
        return shutil.get_terminal_size((100, 24)).columns

    @property
    def width(self) -> int:
        """Columns that talk may take: those of the terminal, within reason."""
        return min(140, max(60, self.columns))

    def say(self, text: str) -> None:
        """Write a line of talk."""
        self.stderr.write(text + "\n")
        self.stderr.flush()
