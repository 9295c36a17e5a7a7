"""Rows of data, one an iteration, assigned to the variables of their columns."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from itertools import count
from random import Random

from penstock.errors import InvalidInput
from penstock.model import CsvData, TakeRow
from penstock.model.data import END
from penstock.program.iteration import Iteration, Operations, Waits
from penstock.program.values import Variables
from penstock.script import binding

Feed = Callable[[Variables], None]

Cursors = dict[CsvData, "Iterator[int] | deque[tuple[str, ...]]"]
"""How far data is read that several steps take rows of: equal data is the same data."""


class OutOfRows(Exception):
    """Data whose rows are used once has none left: the iteration has nothing to do."""


def compile_data(
    data: CsvData, random: Random, index: int, of: int, journey: str = "", cursors: Cursors | None = None
) -> Feed:
    """Return what assigns the next row of this agent, `index` of `of`, to the users of the journey.

    Sequential rows are dealt to the agents like cards: with n agents, the agent i takes the rows i, n + i, 2n + i, …,
    so that none is handed out twice before all were, as long as the agents are equally fast. Unique rows are dealt the
    same way, and none comes again: with its last one the agent starts the journey no more. With `cursors`, this goes on
    where others that were compiled with them are, and a row may be short: then the other columns stay as they were.
    Raises `InvalidInput` for data without rows, and for a row that does not fit the columns.
    """
    rows, columns = data.rows, data.columns
    if not rows:
        raise InvalidInput(f"data {data.name!r}: there are no rows; give it at least one, or leave it out")
    for number, row in enumerate(rows, 1):
        if len(row) > len(columns) or (cursors is None and len(row) < len(columns)):
            raise InvalidInput(f"data {data.name!r}, row {number}: {len(row)} values for {len(columns)} columns")
    total = len(rows)
    if data.pick == "random":
        return lambda variables: variables.update(zip(columns, rows[random.randrange(total)], strict=True))
    if data.pick == "fixed":
        first = dict(zip(columns, rows[0], strict=True))
        return lambda variables: variables.update(first)
    if data.pick == "user_sequential":
        return _by_user(data)
    kept = {} if cursors is None else cursors
    if data.pick in ("unique", "marked_end"):
        waiting = kept.setdefault(data, deque(rows[index::of]))
        assert isinstance(waiting, deque)  # noqa: S101 — data of this pick has no other
        return _unique(data, waiting, journey) if data.pick == "unique" else _marked(data, waiting)
    turns = kept.setdefault(data, count() if data.pick == "agent_sequential" else count(index, of))
    assert not isinstance(turns, deque)  # noqa: S101 — data of these picks has no other
    return lambda variables: variables.update(zip(columns, rows[next(turns) % total], strict=False))


def _by_user(data: CsvData) -> Feed:
    """Return what keeps the place of a user among its variables, by a name that no test can give one."""
    columns, rows, place = data.columns, data.rows, f"#row of {data.name}"

    def feed(variables: Variables) -> None:
        number = int(variables.get(place, "0"))
        variables[place] = str(number + 1)
        variables.update(zip(columns, rows[number % len(rows)], strict=False))

    return feed


def _marked(data: CsvData, waiting: deque[tuple[str, ...]]) -> Feed:
    columns = data.columns
    end = dict.fromkeys(columns, END)
    return lambda variables: variables.update(zip(columns, waiting.popleft(), strict=False) if waiting else end)


def _unique(data: CsvData, waiting: deque[tuple[str, ...]], journey: str) -> Feed:
    columns = data.columns

    def feed(variables: Variables) -> None:
        if not waiting:
            binding.recorder.retire(journey)
            raise OutOfRows(f"the rows of {data.name!r} are used up")
        variables.update(zip(columns, waiting.popleft(), strict=False))
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


def takes_unique(steps: object) -> bool:
    """Return whether any of the steps takes rows that are used once."""
    if isinstance(steps, tuple):
        return any(takes_unique(step) for step in steps)
    if isinstance(steps, TakeRow):
        return steps.data.pick == "unique"
    return any(takes_unique(getattr(steps, name, ())) for name in ("steps", "then", "otherwise"))
