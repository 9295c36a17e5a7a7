"""Work of a script's own after each response, the same for every Python client."""

from time import thread_time

BURN_S = 0.0003
"""50 users that each take so much CPU after a response need 15 ms a round: three times what the server takes."""


def burn() -> int:
    """Use `BURN_S` of CPU, however long that takes; returns how many turns that were."""
    end, turns = thread_time() + BURN_S, 0
    while thread_time() < end:
        turns += 1
    return turns
