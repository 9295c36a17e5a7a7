"""Changing a load after it was written: other levels, another duration, another ramp. Pure arithmetic on phases."""

from __future__ import annotations

from dataclasses import replace

from penstock.errors import InvalidInput
from penstock.model.limits import HIGHEST_RATE, LONGEST_S, MOST_USERS
from penstock.model.load import Load, Phase


def with_users(load: Load, users: int) -> Load:
    """Scale all levels so that the peak becomes `users`; the shape over time stays.

    Of a rate of requests it is the number of users that is changed. Raises `InvalidInput` for less than one user or
    more than a million, and for a rate of starts, which has no number of users.
    """
    if not 1 <= users <= MOST_USERS:
        raise InvalidInput(f"users: {users} is not between 1 and {MOST_USERS:,}")
    if load.model == "requests":
        return replace(load, max_users=users)
    if load.model == "arrivals":
        raise InvalidInput("users: the load is a rate of starts; give --rate, and --max-users for the limit")
    return _scaled(load, float(users))


def with_rate(load: Load, rate: float) -> Load:
    """Scale a rate so that its highest level becomes `rate` a second.

    Raises `InvalidInput` for a rate that is not positive or over a million.
    """
    if not 0 < rate <= HIGHEST_RATE:
        raise InvalidInput(f"rate: {rate:,.10g} a second is not more than 0 and at most {HIGHEST_RATE:,.0f}")
    return _scaled(load, rate)


def _scaled(load: Load, level: float) -> Load:
    top = load.top or level

    def scaled(before: float) -> float:
        return before * level / top  # in this order the peak comes out exact

    return replace(load, phases=tuple(Phase(scaled(p.start), scaled(p.end), p.duration_s) for p in load.phases))


def copied(load: Load, times: int) -> Load:
    """Return so many of the load together: as many times the users, starts and iterations."""
    if times == 1:
        return load
    return replace(
        load,
        phases=tuple(Phase(times * each.start, times * each.end, each.duration_s) for each in load.phases),
        iterations_total=None if load.iterations_total is None else times * load.iterations_total,
        max_users=None if load.max_users is None else times * load.max_users,
    )


def cut(load: Load, longest_s: float) -> Load:
    """Leave out what comes after `longest_s`; what is before it stays as it is, ramps included.

    Raises `InvalidInput` for a duration that is not positive.
    """
    if longest_s <= 0:
        raise InvalidInput(f"duration: {longest_s:g} s is not more than 0")
    phases: list[Phase] = []
    left_s = longest_s
    for phase in load.phases:
        if phase.duration_s > left_s:
            level = phase.start + (phase.end - phase.start) * left_s / phase.duration_s
            return replace(load, phases=(*phases, Phase(phase.start, level, left_s)) if left_s else tuple(phases))
        phases.append(phase)
        left_s -= phase.duration_s
    return load


def with_duration(load: Load, duration_s: float) -> Load:
    """Make the whole load last `duration_s`.

    Shorter: every phase is shortened in proportion, ramps included. Longer: the last phase goes on at its level.
    Raises `InvalidInput` for a duration that is not positive or longer than 31 days.
    """
    if not 0 < duration_s <= LONGEST_S:
        raise InvalidInput(f"duration: {duration_s:,.10g} s is not more than 0 and at most 31 days")
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
    """Replace the shape by one linear ramp to the highest level, then that level; the duration stays.

    Raises `InvalidInput` for a ramp that is negative or longer than the load.
    """
    total = load.duration_s
    if not 0 <= ramp_up_s <= total:
        raise InvalidInput(f"ramp-up: {ramp_up_s:g} s is not between 0 and the duration of {total:g} s")
    top = load.top
    ramp = (Phase(0.0, top, ramp_up_s),) if ramp_up_s else ()
    rest = (Phase(top, top, total - ramp_up_s),) if total > ramp_up_s else ()
    return replace(load, phases=ramp + rest)


def with_warm_up(load: Load, warm_up_s: float) -> Load:
    """Put a rise from 0 to the level at which the load begins before it; one that begins at 0 only begins later."""
    first = next((phase.start for phase in load.phases if phase.duration_s > 0), 0.0)
    return replace(load, phases=(Phase(0.0, first, warm_up_s), *load.phases)) if warm_up_s > 0 else load


def with_iterations(load: Load, iterations: int) -> Load:
    """Let each user end after so many iterations.

    Raises `InvalidInput` for less than one.
    """
    if iterations < 1:
        raise InvalidInput(f"iterations: {iterations} is less than 1")
    return replace(load, iterations_per_user=iterations)


def with_total_iterations(load: Load, iterations: int) -> Load:
    """Let all users together start so many iterations.

    Raises `InvalidInput` for less than one.
    """
    if iterations < 1:
        raise InvalidInput(f"total iterations: {iterations} is less than 1")
    return replace(load, iterations_total=iterations)


def parted(total: int, parts: tuple[float, ...]) -> tuple[int, ...]:
    """Divide a whole number in proportion to `parts`, exactly: what is left over goes to the largest remainders."""
    whole = sum(parts)
    exact = [total * part / whole for part in parts]
    shares = [int(share) for share in exact]
    by_remainder = sorted(range(len(parts)), key=lambda place: shares[place] - exact[place])
    for place in by_remainder[: total - sum(shares)]:
        shares[place] += 1
    return tuple(shares)
