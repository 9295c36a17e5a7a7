"""What the harness asks of a client."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from benches.place import find_program
from benches.works import Counts, Job, Work


class Missing(Exception):
    """The client cannot be had here; the text says why and how to get it."""


@dataclass(frozen=True, slots=True)
class Command:
    """How a client is started for a job; `accepted` are the exit codes that mean that it did the work."""

    arguments: list[str]
    environment: Mapping[str, str] = field(default_factory=dict)
    accepted: frozenset[int] = frozenset({0})


class Tool(Protocol):
    """One client, one row of a table."""

    @property
    def name(self) -> str:
        """How the row is called."""

    def expresses(self, work: Work) -> bool:
        """Whether the client can do this work."""

    def version(self) -> str:
        """Return name and version of what is installed. Raises `Missing`."""

    def command(self, job: Job) -> Command | None:
        """Return the command for a job; None for a start-up run that the client has no words for."""

    def read(self, folder: Path) -> Counts:
        """Return the client's own counts from what its run left in `folder` (stdout and files)."""


def need(program: str, advice: str) -> str:
    """Return the path of a program. Raises `Missing` with the advice."""
    found = find_program(program)
    if found is None:
        raise Missing(f"{program} is not installed ({advice})")
    return str(found)


def said(arguments: list[str]) -> str:
    """Return what a command that ends at once prints, both streams."""
    try:
        done = subprocess.run(arguments, capture_output=True, text=True, timeout=60, check=False)
    except OSError as error:
        raise Missing(f"{Path(arguments[0]).name} does not start: {error.strerror}") from error
    return (done.stdout + done.stderr).strip()


def text(folder: Path, name: str = "stdout") -> str:
    """Return a text that a run left behind."""
    return (folder / name).read_text(encoding="utf-8", errors="replace")
