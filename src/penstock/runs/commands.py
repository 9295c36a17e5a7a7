"""What can be asked of a run that is under way, and how people write it.

users=50   rate=100   rate=600/m   users=+10   users=-10%   pause   resume   stop
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from penstock.errors import InvalidInput
from penstock.model.timeline import parse_rate

Unit = Literal["users", "rate"]
FORMS = "users=50, rate=100, users=+10, rate=-10%, pause, resume, stop or status"

STOP_GRACE_S = 30.0
"""How long iterations may go on after a stop that says nothing else."""


@dataclass(frozen=True, slots=True)
class SetLevel:
    """Another level of a population (None: of the only one), from now to the end of the load.

    `change` says what `amount` is: the level itself (`to`), or by how much it changes (`by`; `by-share`: as a share).
    """

    unit: Unit
    amount: float
    change: Literal["to", "by", "by-share"] = "to"
    population: str | None = None


@dataclass(frozen=True, slots=True)
class Pause:
    """Let nothing begin until it is resumed."""


@dataclass(frozen=True, slots=True)
class Resume:
    """End a pause."""


@dataclass(frozen=True, slots=True)
class Stop:
    """End the run; what runs may go on for `grace_s` (0: it is cut at once)."""

    grace_s: float = STOP_GRACE_S


Command = SetLevel | Pause | Resume | Stop


def parse_level(text: str, population: str | None = None) -> SetLevel:
    """Read `users=50` and the like. Raises `InvalidInput` with the forms that are understood."""
    match = re.fullmatch(r"(?P<unit>users|rate)=(?P<sign>[+-]?)(?P<amount>[^%+-]+)(?P<percent>%?)", text.strip())
    if match is None:
        raise InvalidInput(f"{text!r} is not understood; write {FORMS}")
    unit: Unit = "users" if match["unit"] == "users" else "rate"
    sign, percent = match["sign"], bool(match["percent"])
    amount = parse_rate(match["amount"])
    if percent and not sign:
        raise InvalidInput(f"{text!r}: a share is by how much it changes; write {unit}=+10% or {unit}=-10%")
    if unit == "users" and not percent and amount != int(amount):
        raise InvalidInput(f"{text!r}: users come whole")
    if percent:
        return SetLevel(unit, (-amount if sign == "-" else amount) / 100, "by-share", population)
    if sign:
        return SetLevel(unit, -amount if sign == "-" else amount, "by", population)
    return SetLevel(unit, amount, "to", population)
