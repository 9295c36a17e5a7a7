"""Thread groups as populations: how many users, when, and how often each does the journey."""

from __future__ import annotations

from penstock.importers.jmeter.numbers import flag, number, whole
from penstock.importers.jmeter.parse import Node
from penstock.importers.jmeter.work import Work
from penstock.model import Load, Phase
from penstock.model.limits import LONGEST_S

KINDS = frozenset({"ThreadGroup"})


def compile_load(node: Node, work: Work) -> Load:
    """Return the load of a thread group."""
    threads = whole(node, "ThreadGroup.num_threads", work, 1, most=1_000_000)
    ramp_s = number(node, "ThreadGroup.ramp_time", work, most=LONGEST_S)
    loops = _loops(node, work)
    delay_s = duration_s = 0.0
    if flag(node, "ThreadGroup.scheduler", work):
        delay_s = number(node, "ThreadGroup.delay", work, most=LONGEST_S)
        duration_s = number(node, "ThreadGroup.duration", work, most=LONGEST_S)
    lasts_s = duration_s or LONGEST_S - delay_s
    return Load(ramp(threads, delay_s, ramp_s, lasts_s), iterations_per_user=loops)


def ramp(threads: float, delay_s: float, ramp_s: float, lasts_s: float) -> tuple[Phase, ...]:
    """Return nobody for a while, then a straight rise, then all of them; the last two last `lasts_s` together."""
    phases = [Phase(0, 0, delay_s)] if delay_s else []
    rising_s = min(ramp_s, lasts_s)
    if rising_s:
        phases.append(Phase(0, threads * rising_s / ramp_s, rising_s))
    if lasts_s > rising_s:
        phases.append(Phase(threads, threads, lasts_s - rising_s))
    return tuple(phases)


def _loops(node: Node, work: Work) -> int | None:
    """Return how many iterations a thread does; None for no limit."""
    main = node.bag("ThreadGroup.main_controller")
    if main is None:
        return 1
    loops = whole(
        main, "LoopController.loops", work, -1 if main.flag("LoopController.continue_forever") else 1, least=-1
    )
    return None if loops < 0 else loops or 1
