"""Agent processes, and starting them early.

An agent takes longer to load than to be told what to do, and it can load before anybody knows what it will do: the
command starts one before it reads its own arguments. Nothing heavy may be imported here.
"""

from __future__ import annotations

import contextlib
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from typing import NamedTuple

from penstock.errors import EngineFailed

_END_S = 5.0

MARK = "PENSTOCK_AGENT"
"""The variable that tells of a process whose it is."""


class AgentProcess(NamedTuple):
    """One child process that waits for its order, and our end of the socket to it.

    On `SIGUSR1` it writes where its code stands to `stack`, even when a call of that code blocks. All that it starts
    has `mark` in its environment.
    """

    process: subprocess.Popen[bytes]
    connection: socket.socket
    stack: int
    mark: str

    def let_go(self) -> None:
        """Close what is ours; an agent without a runner leaves."""
        self.connection.close()
        os.close(self.stack)


_early: list[AgentProcess] = []


@contextlib.contextmanager
def early(count: int) -> Iterator[None]:
    """Start agents before they are asked for; those that nobody has taken at the end are let go."""
    with contextlib.suppress(EngineFailed):  # whoever needs one tries again, and says what is wrong
        _early.extend(start() for _ in range(count))
    try:
        yield
    finally:
        while _early:
            agent = _early.pop()
            agent.let_go()
            try:
                agent.process.wait(_END_S)
            except subprocess.TimeoutExpired:
                agent.process.kill()
                agent.process.wait()


def take() -> AgentProcess:
    """Return an agent that was started early and still waits, or start one.

    Raises `EngineFailed` when the system gives no process.
    """
    while _early:
        agent = _early.pop()
        if agent.process.poll() is None:
            return agent
        agent.let_go()
    return start()


def start(talk: int = 2, folder: str | None = None) -> AgentProcess:
    """Start a process. Raises `EngineFailed` when the system gives none.

    What it prints goes to the descriptor `talk`. With a `folder` it works there, and imports nothing from there by
    accident.
    """
    mark = f"{os.getpid()}-{os.urandom(8).hex()}"
    with contextlib.ExitStack() as lent, contextlib.ExitStack() as kept:
        try:
            ours, theirs = socket.socketpair()
            kept.enter_context(ours)
            lent.enter_context(theirs)
            stack, told = os.pipe2(os.O_CLOEXEC | os.O_NONBLOCK)
            kept.callback(os.close, stack)
            lent.callback(os.close, told)
            process = subprocess.Popen(  # noqa: S603 — our own module, by the interpreter that runs us
                [
                    sys.executable,
                    *([] if folder is None else ["-P"]),
                    "-m",
                    "penstock.engine.agent",
                    str(theirs.fileno()),
                    str(told),
                ],
                pass_fds=[theirs.fileno(), told],
                env={**os.environ, MARK: mark},
                stdin=subprocess.DEVNULL,
                stdout=talk,  # what a user's flow prints is talk; stdout carries data only
                stderr=talk,
                cwd=folder,
                start_new_session=True,  # Ctrl-C in the terminal reaches the runner alone
            )
        except OSError as error:
            raise EngineFailed(f"an agent process could not be started: {error.strerror or error}") from error
        kept.pop_all()
    return AgentProcess(process, ours, stack, mark)
