"""Functions that the importer writes itself, where JMeter has an element and no function: counters, shares, pauses.

They stand in expressions as calls whose names begin with `#`, and get the variables of the user and the values of their
arguments. What they keep is in the variables where it is the user's own; what is kept here is shared by all users of an
agent, as in one engine of JMeter.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from random import Random
from urllib.parse import unquote_plus

from penstock.program.values.dialect import EvaluationFailed, RunFacts, Variables
from penstock.program.values.jmeter.pauses import Pauses
from penstock.program.values.jmeter.stages import Stages
from penstock.program.values.jmeter.wholes import formatted, whole

Function = Callable[[Variables, list[str]], str]

_UNRESERVED = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.*")
_TRUTH = {True: "true", False: "false"}


class State:
    """What the functions of one agent keep."""

    def __init__(self, random: Random) -> None:
        self._random = random
        self.users_apart = 1
        self._pauses = Pauses(random)
        self._stages = Stages()
        self._once: dict[str, str] = {}
        self._counts: dict[str, int] = {}

    def told(self, facts: RunFacts) -> None:
        """Take note of the run: of a rate, an agent keeps its share."""
        self._pauses.agents = max(1, facts.agents)
        self.users_apart = facts.users_apart

    def functions(self) -> dict[str, Function]:
        """Return the functions by name."""
        return {
            "#address": lambda _, given: _address(given[0], given[1]),
            "#choose": lambda _, given: _chosen(given[0], given[1:]),
            "#clock": lambda _, _given: repr(time.monotonic()),
            "#count": self._count,
            "#draw": lambda _, given: str(self._random.randrange(int(given[0]))),
            "#each": lambda variables, given: variables.get(f"{given[0]}{given[1]}{given[2]}", ""),
            "#each_again": lambda variables, given: variables.get(f"{given[0]}{given[1]}{given[2]}", given[3]),
            "#each_left": _each_left,
            "#first": _first,
            "#form_encode": lambda _, given: form_encode(given[0], given[1]),
            "#form_again": lambda _, given: form_encode(unquote_plus(given[0], given[1], "replace"), given[1]),
            "#gone": lambda _, given: self._stages.gone(given[0]),
            "#head": lambda _, given: given[0].partition(",")[0],
            "#here": lambda _, given: self._stages.here(given[0]),
            "#is": lambda _, given: _TRUTH[given[0] == given[1]],
            "#is_left": lambda _, given: _TRUTH[whole(given[0]) != 0],
            "#is_over": lambda _, given: _TRUTH[self._stages.is_over(given[0])],
            "#join": lambda _, given: "".join(given),
            "#less": lambda _, given: str(whole(given[0]) - 1),
            "#may_stay": lambda _, given: _TRUTH[self._stages.may_stay(given[0])],
            "#more": lambda _, given: str(whole(given[0]) + 1),
            "#once": lambda _, given: self._once.setdefault(given[0], given[1]),
            "#percent": self._percent,
            "#quota": self._quota,
            "#random_whole": self._random_whole,
            "#shuffle": lambda _, given: ",".join(self._shuffled(int(given[0]))),
            "#stop": lambda _, given: self._stages.stop(given[0]),
            "#sum": lambda _, given: f"{sum(max(0.0, _number(each)) for each in given):.3f}",
            "#sum_whole": lambda _, given: str(sum(whole(each, blank=0) for each in given)),
            "#tail": lambda _, given: given[0].partition(",")[2],
            "#turn": self._turn,
            "#within": lambda _, given: _TRUTH[time.monotonic() - _number(given[0]) < _number(given[1])],
            **self._pauses.functions(),
        }

    def _next(self, variables: Variables, name: str, whose: str) -> int:
        """Return how often this was asked before: by the user, or by all."""
        if whose == "own":
            before = int(variables.get(name, "0"))
            variables[name] = str(before + 1)
            return before
        before = self._counts.get(name, 0)
        self._counts[name] = before + 1
        return before

    def _turn(self, variables: Variables, given: list[str]) -> str:
        name, whose, of = given
        return str(self._next(variables, f"{name} turns", whose) % int(of))

    def _percent(self, variables: Variables, given: list[str]) -> str:
        """Let through so many of a hundred passes, evenly."""
        name, whose, percent = given
        passes = self._next(variables, f"{name} passes", whose) + 1
        done = f"{name} done"
        before = int(variables.get(done, "0")) if whose == "own" else self._counts.get(done, 0)
        if passes * _number(percent) / 100.0 - before <= 0.5:  # the nearer of the two shares, as JMeter decides it
            return "false"
        self._next(variables, done, whose)
        return "true"

    def _quota(self, variables: Variables, given: list[str]) -> str:
        name, whose, most = given
        return _TRUTH[self._next(variables, name, whose) < whole(most)]

    def _count(self, variables: Variables, given: list[str]) -> str:
        """Return the next number from start to end, then from the start again."""
        name, whose, start, end, step, form = given
        first, last, by = whole(start, blank=0), whole(end, blank=2**63 - 1), whole(step, blank=1)
        before = self._next(variables, f"#count {name}", whose)
        if by > 0:
            before %= max(0, (last - first) // by) + 1
        return formatted(first + by * before, form)

    def _random_whole(self, _: Variables, given: list[str]) -> str:
        least, most = whole(given[0], blank=0), whole(given[1], blank=0)
        return formatted(self._random.randint(least, max(least, most)), given[2])

    def _shuffled(self, count: int) -> list[str]:
        places = [str(place) for place in range(count)]
        self._random.shuffle(places)
        return places


def _address(base: str, path: str) -> str:
    """Return the URL of a path that may be a whole one, or lack its slash."""
    if path.lower().startswith(("http://", "https://")):
        return path
    return f"{base}{path}" if path.startswith("/") else f"{base}/{path}"


def _first(variables: Variables, given: list[str]) -> str:
    """Say yes once, until the variable is forgotten."""
    if variables.get(given[0]):
        return "false"
    variables[given[0]] = "done"
    return "true"


def _each_left(variables: Variables, given: list[str]) -> str:
    prefix, joint, place, end = given
    if end.strip() and whole(place) > whole(end):
        return "false"
    return _TRUTH[f"{prefix}{joint}{place}" in variables]


def _chosen(value: str, names: list[str]) -> str:
    """Return the place of the child that a value counts, names or leaves to the default; none is past the last."""
    wanted = value.strip()
    if wanted.isdigit():
        return wanted if int(wanted) < len(names) else "0"
    if wanted in names:
        return str(names.index(wanted))
    if not wanted:
        return "0"
    lower = [name.strip().lower() for name in names]
    return str(lower.index("default")) if "default" in lower else "-1"


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


def _number(text: str) -> float:
    try:
        return float(text.strip() or "0")
    except ValueError:
        raise EvaluationFailed(f"{text[:60]!r} is not a number") from None
