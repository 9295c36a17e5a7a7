"""Straight pieces of a load, put together."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

from penstock.model import Phase
from penstock.model.limits import LONGEST_S

MOST_PIECES = 10_000
"""Steps or rows of one group beyond which nobody has written it."""


def ramp(top: float, delay_s: float, ramp_s: float, lasts_s: float) -> tuple[Phase, ...]:
    """Return nothing for a while, then a straight rise, then the top; the last two last `lasts_s` together."""
    phases = [Phase(0, 0, delay_s)] if delay_s else []
    rising_s = min(ramp_s, lasts_s)
    if rising_s:
        phases.append(Phase(0, top * rising_s / ramp_s, rising_s))
    if lasts_s > rising_s:
        phases.append(Phase(top, top, lasts_s - rising_s))
    return tuple(phases)


def steps(top: float, ramp_s: float, count: int, hold_s: float) -> tuple[Phase, ...]:
    """Return a rise in equal steps (0: a straight one), then the top held."""
    if not ramp_s:
        rise: tuple[Phase, ...] = ()
    elif count <= 0:
        rise = (Phase(0, top, ramp_s),)
    else:
        rise = tuple(Phase(top * at / count, top * at / count, ramp_s / count) for at in range(1, count + 1))
    return (*rise, *((Phase(top, top, hold_s),) if hold_s else ()))


def added(curves: Sequence[Sequence[tuple[float, float]]]) -> tuple[Phase, ...]:
    """Return the sum of curves, each of points (seconds, level) in order; before and behind its points each is 0."""
    times = sorted({at for curve in curves for at, _ in curve} | {0.0})
    phases: list[Phase] = []
    for begin, end in itertools.pairwise(times):
        start = sum(_level(curve, begin, is_behind=True) for curve in curves)
        finish = sum(_level(curve, end, is_behind=False) for curve in curves)
        phases.append(Phase(start, finish, end - begin))
    return tuple(phases)


def _level(curve: Sequence[tuple[float, float]], at: float, *, is_behind: bool) -> float:
    """Return the level right behind a time, or right before it: they differ where a curve jumps."""
    if is_behind:
        before = [point for point in curve if point[0] <= at]
        after = [point for point in curve if point[0] > at]
    else:
        before = [point for point in curve if point[0] < at]
        after = [point for point in curve if point[0] >= at]
    if not before or not after:
        return 0.0
    (begin, low), (end, high) = before[-1], after[0]
    return low + (high - low) * (at - begin) / (end - begin)


def bounded(phases: tuple[Phase, ...]) -> tuple[Phase, ...]:
    """Return as much of the phases as the longest load may last."""
    kept: list[Phase] = []
    left_s = LONGEST_S
    for phase in phases:
        if phase.duration_s <= left_s:
            kept.append(phase)
        elif left_s > 0:
            end = phase.start + (phase.end - phase.start) * left_s / phase.duration_s
            kept.append(Phase(phase.start, end, left_s))
        left_s -= phase.duration_s
    return tuple(kept)
