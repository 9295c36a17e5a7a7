"""Rows of data, one an iteration, assigned to the variables of their columns."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from itertools import count
from random import Random

from penstock.errors import InvalidInput
from penstock.model import CsvData
from penstock.program.iteration import Iteration, Operations, Waits
from penstock.program.values import Variables
from penstock.script import binding

Feed = Callable[[Variables], None]


class OutOfRows(Exception):
    """Data whose rows are used once has none left: the iteration has nothing to do."""


def compile_data(data: CsvData, random: Random, index: int, of: int, journey: str = "") -> Feed:
    """Return what assigns the next row of this agent, `index` of `of`, to the users of the journey.

    Sequential rows are dealt to the agents like cards: with n agents, the agent i takes the rows i, n + i, 2n + i, …,
    so that none is handed out twice before all were, as long as the agents are equally fast. Unique rows are dealt the
    same way, and none comes again: with its last one the agent starts the journey no more.
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
    if data.pick == "fixed":
        first = dict(zip(columns, rows[0], strict=True))
        return lambda variables: variables.update(first)
    if data.pick == "unique":
        return _unique(data, index, of, journey)
    turns = count() if data.pick == "agent_sequential" else count(index, of)
    return lambda variables: variables.update(zip(columns, rows[next(turns) % total], strict=True))


def _unique(data: CsvData, index: int, of: int, journey: str) -> Feed:
    columns = data.columns
    waiting = deque(data.rows[index::of])

    def feed(variables: Variables) -> None:
        if not waiting:
            binding.recorder.retire(journey)
            raise OutOfRows(f"the rows of {data.name!r} are used up")
        variables.update(zip(columns, waiting.popleft(), strict=True))
        if not waiting:
            binding.recorder.retire(journey)

    return feed


def until_out_of_rows(body: Waits) -> Waits:
    """Return the body of an iteration that ends, well, where its data has no row left."""

    def run(iteration: Iteration) -> Operations:
        try:
            return (yield from body(iteration))
        except OutOfRows:
            return None

    return run
