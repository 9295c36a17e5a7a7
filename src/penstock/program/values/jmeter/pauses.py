"""Milliseconds that timers pause: drawn at random, or until the next start that a rate allows."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from random import Random

from penstock.program.values.dialect import EvaluationFailed, Variables

Function = Callable[[Variables, list[str]], str]

_PLAIN_POISSON = 500.0
"""A mean above which the normal distribution stands in for Poisson's."""


class Pauses:
    """The starts of each rate are shared by all users of an agent, which keeps one part in `agents` of the rate."""

    def __init__(self, random: Random) -> None:
        self.agents = 1
        self._random = random
        self._due: dict[str, float] = {}
        self._began: dict[str, float] = {}
        self._done: dict[str, float] = {}

    def functions(self) -> dict[str, Function]:
        """Return the functions by name."""
        return {
            "#gaussian": lambda _, given: _told(abs(self._random.gauss(0.0, 1.0) * _ms(given[0]) + _ms(given[1]))),
            "#own_throughput": self._own,
            "#poisson": lambda _, given: _told(_ms(given[1]) + self._poisson(max(0.0, _ms(given[0])))),
            "#random_throughput": self._at_random,
            "#shaped_throughput": self._shaped,
            "#throughput": self._shared,
            "#uniform": lambda _, given: _told(self._random.random() * _ms(given[0]) + _ms(given[1])),
        }

    def _poisson(self, mean: float) -> float:
        if mean > _PLAIN_POISSON:
            return max(0.0, round(self._random.gauss(mean, math.sqrt(mean))))
        limit, product, count = math.exp(-mean), self._random.random(), 0
        while product > limit:
            product *= self._random.random()
            count += 1
        return count

    def _own(self, variables: Variables, given: list[str]) -> str:
        """Keep a rate a minute of the user alone."""
        place, per_minute = given
        name, now = f"#due {place}", time.monotonic()
        rate = _ms(per_minute)
        if rate <= 0:
            return "0"
        due = max(now, float(variables.get(name, now)))
        variables[name] = repr(due + 60.0 / rate)
        return _told((due - now) * 1000)

    def _shared(self, _: Variables, given: list[str]) -> str:
        """Keep a rate a minute of all users together."""
        place, per_minute = given
        rate = _ms(per_minute) / self.agents
        return self._until(place, 60.0 / rate) if rate > 0 else "0"

    def _at_random(self, _: Variables, given: list[str]) -> str:
        """Keep a rate for a period of seconds, with starts as a Poisson process has them."""
        place, count, period_s = given
        rate = _ms(count) / max(1e-3, _ms(period_s)) / self.agents
        return self._until(place, self._random.expovariate(rate)) if rate > 0 else "0"

    def _until(self, place: str, interval_s: float) -> str:
        now = time.monotonic()
        due = max(now, self._due.get(place, now))
        self._due[place] = due + interval_s
        return _told((due - now) * 1000)

    def _shaped(self, _: Variables, given: list[str]) -> str:
        """Keep a rate a second that follows a table; behind its end nobody waits."""
        place, table = given
        rows = [tuple(map(float, row.split(","))) for row in table.split(";") if row]
        began = self._began.setdefault(place, time.monotonic())
        now_s = time.monotonic() - began
        done = self._done.get(place, 0.0) + self.agents
        self._done[place] = done
        due_s = _when_reached(rows, done)
        return "0" if due_s is None else _told((due_s - now_s) * 1000)


def _when_reached(rows: list[tuple[float, ...]], wanted: float) -> float | None:
    """Return the second at which so many starts are due; None behind the end of the table."""
    begin_s = 0.0
    for start, end, lasts_s in rows:
        area = (start + end) / 2 * lasts_s
        if wanted <= area and lasts_s > 0:
            slope = (end - start) / lasts_s
            if abs(slope) < 1e-9:
                return begin_s + wanted / start
            return begin_s + (math.sqrt(max(0.0, start * start + 2 * slope * wanted)) - start) / slope
        wanted -= area
        begin_s += lasts_s
    return None


def _told(milliseconds: float) -> str:
    return f"{max(0.0, milliseconds):.3f}"


def _ms(text: str) -> float:
    try:
        return float(text.strip() or "0")
    except ValueError:
        raise EvaluationFailed(f"{text[:60]!r} is not a number") from None
