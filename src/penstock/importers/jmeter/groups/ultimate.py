"""Ultimate Thread Group (`kg.apc`): rows of a table, each so many threads that come, stay and go; all add up."""

from __future__ import annotations

from penstock.importers.jmeter.groups.lines import MOST_PIECES, added, bounded
from penstock.importers.jmeter.groups.table import numbers_of
from penstock.importers.jmeter.parse import Node
from penstock.importers.jmeter.work import Work
from penstock.model import Load

_ROWS = "ultimatethreadgroupdata"
_COLUMNS = ("threads", "initial delay", "startup time", "hold load", "shutdown time")


def compile_ultimate(node: Node, work: Work) -> Load | None:
    """Return the load of the group."""
    rows = numbers_of(node, _ROWS, _COLUMNS, work)
    if len(rows) > MOST_PIECES / 10:
        work.findings.error("invalid-value", f"more than {MOST_PIECES // 10:,} rows", node.origin)
        return None
    curves = []
    for threads, delay_s, startup_s, hold_s, shutdown_s in rows:
        full_s = delay_s + startup_s
        over_s = full_s + hold_s
        curves.append([(delay_s, 0.0), (full_s, threads), (over_s, threads), (over_s + shutdown_s, 0.0)])
    phases = bounded(added(curves)) if curves else ()
    return Load(phases) if any(phase.duration_s for phase in phases) else None
