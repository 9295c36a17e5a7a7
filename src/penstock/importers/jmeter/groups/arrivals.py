"""Groups of BlazeMeter's plug-in: a concurrency that is kept up, and arrivals at a rate."""

from __future__ import annotations

from penstock.importers.jmeter.groups.lines import MOST_PIECES, bounded, steps
from penstock.importers.jmeter.groups.table import numbers_of
from penstock.importers.jmeter.numbers import number, whole
from penstock.importers.jmeter.parse import Node
from penstock.importers.jmeter.work import Work
from penstock.model import Load, Phase
from penstock.model.limits import HIGHEST_RATE, LONGEST_S, MOST_USERS

MOST_WAITING = 10_000
"""Users of arrivals that have no limit of their own."""


def compile_concurrency(node: Node, work: Work) -> Load | None:
    """Return users who are there whatever becomes of them; after `Iterations` one is replaced by a new one."""
    unit_s = _unit_s(node, work)
    top = number(node, "TargetLevel", work, most=MOST_USERS)
    phases = _curve(node, top, unit_s, work)
    loops = whole(node, "Iterations", work)
    return Load(phases, new_users=1 / loops if loops else 0.0) if phases else None


def compile_arrivals(node: Node, work: Work) -> Load | None:
    """Return iterations that start at a rate, whatever becomes of those before."""
    unit_s = _unit_s(node, work)
    top = number(node, "TargetLevel", work, most=HIGHEST_RATE * unit_s) / unit_s
    phases = _curve(node, top, unit_s, work)
    return _arriving(node, phases, work) if phases else None


def compile_free_form(node: Node, work: Work) -> Load | None:
    """Return arrivals by a table: from one rate to another, for so long."""
    unit_s = _unit_s(node, work)
    rows = numbers_of(node, "Schedule", ("start", "end", "duration"), work)
    phases = bounded(
        tuple(Phase(start / unit_s, end / unit_s, lasts * unit_s) for start, end, lasts in rows if lasts > 0)
    )
    return _arriving(node, phases, work) if phases else None


def _arriving(node: Node, phases: tuple[Phase, ...], work: Work) -> Load:
    limit = whole(node, "ConcurrencyLimit", work, most=MOST_USERS)
    return Load(
        phases,
        model="arrivals",
        spacing="poisson",
        max_users=limit or MOST_WAITING,
        iterations_total=whole(node, "Iterations", work) or None,
    )


def _curve(node: Node, top: float, unit_s: float, work: Work) -> tuple[Phase, ...]:
    ramp_s = number(node, "RampUp", work, most=LONGEST_S) * unit_s
    hold_s = number(node, "Hold", work, most=LONGEST_S) * unit_s
    count = whole(node, "Steps", work, most=MOST_PIECES)
    return bounded(steps(top, ramp_s, count, hold_s)) if top > 0 else ()


def _unit_s(node: Node, work: Work) -> float:
    written = (work.texts.settled(node.text("Unit"), node.origin) or "").strip().upper()
    return 1.0 if written == "S" else 60.0
