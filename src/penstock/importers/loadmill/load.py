"""How much load: the vendor's four numbers as phases."""

from __future__ import annotations

from penstock.importers.loadmill.reading import Members
from penstock.importers.loadmill.texts import Texts
from penstock.model import Load, Phase, Step, Think

_DURATION_MS = 60_000.0
_RAMP_UP_MS = 60_000.0
_ITERATION_DELAY_MS = 1000.0
_LARGE = 2**52


def compile_load(members: Members, steps: tuple[Step, ...], texts: Texts, timeout_s: float) -> Load:
    """Return the ramp from nothing to all users, and the plateau until the duration is over.

    An iteration that runs at the end is finished, for as long as its pauses and one timeout take.
    """
    reader = texts.reader
    if "rps" in members and members["rps"].value not in (None, "", 0):
        message = "a rate of requests is not available yet: only a number of users can be held"
        texts.findings.error("not-available", message, members["rps"].origin, "give concurrency instead")
    duration_ms = _positive("duration", members, texts, _DURATION_MS)
    users = _positive("concurrency", members, texts, 1.0)
    iterations = reader.number(members.get("maxIterations"))
    pause_ms = reader.number(members.get("iterationDelay")) or _ITERATION_DELAY_MS
    reader.limit(members.get("duration"), duration_ms, 60_000, 86_400_000)
    reader.limit(members.get("concurrency"), users, 1, 100_000)
    reader.limit(members.get("maxIterations"), iterations, 5, _LARGE)
    reader.limit(members.get("iterationDelay"), pause_ms, 500, 120_000)
    ramp_ms = _ramp_up(members, duration_ms, users, texts)
    phases = [Phase(0.0, users, ramp_ms / 1000), Phase(users, users, (duration_ms - ramp_ms) / 1000)]
    thinks_s = sum(step.nominal_s for step in steps if isinstance(step, Think))
    return Load(
        phases=tuple(phase for phase in phases if phase.duration_s > 0),
        iterations_per_user=int(iterations) if iterations else None,
        pause_s=pause_ms / 1000,
        grace_s=timeout_s + thinks_s,
    )


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
