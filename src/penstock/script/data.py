"""Data for users: rows of a CSV file, shared out to the users of all agents.

accounts = data.csv("accounts.csv", pick="unique")

async def journey(user):
    account = accounts.next()
    await http.post("/login", form=account, name="log in")
"""

from __future__ import annotations

import csv
import io
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Literal, cast, get_args

from penstock.script import binding
from penstock.script.users import StopUser

Pick = Literal["sequential", "random", "unique"]
"""How `next` picks a row: in order and round again, at random, or each row once in the whole run."""


class OutOfData(StopUser):
    """All rows of a `unique` table are used up; the user that asked for one more leaves the run."""


class Table:
    """The rows of a file. `sequential` and `unique` rows are dealt to the agents in turn, so no two share a row."""

    def __init__(self, name: str, rows: list[dict[str, str]], pick: Pick) -> None:
        self.name = name
        self.pick = pick
        self._rows = rows
        self._given = 0

    def __len__(self) -> int:
        return len(self._rows)

    def __iter__(self) -> Iterator[dict[str, str]]:
        return iter(self._rows)

    def __getitem__(self, place: int) -> dict[str, str]:
        return self._rows[place]

    def next(self) -> dict[str, str]:
        """Return the next row as a dict of column names and values.

        Raises `OutOfData`, which ends the user, when all rows of a `unique` table are used up; the counter
        `NAME: no row left` of the run says how often that was.
        """
        if self.pick == "random":
            return random.choice(self._rows)  # noqa: S311 — data needs no secrets
        index, of = binding.segment
        place = index + self._given * of
        if place >= len(self._rows) and self.pick == "unique":
            if binding.is_bound():
                binding.recorder.measure("counter", f"{self.name}: no row left", 1.0)
            raise OutOfData(f"{self.name}: all {len(self._rows)} rows are used up")
        self._given += 1
        return self._rows[place % len(self._rows)]


class Data:
    """Tables for users: `data.csv(...)`."""

    __slots__ = ()

    def csv(self, path: str | Path, *, pick: Pick = "sequential", delimiter: str = ",") -> Table:
        """Read a CSV file (UTF-8, the first line names the columns), relative to the flow.py.

        `pick` is how `next` picks a row: `sequential` (in order, then from the start again), `random`, or `unique`
        (each row once in the whole run). Call it at the top of the file: it is read once, before the load. Raises
        `ValueError` for another `pick`, and for a file without rows or with rows that do not fit its columns; `OSError`
        for a file that cannot be read.
        """
        if pick not in get_args(Pick):
            raise ValueError(f"data.csv(pick={pick!r}): write sequential, random or unique")
        file = Path(path) if Path(path).is_absolute() else Path(binding.folder) / path
        try:
            text = file.read_text("utf-8-sig")
        except UnicodeDecodeError as error:
            line = error.object[: error.start].count(b"\n") + 1
            raise ValueError(f"{file}, line {line}: this is not UTF-8; save the file in that encoding") from None
        reader = csv.DictReader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
        rows: list[dict[str, str]] = []
        for row in reader:
            if None in row or None in row.values():
                raise ValueError(f"{file}, line {reader.line_num}: the row does not fit the columns of the first line")
            rows.append(cast("dict[str, str]", row))
        if not rows:
            raise ValueError(f"{file}: there are no rows below the names of the columns")
        return Table(file.name, rows, pick)


data = Data()
