"""Data that feeds the variables of users."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Pick = Literal["random", "sequential", "agent_sequential", "unique", "fixed", "user_sequential", "marked_end"]
"""`random`: any row, each iteration anew; `sequential`: the rows in order, handed out once over all users of
all agents, then from the start again; `agent_sequential`: the rows in order, by each agent for itself; `unique`: each
row once over all agents, and when they are used up no iteration of the journey is started any more; `fixed`: always
the first row; `user_sequential`: the rows in order, by each user for itself; `marked_end`: each row once over all
agents, and when they are used up every column holds `END` for ever after."""

END = "<EOF>"
"""What columns hold behind the last row where that is told by a value."""


@dataclass(frozen=True, slots=True)
class CsvData:
    """Rows of a CSV file, one an iteration; the columns become variables.

    The rows travel with the scenario: `columns` are the names, `rows` the values as text. `name` is how
    reports and the source call the data.
    """

    name: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    pick: Pick = "random"
