"""Which class of thread group means which load."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from penstock.importers.jmeter.groups import arrivals, openmodel, stepping, threads, ultimate
from penstock.importers.jmeter.numbers import flag
from penstock.importers.jmeter.parse import Node
from penstock.importers.jmeter.work import Work
from penstock.model import Load

_LOADS: dict[str, Callable[[Node, Work], Load | None]] = {
    "ArrivalsThreadGroup": arrivals.compile_arrivals,
    "ConcurrencyThreadGroup": arrivals.compile_concurrency,
    "FreeFormArrivalsThreadGroup": arrivals.compile_free_form,
    "OpenModelThreadGroup": openmodel.compile_open_model,
    "PostThreadGroup": threads.compile_threads,
    "SetupThreadGroup": threads.compile_threads,
    "SteppingThreadGroup": stepping.compile_stepping,
    "ThreadGroup": threads.compile_threads,
    "UltimateThreadGroup": ultimate.compile_ultimate,
}

KINDS = frozenset(_LOADS)

OnError = Literal["iteration", "user", "test"] | None

ON_ERROR: dict[str, OnError] = {
    "continue": None,
    "startnextloop": "iteration",
    "stopthread": "user",
    "stoptest": "test",
    "stoptestnow": "test",
}
"""What a failed sample of a thread leaves."""


@dataclass(frozen=True, slots=True)
class Group:
    """What a thread group says besides what its threads do.

    `on_error` is what a failed sample leaves (None: nothing). `order` is -1 before the load, 0 in it, 1 behind it.
    `is_same_user`: cookies and connections live as long as the thread. `is_new_each_time`: an iteration is a thread.
    """

    load: Load
    on_error: OnError
    order: int
    is_same_user: bool
    is_new_each_time: bool


def compile_group(node: Node, work: Work) -> Group | None:
    """Return what a thread group says; None for one without threads."""
    load = _LOADS[node.kind](node, work)
    if load is None or load.top <= 0:
        if not work.findings.errors():
            message = "the thread group has no threads, or no time; it is left out"
            work.findings.note("no-threads", message, node.origin)
        return None
    written = (work.texts.settled(node.text("ThreadGroup.on_sample_error", "continue"), node.origin) or "").lower()
    if written not in ON_ERROR:
        message = f"on_sample_error is {written[:40]!r}, which is none of {', '.join(ON_ERROR)}; the thread goes on"
        work.findings.warn("invalid-value", message, node.origin.at("on_sample_error"))
    return Group(
        load,
        ON_ERROR.get(written),
        {"SetupThreadGroup": -1, "PostThreadGroup": 1}.get(node.kind, 0),
        flag(node, "ThreadGroup.same_user_on_next_iteration", work, default=True),
        node.kind == "OpenModelThreadGroup",
    )
