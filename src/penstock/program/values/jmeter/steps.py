"""Functions that the importer writes itself, where JMeter has an element and no function: counters, shares, pauses.

They stand in expressions as calls whose names begin with `#`, and get the variables of the user and the values of their
arguments. What they keep here is shared by all users of an agent, as in one engine of JMeter.
"""

from __future__ import annotations

from collections.abc import Callable
from random import Random

from penstock.program.values.dialect import EvaluationFailed, Variables

Function = Callable[[Variables, list[str]], str]

_UNRESERVED = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.*")


def functions(random: Random) -> dict[str, Function]:
    """Return the functions by name."""
    del random
    return {
        "#form_encode": lambda _variables, given: form_encode(given[0], given[1]),
        "#is_left": lambda _variables, given: "true" if _whole(given[0]) != 0 else "false",
        "#join": lambda _variables, given: "".join(given),
        "#less": lambda _variables, given: str(_whole(given[0]) - 1),
        "#more": lambda _variables, given: str(_whole(given[0]) + 1),
    }


def form_encode(text: str, codec: str) -> str:
    """Return a text as Java's `URLEncoder` writes it."""
    pieces = []
    for character in text:
        if character in _UNRESERVED:
            pieces.append(character)
        elif character == " ":
            pieces.append("+")
        else:
            pieces.append("".join(f"%{byte:02X}" for byte in character.encode(codec, "replace")))
    return "".join(pieces)


def _whole(text: str) -> int:
    try:
        return int(text.strip())
    except ValueError:
        raise EvaluationFailed(f"{text[:60]!r} is not a whole number") from None
