"""What a `flow.py` does once, before the load and after it: by one agent, when the runner says so.

runner → agent   {"type": "setup"}                       to one agent that said "sets_up"
agent → runner   {"type": "set-up", "shared": …}         or {"type": "refused", "error": …, "message": …}
runner → agent   {"type": "start", …, "shared": …}       to all
…                the load
runner → agent   {"type": "teardown"}                    to one agent that said "tears_down", when all have ended
agent → runner   {"type": "torn-down", "message": null}  or what went wrong
"""

from __future__ import annotations

import socket
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import orjson

from penstock.engine import frames
from penstock.engine.forks import agent_alone
from penstock.runs.plan import FlowWork, Plan
from penstock.script import binding
from penstock.script.run import Run

if TYPE_CHECKING:
    from penstock.program.pyfile import LoadedFlow


class Around:
    """The two functions of a flow, and the messages about them."""

    def __init__(self, connection: socket.socket, flow: LoadedFlow | None, plan: Plan) -> None:
        self._connection = connection
        self._setup = flow.setup if flow else None
        self._teardown = flow.teardown if flow else None
        self._base_url = plan.http.base_url
        self._file = plan.work.path if isinstance(plan.work, FlowWork) else ""

    @property
    def sets_up(self) -> bool:
        """Whether there is something to do before the load."""
        return self._setup is not None

    @property
    def tears_down(self) -> bool:
        """Whether there is something to do after it."""
        return self._teardown is not None

    def receive(self) -> dict[str, Any] | None:
        """Do what the runner asks for, and return the first message about something else; None at its end."""
        while message := frames.receive(self._connection):
            if message.get("type") == "setup" and self._setup is not None:
                frames.send(self._connection, self._set_up(self._setup))
            elif message.get("type") == "teardown" and self._teardown is not None:
                frames.send(self._connection, {"type": "torn-down", "message": self._tear_down(self._teardown)})
                return None
            else:
                return message
        return None

    def _set_up(self, function: Callable[[Run], Any]) -> dict[str, Any]:
        try:
            with agent_alone(f"setup of {self._file}"):
                shared = function(Run(self._base_url))
        except BaseException as error:  # noqa: BLE001 — whatever the user's function raises is told, exits included
            return self._refused(f"setup failed: {self._said(error)}")
        try:
            return {"type": "set-up", "shared": orjson.loads(orjson.dumps(shared))}
        except (orjson.JSONEncodeError, TypeError) as error:
            return self._refused(f"setup returned what JSON cannot carry to the agents: {error}")

    def _tear_down(self, function: Callable[[Run], Any]) -> str | None:
        try:
            with agent_alone(f"teardown of {self._file}"):
                function(Run(self._base_url, binding.shared))
        except BaseException as error:  # noqa: BLE001 — as above
            return f"teardown failed: {self._said(error)}"
        return None

    def _refused(self, text: str) -> dict[str, Any]:
        return {"type": "refused", "error": "InvalidFlow", "message": f"{self._file}: {text}"}

    def _said(self, error: BaseException) -> str:
        lines = [frame for frame in traceback.extract_tb(error.__traceback__) if frame.filename == self._file]
        place = f" ({Path(self._file).name}:{lines[-1].lineno})" if lines else ""
        return f"{type(error).__name__}: {error}{place}"
