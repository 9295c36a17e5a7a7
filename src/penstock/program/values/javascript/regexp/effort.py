"""How much work a pattern may cause, by its shape alone.

Backtracking engines can take exponential time. Watching the clock costs about a microsecond a call, so patterns
that cannot take long on a text of a given length are run without.
"""

from __future__ import annotations

from penstock.program.values.javascript.regexp.nodes import (
    Characters,
    Choice,
    Group,
    Look,
    NamedReference,
    Node,
    Reference,
    Repeat,
    Sequence,
)

_STEPS = 300_000
_ENDLESS = 10**9


def harmless_length(node: Node) -> int:
    """Return the length of text up to which the pattern is done within some milliseconds; 0: never sure."""
    loops, branches = _measure(node)
    if branches > _STEPS:
        return 0
    # Every start position times every way to divide the text among the loops.
    return int((_STEPS / branches) ** (1 / (loops + 1)))


def _measure(node: Node) -> tuple[int, int]:
    """Return the number of endless loops, and the product of all other alternatives."""
    match node:
        case Repeat(Characters(), _, None, _):
            return 1, 1
        case Repeat(Characters(), least, int(most), _):
            return 0, most - least + 1
        case Repeat(inner, 0, 1, _):
            loops, branches = _measure(inner)
            return loops, min(branches + 1, _ENDLESS)
        case Repeat() | Reference() | NamedReference():
            return 0, _ENDLESS
        case Look(inner) | Group(inner):
            return _measure(inner)
        case Sequence(nodes):
            loops, branches = 0, 1
            for inner in nodes:
                more_loops, more_branches = _measure(inner)
                loops, branches = loops + more_loops, min(branches * more_branches, _ENDLESS)
            return loops, branches
        case Choice(nodes):
            measures = [_measure(inner) for inner in nodes]
            return max(loops for loops, _ in measures), min(sum(branches for _, branches in measures), _ENDLESS)
        case _:
            return 0, 1
