"""A load that a `flow.py` says as a function of time: sampled once a second into phases, before the run."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from pathlib import Path
from typing import Any

from penstock.errors import InvalidFlow
from penstock.model import Phase

LONGEST_S = 86_400
"""A function that does not end within a day is taken for one that never does."""


def phases_of(file: Path, function: Callable[[float], Any], duration_s: float | None) -> tuple[Phase, ...]:
    """Return the phases of `load(t)`: straight lines between its values at whole seconds, until it returns None.

    Raises `InvalidFlow`, with the line, for what raises, gives no level or does not end.
    """
    place = f"{file}:{function.__code__.co_firstlineno}"
    end = LONGEST_S if duration_s is None else max(1, round(duration_s))
    levels: list[float] = []
    for second in range(end + 1):
        try:
            level = function(float(second))
        except Exception as error:
            raise InvalidFlow(f"{place}: load({second}.0) raised {type(error).__name__}: {error}") from error
        if level is None:
            break
        if not isinstance(level, int | float) or not 0 <= level < float("inf"):
            raise InvalidFlow(
                f"{place}: load({second}.0) gave {level!r}; give a level of 0 or more, or None at the end"
            )
        levels.append(float(level))
    else:
        if duration_s is None:
            raise InvalidFlow(f"{place}: load never returns None, which ends it; do that, or give a duration")
    if len(levels) < 2:
        raise InvalidFlow(f"{place}: load ends at once: load({len(levels)}.0) gave None")
    return _joined([Phase(start, stop, 1.0) for start, stop in itertools.pairwise(levels)])


def _joined(phases: list[Phase]) -> tuple[Phase, ...]:
    """Put pieces of one straight line together."""
    joined: list[Phase] = []
    for phase in phases:
        before = joined[-1] if joined else None
        if before is not None and before.end == phase.start:
            slope = (before.end - before.start) / before.duration_s
            if abs(slope - (phase.end - phase.start)) < 1e-9:
                joined[-1] = Phase(before.start, phase.end, before.duration_s + 1.0)
                continue
        joined.append(phase)
    return tuple(joined)
