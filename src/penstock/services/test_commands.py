"""Set-up and clean-up commands of tests: done where the operator allows them, in a folder with the test's files."""

from __future__ import annotations

import asyncio
import contextlib
import re
import tempfile
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from penstock.errors import InvalidInput
from penstock.ports.clock import Clock
from penstock.ports.commands import CommandRunner
from penstock.services.drops import DropService
from penstock.services.states import Course

_FIRST_WORD = re.compile(r'\s*(?:"([^"]+)"|([^\s";&|<>()]+))')
_FOR_WINDOWS = (".bat", ".cmd", ".exe", ".msi", ".ps1", ".reg", ".vbs")


@dataclass(frozen=True, slots=True)
class CommandRules:
    """What the operator allows."""

    is_allowed: bool
    within_s: float


def verify_command(command: str) -> None:
    """Raise `InvalidInput` for a command that only Windows could do."""
    match = _FIRST_WORD.match(command)
    if match is not None and (match[1] or match[2]).lower().endswith(_FOR_WINDOWS):
        raise InvalidInput(
            f"the command {command!r} is for Windows; this server does commands with /bin/sh: give it a shell script"
        )


class TestCommandService:
    """Does the commands that are among the facts of a run (`commands`: `set_up`, `clean_up`, `drop`)."""

    __test__ = False

    def __init__(self, rules: CommandRules, drops: DropService, runner: CommandRunner, clock: Clock) -> None:
        self._rules = rules
        self._drops = drops
        self._runner = runner
        self._clock = clock

    @contextlib.asynccontextmanager
    async def of(self, course: Course) -> AsyncIterator[RunCommands | None]:
        """Give the commands of a run, in a folder that is there while the block runs; None where there are none."""
        asked = course.stored.facts.get("commands")
        if not asked or not self._rules.is_allowed:
            yield None
            return
        with tempfile.TemporaryDirectory(prefix="penstock-run-", ignore_cleanup_errors=True) as name:
            folder = Path(name).resolve()
            await asyncio.to_thread(self._drops.unpack, course.stored.team, asked["drop"], folder)
            yield RunCommands(asked, folder, self._rules, self._runner, self._clock, course)


class RunCommands:
    """The commands of one run. What comes of each is kept with the run's result, from when it begins on."""

    def __init__(
        self,
        asked: Mapping[str, str],
        folder: Path,
        rules: CommandRules,
        runner: CommandRunner,
        clock: Clock,
        course: Course,
    ) -> None:
        self._asked = asked
        self._folder = folder
        self._rules = rules
        self._runner = runner
        self._clock = clock
        self._course = course
        self._told: list[dict[str, Any]] = []

    async def set_up(self, stop: asyncio.Event) -> str:
        """Do what comes before the load; returns why that failed, or an empty text."""
        return await self._do("set_up", stop)

    async def clean_up(self) -> None:
        """Do what comes after the load, whatever came of that; only its own time limits it."""
        await self._do("clean_up", asyncio.Event())

    async def _do(self, kind: str, stop: asyncio.Event) -> str:
        command = self._asked.get(kind, "")
        if not command:
            return ""
        told: dict[str, Any] = {"kind": kind, "command": command, "began": self._clock.now().isoformat()}
        self._told.append(told)
        await self._keep()
        end = await self._runner.run(
            runnable(command, self._folder),
            self._folder,
            {"DeploymentDirectory": str(self._folder), "PENSTOCK_RUN": self._course.stored.id},
            self._rules.within_s,
            stop,
        )
        failure = end.why or (f"it ended with exit code {end.code}" if end.code else "")
        told |= {"ended": self._clock.now().isoformat(), "failure": failure, "output": end.output}
        told["is_stopped"] = stop.is_set()
        await self._keep()
        return failure

    async def _keep(self) -> None:
        await self._course.keep({"commands": [dict(one) for one in self._told]})


def runnable(command: str, folder: Path) -> str:
    """Return a command as the shell finds it: its first word may be a file of the folder, in any letter case.

    Files lose their modes on the way to a server: what begins with `#!` is made executable, else the shell reads it.
    """
    match = _FIRST_WORD.match(command)
    if match is None:
        return command
    wanted = PurePosixPath((match[1] or match[2]).replace("\\", "/").removeprefix("./")).as_posix().lower()
    names = [path for path in folder.rglob("*") if path.is_file()]
    found = [path for path in names if path.relative_to(folder).as_posix().lower() == wanted]
    if len(found) != 1:
        return command
    with found[0].open("rb") as file:
        is_script = file.read(2) == b"#!"
    if is_script:
        found[0].chmod(0o700)
    quoted = "'" + found[0].relative_to(folder).as_posix().replace("'", "'\\''") + "'"
    return f"{'./' if is_script else '/bin/sh ./'}{quoted}{command[match.end() :]}"
