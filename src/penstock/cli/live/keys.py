"""Keys in the terminal of a run. Only where someone can type; the terminal is put back whatever happens.

The terminal gives each key at once and shows none, but keeps its own: Ctrl-C and Ctrl-Z are still signals.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import termios
from collections.abc import AsyncIterator, Callable, Iterator
from types import FrameType

from penstock.errors import InvalidInput
from penstock.runs.commands import Command, Pause, Resume, SetLevel, Stop, Unit
from penstock.services.steering import Steering

HINT = "+ - p r q ?"
HELP = "keys: + 10% more, - 10% less, p pause, r resume, q stop (iterations may go on for 10 s), Q stop at once"
STEP = 0.1
GRACE_S = 10.0
WHO = "keyboard"


def can_be_typed(descriptor: int) -> bool:
    """Whether there is a terminal, and this process is in front of it."""
    try:
        return os.isatty(descriptor) and os.tcgetpgrp(descriptor) == os.getpgrp()
    except OSError:
        return False


@contextlib.asynccontextmanager
async def listen(descriptor: int, steering: Steering, say: Callable[[str], None]) -> AsyncIterator[None]:
    """Do what keys say as long as the block lasts."""
    loop = asyncio.get_running_loop()
    tasks: set[asyncio.Task[None]] = set()

    def pressed() -> None:
        if not can_be_typed(descriptor):  # sent to the background: what is typed now is not for us
            loop.remove_reader(descriptor)
            return
        typed = os.read(descriptor, 64).decode(errors="ignore")
        if not typed:
            loop.remove_reader(descriptor)
        for key in typed:
            task = loop.create_task(_press(key, steering, say))
            tasks.add(task)
            task.add_done_callback(tasks.discard)

    with _single_keys(descriptor):
        loop.add_reader(descriptor, pressed)
        try:
            yield
        finally:
            loop.remove_reader(descriptor)


async def _press(key: str, steering: Steering, say: Callable[[str], None]) -> None:
    commands: list[Command] = []
    match key:
        case "+" | "=" | "-" | "_":
            share = STEP if key in "+=" else -STEP
            for place, population in enumerate(steering.plan.populations):
                unit: Unit = "users" if steering.unit(place) == "users" else "rate"
                commands.append(SetLevel(unit, share, "by-share", population.name))
        case "p":
            commands.append(Pause())
        case "r":
            commands.append(Resume())
        case "q":
            commands.append(Stop(GRACE_S))
        case "Q":
            commands.append(Stop(0.0))
        case "?" | "h":
            say(HELP)
    for command in commands:
        try:
            await steering.obey(command, WHO)
        except InvalidInput as error:
            say(str(error))


@contextlib.contextmanager
def _single_keys(descriptor: int) -> Iterator[None]:
    """Let keys come one by one, and put the terminal back at the end, at a stop of the job, and on again after it."""
    before = termios.tcgetattr(descriptor)
    single = termios.tcgetattr(descriptor)
    single[3] &= ~(termios.ICANON | termios.ECHO)
    single[6][termios.VMIN], single[6][termios.VTIME] = 1, 0

    def suspend(_number: int, _frame: FrameType | None) -> None:
        termios.tcsetattr(descriptor, termios.TCSADRAIN, before)
        signal.signal(signal.SIGTSTP, signal.SIG_DFL)
        os.kill(os.getpid(), signal.SIGTSTP)  # stops here, until someone lets us go on
        signal.signal(signal.SIGTSTP, suspend)
        if can_be_typed(descriptor):
            termios.tcsetattr(descriptor, termios.TCSADRAIN, single)

    suspended = signal.signal(signal.SIGTSTP, suspend)
    termios.tcsetattr(descriptor, termios.TCSADRAIN, single)
    try:
        yield
    finally:
        signal.signal(signal.SIGTSTP, suspended)
        if can_be_typed(descriptor):
            termios.tcsetattr(descriptor, termios.TCSADRAIN, before)
