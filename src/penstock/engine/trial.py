"""Iterations that are recorded: the same loop, with a trace between it and the journey.

    runner → agent   the order of a run of one user and one iteration, with {"type": "trial", "cookies": […]}
    agent → runner   {"type": "refused", "error": …, "message": …}, or
                     the frames of docs/spec/engine-border.md, section 6, and then {"type": "recording", "recording": …}

Then the agent waits for the next order: flows of a suite are many, and starting a process costs more than most of them.
"""

from __future__ import annotations

import dataclasses
import socket
import traceback
from typing import Any

from penstock.engine import Loop, frames, orders
from penstock.engine.work import compile_work
from penstock.errors import EngineFailed, PenstockError
from penstock.program.tracing import Trace
from penstock.script import binding, unawaited


def serve(connection: socket.socket, order: dict[str, Any] | None) -> None:
    """Serve orders until the runner closes the connection."""
    while order is not None:
        if order.get("type") == "trial":  # a stop that came too late is none
            _record(connection, order)
        order = frames.receive(connection)


def _record(connection: socket.socket, order: dict[str, Any]) -> None:
    trace = Trace(binding.recorder)
    try:
        plan, segment = orders.decode(order)
        journeys = compile_work(plan, segment, trace)
        loop = Loop(orders.native_plan(plan, segment, [journey.name for journey in journeys], None))
    except PenstockError as error:
        frames.send(connection, {"type": "refused", "error": type(error).__name__, "message": str(error)})
        return
    except Exception:  # noqa: BLE001 — the runner must hear of everything, or it waits for ever
        frames.send(connection, {"type": "refused", "error": "EngineFailed", "message": traceback.format_exc()})
        return
    trace.listen_for(loop)
    unawaited.remember_origins()  # nobody measures how long it takes
    before = binding.recorder
    binding.bind(trace)
    cookies = tuple(order.get("cookies", ()))
    try:
        loop.run([trace.journey(each.name, each.function, cookies) for each in journeys], connection.fileno())
    finally:
        binding.bind(before)
        connection.setblocking(True)  # the loop does not wait for its socket; whoever takes orders does
    if not trace.recordings:
        raise EngineFailed("the loop ended without an iteration")
    recording = dataclasses.asdict(trace.recordings[0])
    frames.send(connection, {"type": "recording", "recording": recording})
