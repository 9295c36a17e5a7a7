"""Commands that belong to a test: what its files bring along to be done before and after the load."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol


@dataclass(frozen=True, slots=True)
class CommandEnd:
    """How a command ended. `code` is its exit code, None where it was ended by force; `why` says then by what.

    `output` is what it wrote, its middle left out where that was too much.
    """

    code: int | None
    output: str
    why: str = ""


class CommandRunner(Protocol):
    """Does commands on this machine."""

    async def run(
        self, command: str, folder: Path, variables: Mapping[str, str], within_s: float, stop: asyncio.Event
    ) -> CommandEnd:
        """Do a command in a folder, with these variables and hardly any other.

        It, and all that it has started, is ended by force after `within_s` seconds and when `stop` is set.
        """
