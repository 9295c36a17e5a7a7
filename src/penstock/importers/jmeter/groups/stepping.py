"""Stepping Thread Group (`kg.apc`): users come in batches, stay, and go in batches."""

from __future__ import annotations

from penstock.importers.jmeter.groups.lines import MOST_PIECES, bounded
from penstock.importers.jmeter.numbers import number, whole
from penstock.importers.jmeter.parse import Node
from penstock.importers.jmeter.work import Work
from penstock.model import Load, Phase
from penstock.model.limits import LONGEST_S, MOST_USERS


def compile_stepping(node: Node, work: Work) -> Load | None:
    """Return the load of the group.

    It waits; a first batch starts over the ramp-up time, and each next one when the one before has been there for the
    period; with all there it holds, then batches leave at once, a period apart.
    """
    top = whole(node, "ThreadGroup.num_threads", work, 1, most=MOST_USERS)
    delay_s = number(node, "Threads initial delay", work, most=LONGEST_S)
    batch = whole(node, "Start users count", work) or top
    first = min(whole(node, "Start users count burst", work) or batch, top)
    period_s = number(node, "Start users period", work, most=LONGEST_S)
    rise_s = number(node, "rampUp", work, most=LONGEST_S)
    hold_s = number(node, "flighttime", work, most=LONGEST_S)
    leaving = whole(node, "Stop users count", work) or top
    leave_s = number(node, "Stop users period", work, most=LONGEST_S)
    if not top:
        return None
    if top / batch > MOST_PIECES or top / leaving > MOST_PIECES:
        work.findings.error("invalid-value", f"more than {MOST_PIECES:,} steps", node.origin, "take larger batches")
        return None
    phases = [Phase(0, 0, delay_s)] if delay_s else []
    level = 0
    while level < top:
        reached = first if not level else min(level + batch, top)
        if rise_s:
            phases.append(Phase(level, reached, rise_s))
        if period_s and reached < top:
            phases.append(Phase(reached, reached, period_s))
        level = reached
    phases.append(Phase(top, top, hold_s))
    while leave_s and level > leaving:
        level -= leaving
        phases.append(Phase(level, level, leave_s))
    return Load(bounded(tuple(phase for phase in phases if phase.duration_s > 0)))
