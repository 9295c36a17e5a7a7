"""The load of the double: when users are wanted, when starts are due, which journey comes next.

Read as users, user k is wanted while the line is above k. Read as a rate, start k is due when the area under the line
reaches k. Seconds since the start of the run, as everywhere in the double.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from random import Random
from typing import Any

GOLDEN = 0x9E37_79B9_7F4A_7C15
"""2^64 divided by the golden ratio."""

ONE = 1 << 64
PLASTIC = 0.754_877_666_246_692_7
"""One over the plastic number."""

ROUNDING = 1e-6
"""So much of the last start may be missing: 100 a minute over a minute are 100."""


@dataclass(frozen=True)
class Piece:
    """A straight part of the line."""

    begin: float
    end: float
    low: float
    high: float

    def level(self, at: float) -> float:
        return self.low + (self.high - self.low) * (at - self.begin) / (self.end - self.begin)

    def area(self, at: float) -> float:
        at = min(at, self.end)
        return (at - self.begin) * (self.low + self.level(at)) / 2

    def reached(self, amount: float) -> float:
        """Return when the area of the piece is so large."""
        slope = (self.high - self.low) / (self.end - self.begin)
        root = math.sqrt(max(self.low**2 + 2 * slope * amount, 0.0))
        return self.begin + (2 * amount / (self.low + root) if self.low + root else 0.0)

    def above(self, user: int) -> tuple[float, float] | None:
        """Return when the line is above a number."""
        if self.low <= user and self.high <= user:
            return None
        if self.low > user and self.high > user:
            return self.begin, self.end
        crossing = self.begin + (user - self.low) / (self.high - self.low) * (self.end - self.begin)
        begin, end = (crossing, self.end) if self.high > user else (self.begin, crossing)
        return (begin, end) if begin < end else None


class Line:
    """The load over time."""

    def __init__(self, pieces: Sequence[Piece], end: float) -> None:
        self.pieces = pieces
        self.end = end

    @staticmethod
    def of(phases: Sequence[Mapping[str, Any]]) -> Line:
        pieces, at = [], 0.0
        for phase in phases:
            if phase["duration_s"] > 0:
                pieces.append(Piece(at, at + phase["duration_s"], phase["start"], phase["end"]))
            at += phase["duration_s"]
        return Line(pieces, at)

    @property
    def peak(self) -> int:
        return math.ceil(max((max(piece.low, piece.high) for piece in self.pieces), default=0))

    @property
    def last_level(self) -> float:
        return self.pieces[-1].high if self.pieces else 0.0

    def constant(self, level: int) -> Line:
        """Return a level from where this line leaves the ground to its end."""
        begin = next((piece.begin for piece in self.pieces if max(piece.low, piece.high) > 0), self.end)
        return Line([Piece(begin, self.end, level, level)] if begin < self.end else [], self.end)

    def with_level(self, at: float, level: float) -> Line:
        """Return the same line up to a time, and a level from then on."""
        pieces = [piece for piece in self.pieces if piece.begin < at]
        if pieces and pieces[-1].end > at:
            last = pieces[-1]
            pieces[-1] = Piece(last.begin, at, last.low, last.level(at))
        return Line([*pieces, Piece(at, self.end, level, level)] if at < self.end else pieces, self.end)

    def stay(self, user: int, at: float) -> tuple[float, float] | None:
        """Return the time in which the user is wanted: the one that holds `at`, or the next one."""
        found: tuple[float, float] | None = None
        for begin, end in filter(None, (piece.above(user) for piece in self.pieces)):
            if found is not None and found[1] == begin:
                found = (found[0], end)
            elif found is not None and found[1] > at:
                break
            else:
                found = (begin, end)
        return found if found is not None and found[1] > at else None

    def area(self) -> float:
        return sum(piece.area(piece.end) for piece in self.pieces)

    def reached(self, amount: float) -> float | None:
        """Return when the area is so large; None when it never is."""
        if amount + ROUNDING > self.area():
            return None
        for piece in self.pieces:
            area = piece.area(piece.end)
            if amount < area:
                return piece.reached(amount)
            amount -= area
        return None


class Slots:
    """When the starts of one agent are due, of an even rate or a random one."""

    def __init__(self, load: Mapping[str, Any], index: int, of: int, random: Random) -> None:
        self.of = of
        self.random = random if load["spacing"] == "poisson" else None
        self.amount = float(index) if self.random is None else random.expovariate(1) * of
        total = load["iterations_total"] if load["model"] == "arrivals" else None
        self.left = math.inf if total is None else share(total, index, of)

    def due(self, line: Line, *, goes_on: bool) -> float | None:
        """Return when the next one is; where the load `goes_on` behind its end, at its last level."""
        if self.left <= 0:
            return None
        at = line.reached(self.amount)
        if at is None and goes_on and line.last_level > 0:
            return line.end + max(self.amount - line.area(), 0.0) / line.last_level
        return at

    def advance(self) -> None:
        self.left -= 1
        self.amount += self.of * (1 if self.random is None else self.random.expovariate(1))


class Mix:
    """Which journey comes next."""

    def __init__(self, rule: str, shares: Sequence[Mapping[str, Any]]) -> None:
        self.rule = rule
        self.journeys: list[int] = [share["journey"] for share in shares]
        self.weights = [share.get("weight", 1.0) for share in shares]
        self.started: Counter[int] = Counter()
        self.retired: set[int] = set()

    @property
    def is_over(self) -> bool:
        return not any(self._is_left(place) for place in range(len(self.journeys)))

    def retire(self, journey: int) -> None:
        self.retired.update(place for place, known in enumerate(self.journeys) if known == journey)

    def journey(self, user: int, iteration: int) -> int:
        """Return the place, in the plan, of what a user does in an iteration."""
        if self.rule == "tests":
            place = self._furthest_behind()
        else:
            place = iteration % len(self.journeys) if self.rule == "sequential" else self._of_user(user)
        if place in self.retired:
            turned = [(place + step) % len(self.journeys) for step in range(len(self.journeys))]
            place = next(filter(self._is_left, turned), place)
        return self.journeys[place]

    def intervals(self) -> Iterator[tuple[int, float]]:
        """Yield the journeys of a pace, with the seconds between two of each."""
        for place, journey in enumerate(self.journeys):
            if self._is_left(place):
                yield journey, 3600 / self.weights[place]

    def _is_left(self, place: int) -> bool:
        return self.weights[place] > 0 and place not in self.retired

    def _of_user(self, user: int) -> int:
        point = user * GOLDEN % ONE / ONE * sum(self.weights)
        return place_of(self.weights, point)

    def _furthest_behind(self) -> int:
        weights = [weight * self._is_left(place) for place, weight in enumerate(self.weights)]
        made = self.started.total() + 1
        behind = {
            place: made * weight / sum(weights) - self.started[place] for place, weight in enumerate(weights) if weight
        }
        place = max(behind, key=behind.__getitem__)
        self.started[place] += 1
        return place


def place_of(weights: Sequence[float], point: float) -> int:
    """Return the place in whose part of the sum a point lies."""
    last = 0
    for place, weight in enumerate(weights):
        if weight > 0:
            last = place
            point -= weight
            if point < 0:
                break
    return last


def profile(profiles: Sequence[Mapping[str, Any]], share: float) -> Mapping[str, Any] | None:
    """Return the browser or network at a share (0 to 1) of all parts; None where there are none."""
    weights = [one["share"] for one in profiles]
    return profiles[place_of(weights, share * sum(weights))] if sum(weights) > 0 else None


def network_of(networks: Sequence[Mapping[str, Any]], user: int) -> Mapping[str, Any] | None:
    """Return the network of a user, for good."""
    return profile(networks, (user + 0.5) * PLASTIC % 1)


def share(total: int, index: int, of: int) -> int:
    """Return how many of the numbers below `total` are those of one agent."""
    return len(range(index, total, of))


def sharing(index: int, of: int, users: int) -> tuple[int, int] | None:
    """Return the segment among the agents that have any of so many users; None for one that has none."""
    of = min(users, of)
    return (index, of) if index < of else None
