"""A load in a few words, for summaries and reports."""

from __future__ import annotations

from penstock.model.load import Load
from penstock.model.thresholds import NUMBERS, SHARES, Measure


def in_words(load: Load) -> str:
    """Return the load without its duration: `20 users`, `100 starts a second (poisson), at most 1,000 users`."""
    users = f"{load.peak:,} user{'' if load.peak == 1 else 's'}"
    if load.model == "arrivals":
        words = f"{_rate(load.top, 'start')} ({load.spacing}), at most {users}"
    elif load.model == "requests":
        words = f"{_rate(load.top, 'request')} over {users}"
    elif load.goal is not None:
        goal = load.goal
        kept = "kept once reached" if goal.stays_at_goal else f"looked at every {goal.every_s:g} s"
        low, high = (_value(goal.measure, border) for border in (goal.low, goal.high))
        users = f"{goal.least_users:,} to {_number(goal.most_users, 'user')}"
        words = f"{users}, seeking {goal.measure} from {low} to {high} ({kept})"
    else:
        words = users
    if load.iterations_per_user is not None:
        words += f", {_number(load.iterations_per_user, 'iteration')} each"
    if load.iterations_total is not None:
        words += f", {_number(load.iterations_total, 'iteration')} in all"
    if load.pacing_s > 0:
        words += f", one every {load.pacing_s:g} s"
    return words


def _rate(level: float, what: str) -> str:
    """Say a rate a second, or a minute where it is slower than one a second."""
    if level >= 1 or level <= 0:
        return (
            f"{level:,.4g} {what}{'' if level == 1 else 's'} a second"
            if level < 10_000
            else (f"{level:,.0f} {what}s a second")
        )
    return f"{level * 60:,.4g} {what}s a minute"


def _value(measure: Measure, value: float) -> str:
    """Say what a measure may be in the unit that people write it in."""
    if measure.kind in ("metric", "counter"):
        return f"{value:,.10g}"
    if measure.metric in SHARES:
        return f"{value * 100:.10g}%"
    if measure.metric in NUMBERS:
        return f"{value:,.10g}{'/s' if measure.metric == 'rate' else ''}"
    return f"{value:,.10g} s" if value >= 1 else f"{value * 1000:.10g} ms"


def _number(count: int, what: str) -> str:
    return f"{count:,} {what}{'' if count == 1 else 's'}"
