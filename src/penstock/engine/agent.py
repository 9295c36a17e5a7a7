"""One process, one loop, one core: takes an order, runs it, sends a snapshot a second.

    runner → agent   the order (engine.orders)
    agent → runner   {"type": "ready"} or {"type": "refused", "error": …, "message": …}
    runner → agent   {"type": "start", "at_ns": …}     (CLOCK_MONOTONIC, the same on all agents of a machine)
    then the frames of docs/spec/engine-border.md, section 6

Started as `python -m penstock.engine.agent FD STACK`, where FD is an open stream socket to the runner. On SIGUSR1 the
agent writes to the descriptor STACK where its Python code stands, which works also when that code never comes back.
"""

from __future__ import annotations

import contextlib
import faulthandler
import gc
import resource
import signal
import socket
import sys
import traceback
from typing import TYPE_CHECKING

if __name__ == "__main__":
    # What is loaded is no garbage; Python would look for some after every 700 objects, under load as well.
    gc.set_threshold(50_000)

from penstock.engine import Loop, frames, orders
from penstock.engine.around import Around
from penstock.engine.asides import Asides
from penstock.engine.work import compile_work, load_flow
from penstock.errors import InvalidInput, PenstockError
from penstock.runs.plan import FlowWork
from penstock.script import binding, unawaited

if TYPE_CHECKING:
    from penstock.program.pyfile import LoadedFlow

_LEAVE_S = 2.0
"""How long a runner may take to close its side; one that hangs keeps no agent."""


def run(connection: socket.socket) -> None:
    """Serve one order on the connection, to the end."""
    order = frames.receive(connection)
    if order is None:
        return
    if order.get("type") == "trial":
        from penstock.engine import trial

        trial.serve(connection, order)
        return
    flow: LoadedFlow | None = None
    try:
        plan, segment = orders.decode(order)
        if isinstance(plan.work, FlowWork):
            flow = load_flow(plan.work, segment)
            journeys = list(flow.journeys)
        else:
            journeys = compile_work(plan, segment)
        names = [name for name, _ in journeys]
        try:
            Loop(orders.native_plan(plan, segment, names, None))
        except ValueError as error:  # a plan that the loop refuses is refused here
            raise InvalidInput(f"the load generator refuses the plan: {error}") from None
    except PenstockError as error:
        frames.send(connection, {"type": "refused", "error": type(error).__name__, "message": str(error)})
        return
    except Exception:  # noqa: BLE001 — the runner must hear of everything, or it waits for ever
        frames.send(connection, {"type": "refused", "error": "EngineFailed", "message": traceback.format_exc()})
        return
    around = Around(connection, flow, plan)
    frames.send(connection, {"type": "ready", "sets_up": around.sets_up, "tears_down": around.tears_down})
    start = around.receive()
    if start is None or start.get("type") != "start":
        return
    binding.shared = start.get("shared")
    loop = Loop(orders.native_plan(plan, segment, names, start["at_ns"]))
    binding.bind(loop)
    loop.run([function for _, function in journeys], connection.fileno())
    if around.tears_down:
        connection.setblocking(True)  # the loop had its way with it
        around.receive()


def _take_leave(connection: socket.socket) -> None:
    """Say that nothing more comes, and read until the runner has closed its side.

    A socket that is closed with something unread in it, a command that came too late, is reset: the runner would lose
    what it has not read yet, the last word of all.
    """
    with contextlib.suppress(OSError):
        connection.shutdown(socket.SHUT_WR)
        connection.settimeout(_LEAVE_S)
        while connection.recv(65_536):
            pass


def _take_all_descriptors() -> None:
    """Raise the limit of open files to what the system allows: every connection of a user is one."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    with contextlib.suppress(OSError, ValueError):  # a container may forbid what it shows; then it stays as it is
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


def main() -> None:
    """Run as the agent process. The runner decides when to stop: a terminal's Ctrl-C is its matter."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _take_all_descriptors()
    if len(sys.argv) > 2:
        faulthandler.register(signal.SIGUSR1, file=int(sys.argv[2]), all_threads=False)
    unawaited.listen()
    asides = Asides()
    asides.listen()
    with socket.socket(fileno=int(sys.argv[1])) as connection:
        connection.set_inheritable(False)  # what a flow starts must not hold it open
        with contextlib.suppress(BrokenPipeError):  # a runner that is gone needs no word
            run(connection)
        _take_leave(connection)
    asides.sum_up()
    gc.freeze()  # what is left goes with the process, and need not be looked through before


if __name__ == "__main__":
    main()
