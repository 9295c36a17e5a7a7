"""How much load: the vendor's four numbers as phases."""

from __future__ import annotations

import math

from penstock.importers.loadmill.reading import Members
from penstock.importers.loadmill.texts import Texts
from penstock.model import Load, Phase, Request, Step, Think

_DURATION_MS = 60_000.0
_RAMP_UP_MS = 60_000.0
_ITERATION_DELAY_MS = 1000.0
_LARGE = 2**52
_LATENCY_S = 1.0
"""The mean latency up to which a rate of requests is kept without a number of users in the file."""

_MOST_USERS = 100_000

LOAD_KEYS = frozenset(("duration", "concurrency", "rps", "rampUp", "maxIterations", "iterationDelay"))
"""The keys that make a configuration of what is else a flow."""


def compile_load(members: Members, steps: tuple[Step, ...], texts: Texts, timeout_s: float) -> Load:
    """Return the ramp from nothing to all users, and the plateau until the duration is over.

    An iteration that runs at the end is finished, for as long as its pauses and one timeout take.
    """
    reader = texts.reader
    duration_ms = _positive("duration", members, texts, _DURATION_MS)
    users = _positive("concurrency", members, texts, 1.0)
    iterations = reader.number(members.get("maxIterations"))
    pause_ms = reader.number(members.get("iterationDelay")) or _ITERATION_DELAY_MS
    reader.limit(members.get("duration"), duration_ms, 60_000, 86_400_000)
    reader.limit(members.get("concurrency"), users, 1, 100_000)
    reader.limit(members.get("maxIterations"), iterations, 5, _LARGE)
    reader.limit(members.get("iterationDelay"), pause_ms, 500, 120_000)
    ramp_ms = _ramp_up(members, duration_ms, users, texts)
    thinks_s = sum(step.nominal_s for step in steps if isinstance(step, Think))
    rate = _requests_rate(members, texts)
    level = users if rate is None else rate
    phases = [Phase(0.0, level, ramp_ms / 1000), Phase(level, level, (duration_ms - ramp_ms) / 1000)]
    sending = None if rate is None else _users_for(rate, steps, thinks_s + pause_ms / 1000, members, texts)
    return Load(
        model="users" if rate is None else "requests",
        max_users=sending,
        phases=tuple(phase for phase in phases if phase.duration_s > 0),
        iterations_per_user=int(iterations) if iterations else None,
        pause_s=pause_ms / 1000,
        grace_s=timeout_s + thinks_s,
    )


def _requests_rate(members: Members, texts: Texts) -> float | None:
    """Return the requests a second that the vendor regulates sessions to, if the file says so."""
    node = members.get("rps")
    rate = texts.reader.number(node)
    if not rate or node is None:
        return None
    if rate < 0:
        texts.findings.error("invalid-value", "rps: Cannot be less than 1", node.origin)
        return None
    texts.reader.limit(node, rate, 1, 100_000)
    return rate


def _users_for(rate: float, steps: tuple[Step, ...], waits_s: float, members: Members, texts: Texts) -> int:
    """Return how many users send a rate of requests: `concurrency` if it is there, else enough for the rate."""
    if texts.reader.number(members.get("concurrency")):
        return int(_positive("concurrency", members, texts, 1.0))
    requests = sum(isinstance(step, Request) for step in steps) or 1
    users = max(1, min(_MOST_USERS, math.ceil(rate * (waits_s / requests + _LATENCY_S))))
    message = f"the rate is sent by {users:,} users, enough for responses of up to {_LATENCY_S:g} s on average"
    advice = "give concurrency (or --users) to choose their number; starts that find no free user are counted"
    texts.findings.note("users-for-rate", message, members["rps"].origin, advice, effect="approximated")
    return users


def _positive(key: str, members: Members, texts: Texts, default: float) -> float:
    """Return a number of at least 1; whole numbers only, where people are counted."""
    node = members.get(key)
    value = texts.reader.number(node)
    if value is None or node is None:
        return default
    if value < 1:
        texts.findings.error("invalid-value", f"{key}: Cannot be less than 1", node.origin)
        return default
    if key == "concurrency" and not value.is_integer():
        texts.findings.error("invalid-value", "concurrency: Must be an integer", node.origin)
    return value


def _ramp_up(members: Members, duration_ms: float, users: float, texts: Texts) -> float:
    node = members.get("rampUp")
    given = texts.reader.number(node)
    if given is None or node is None:
        return min(_RAMP_UP_MS, duration_ms)
    if given > duration_ms:
        message = f"the ramp-up is longer than the whole load and is cut to {duration_ms / 1000:g} s"
        texts.findings.warn("ramp-cut", message, node.origin)
    if users >= 200:
        texts.reader.limit(node, given, 60_000, 86_400_000)
    return min(given, duration_ms)
