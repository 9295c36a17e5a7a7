"""Rows of data, one an iteration, assigned to the variables of their columns."""

from __future__ import annotations

from collections.abc import Callable
from itertools import count
from random import Random

from penstock.errors import InvalidInput
from penstock.model import CsvData
from penstock.program.values import Variables

Feed = Callable[[Variables], None]


def compile_data(data: CsvData, random: Random, index: int, of: int) -> Feed:
    """Return what assigns the next row of this agent, `index` of `of`.

    Sequential rows are dealt to the agents like cards: with n agents, the agent i takes the rows i, n + i, 2n + i, …,
    so that none is handed out twice before all were, as long as the agents are equally fast.
    Raises `InvalidInput` for data without rows, and for a row that does not fit the columns.
    """
    rows, columns = data.rows, data.columns
    if not rows:
        raise InvalidInput(f"data {data.name!r}: there are no rows; give it at least one, or leave it out")
    for number, row in enumerate(rows, 1):
        if len(row) != len(columns):
            raise InvalidInput(f"data {data.name!r}, row {number}: {len(row)} values for {len(columns)} columns")
    total = len(rows)
    if data.pick == "random":
        return lambda variables: variables.update(zip(columns, rows[random.randrange(total)], strict=True))
    turns = count(index, of)
    return lambda variables: variables.update(zip(columns, rows[next(turns) % total], strict=True))
