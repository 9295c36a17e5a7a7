"""Timers: all in scope are added up to one pause before each sampler."""

from __future__ import annotations

from collections.abc import Sequence

from penstock.importers.jmeter.parse import Node
from penstock.importers.jmeter.work import Work
from penstock.model import Step, Think


def compile_timers(nodes: Sequence[Node], work: Work) -> tuple[Step, ...]:
    """Return the pause before a sampler."""
    seconds = 0.0
    for node in nodes:
        known = work.texts.settled(node.text("ConstantTimer.delay", "0"), node.origin)
        seconds += float(known or 0) / 1000
    return (Think(seconds, seconds, nodes[0].origin),) if seconds else ()
