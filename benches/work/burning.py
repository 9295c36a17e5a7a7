"""Work of a script's own after each response, the same for every Python client."""

from time import perf_counter

BURN_S = 0.0003
"""50 users that each take this long after a response need 15 ms a round: three times what the server takes."""


def burn() -> int:
    """Keep the core busy for `BURN_S`; returns how many turns that were."""
    end, turns = perf_counter() + BURN_S, 0
    while perf_counter() < end:
        turns += 1
    return turns
