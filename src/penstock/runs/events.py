"""What happened to a run from outside while it went on: who changed what, and when."""

from __future__ import annotations

from dataclasses import dataclass

MOST_EVENTS = 1000
"""So many are kept, and one that says so: a run of days may be steered by a script."""

COUNTERS = "counters"
"""Who is said to do what sources of counters do."""

READ_AGAIN = "can be read again"
"""How what is said of a source ends when nothing is wrong with it any more."""


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened `at_s` seconds after the start of the load.

    `who` did it (`ann (penstock control)`, `keyboard`, `goal`), `what` says what as half a sentence.
    """

    at_s: float
    who: str
    what: str
