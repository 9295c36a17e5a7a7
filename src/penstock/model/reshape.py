"""Changing a load after it was written: other users, another duration, another ramp. Pure arithmetic on phases."""

from __future__ import annotations

from dataclasses import replace

from penstock.errors import InvalidInput
from penstock.model.load import Load, Phase

LONGEST_S = 31 * 86_400.0
MOST_USERS = 1_000_000


def with_users(load: Load, users: int) -> Load:
    """Scale all levels so that the peak becomes `users`; the shape over time stays.

    Raises `InvalidInput` for less than one user or more than a million.
    """
    if not 1 <= users <= MOST_USERS:
        raise InvalidInput(f"users: {users} is not between 1 and {MOST_USERS:,}")
    peak = load.peak or users

    def scaled(level: float) -> float:
        return level * users / peak  # in this order the peak comes out exact

    return replace(load, phases=tuple(Phase(scaled(p.start), scaled(p.end), p.duration_s) for p in load.phases))


def with_duration(load: Load, duration_s: float) -> Load:
    """Make the whole load last `duration_s`.

    Shorter: every phase is shortened in proportion, ramps included. Longer: the last phase goes on at its level.
    Raises `InvalidInput` for a duration that is not positive or longer than 31 days.
    """
    if not 0 < duration_s <= LONGEST_S:
        raise InvalidInput(f"duration: {duration_s:g} s is not between 0 and 31 days")
    before = load.duration_s
    if before == 0:
        last = load.phases[-1].end if load.phases else 1.0
        return replace(load, phases=(*load.phases, Phase(last, last, duration_s)))
    if duration_s <= before:
        factor = duration_s / before
        return replace(
            load, phases=tuple(replace(phase, duration_s=phase.duration_s * factor) for phase in load.phases)
        )
    last_phase = load.phases[-1]
    rest = duration_s - before
    if last_phase.start == last_phase.end:
        longer = replace(last_phase, duration_s=last_phase.duration_s + rest)
        return replace(load, phases=(*load.phases[:-1], longer))
    return replace(load, phases=(*load.phases, Phase(last_phase.end, last_phase.end, rest)))


def with_ramp_up(load: Load, ramp_up_s: float) -> Load:
    """Replace the shape by one linear ramp to the peak, then the peak; the duration stays.

    Raises `InvalidInput` for a ramp that is negative or longer than the load.
    """
    total = load.duration_s
    if not 0 <= ramp_up_s <= total:
        raise InvalidInput(f"ramp-up: {ramp_up_s:g} s is not between 0 and the duration of {total:g} s")
    peak = float(load.peak)
    ramp = (Phase(0.0, peak, ramp_up_s),) if ramp_up_s else ()
    rest = (Phase(peak, peak, total - ramp_up_s),) if total > ramp_up_s else ()
    return replace(load, phases=ramp + rest)


def with_iterations(load: Load, iterations: int) -> Load:
    """Let each user end after so many iterations.

    Raises `InvalidInput` for less than one.
    """
    if iterations < 1:
        raise InvalidInput(f"iterations: {iterations} is less than 1")
    return replace(load, iterations_per_user=iterations)
