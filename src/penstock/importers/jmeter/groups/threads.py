"""JMeter's own thread group: so many threads, started one after the other, each for so many iterations or so long."""

from __future__ import annotations

from penstock.importers.jmeter.groups.lines import ramp
from penstock.importers.jmeter.numbers import flag, number, whole
from penstock.importers.jmeter.parse import Node
from penstock.importers.jmeter.work import Work
from penstock.model import Load
from penstock.model.limits import LONGEST_S, MOST_USERS


def compile_threads(node: Node, work: Work) -> Load | None:
    """Return the load of a thread group; None for one that does nothing."""
    threads = whole(node, "ThreadGroup.num_threads", work, 1, most=MOST_USERS)
    ramp_s = number(node, "ThreadGroup.ramp_time", work, most=LONGEST_S)
    loops = _loops(node, work)
    delay_s = duration_s = 0.0
    is_scheduled = flag(node, "ThreadGroup.scheduler", work)
    if is_scheduled:
        delay_s = number(node, "ThreadGroup.delay", work, most=LONGEST_S / 2)
        duration_s = number(node, "ThreadGroup.duration", work, most=LONGEST_S / 2)
        _report_calendar(node, work, known=bool(duration_s))
    if not threads or loops == 0:
        return None
    if loops is None and not duration_s:
        message = "the thread group runs for ever: until it is stopped, or for as long as you say"
        work.findings.note("for-ever", message, node.origin, "give --duration", "needs attention")
    return Load(ramp(threads, delay_s, ramp_s, duration_s or LONGEST_S - delay_s), iterations_per_user=loops)


def _loops(node: Node, work: Work) -> int | None:
    """Return how many iterations a thread does; None for no limit."""
    main = node.bag("ThreadGroup.main_controller")
    if main is None:
        return 1
    usual = -1 if main.flag("LoopController.continue_forever") else 1
    loops = whole(main, "LoopController.loops", work, usual, least=-1)
    return None if loops < 0 else loops


def _report_calendar(node: Node, work: Work, *, known: bool) -> None:
    """Report start and end times of a clock on the wall, which JMeter had before version 4."""
    start, end = (node.text(f"ThreadGroup.{key}_time").strip() for key in ("start", "end"))
    if (start or end) and not known and start != end:
        message = "start and end times by the calendar have no effect"
        work.findings.warn("calendar", message, node.origin, "give --duration, and start it when you want", "dropped")
