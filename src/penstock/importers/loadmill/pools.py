"""CSV pools: the ids are in the configuration, the rows come from the caller."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from dataclasses import replace
from pathlib import PurePosixPath

from penstock.errors import UnreadableFile
from penstock.importers.base import Files, Pool, decode_text
from penstock.importers.document import Node
from penstock.importers.loadmill.parameters import check_name_at
from penstock.importers.loadmill.texts import Texts
from penstock.model import CsvData, Origin, Pick

_SHOWN = 5
"""Uneven rows that are named one by one; of the others, how many."""


class Pools:
    """The files that the caller gives, and those beside the test that are named after a pool."""

    def __init__(self, given: tuple[Pool, ...], files: Files, pick: Pick = "random") -> None:
        self._pick = pick
        self._named = {pool.id: pool for pool in given if pool.id is not None}
        self._unnamed = [pool for pool in given if pool.id is None]
        self._files = files
        self._used: set[str] = set()
        self._read: dict[str, CsvData | None] = {}

    @property
    def data(self) -> tuple[CsvData, ...]:
        """All tables that were read."""
        return tuple(table for table in self._read.values() if table is not None)

    def of(self, node: Node | None, texts: Texts) -> tuple[CsvData, ...]:
        """Return the tables of a flow. An id without a file is an error."""
        tables = []
        for element in texts.reader.elements(node):
            identity = texts.reader.text(element)
            if not identity:
                continue
            if identity not in self._read:
                pool = self._take(identity)
                if pool is None:
                    message = f"the pool {identity} is kept on the vendor's servers and has no rows here"
                    advice = f"download its CSV file there and give it with --pool {identity}=FILE.csv"
                    texts.findings.error("missing-pool", message, element.origin, advice)
                self._read[identity] = None if pool is None else self._table(pool, identity, texts)
            table = self._read[identity]
            if table is not None:
                tables.append(table)
                texts.assign_all(table.columns)
        return tuple(tables)

    def report_unused(self, texts: Texts) -> tuple[CsvData, ...]:
        """Find the files that no pool asks for; return the tables of those that are used all the same."""
        tables = []
        for identity in self._named.keys() - self._used:
            message = f"no pool of the configuration has the id {identity}"
            origin = Origin(f"--pool {identity}")
            texts.findings.error("unknown-pool", message, origin, "leave out the id, or correct it")
        for pool in self._unnamed:
            message = "the configuration names no pool for this file; its columns are set all the same"
            texts.findings.note("extra-pool", message, Origin(pool.file_name), effect="approximated")
            table = read_csv(pool, texts, self._pick)
            if table is not None:
                tables.append(table)
                texts.assign_all(table.columns)
        return tuple(tables)

    def _take(self, identity: str) -> Pool | None:
        self._used.add(identity)
        if identity in self._named:
            return self._named[identity]
        for name in self._files.names:
            if PurePosixPath(name).name.lower() == f"{identity.lower()}.csv":
                return Pool(identity, name, self._files.read(name))
        return self._unnamed.pop(0) if self._unnamed else None

    def _table(self, pool: Pool, identity: str, texts: Texts) -> CsvData | None:
        table = read_csv(pool, texts, self._pick)
        if table is not None and any(table.name == other.name for other in self.data):
            return replace(table, name=f"{table.name} ({identity})")  # two files of one name, in different folders
        return table


def read_csv(pool: Pool, texts: Texts, pick: Pick = "random") -> CsvData | None:
    """Return the rows of a CSV file, the first one being the names; None when there are none, which is a finding."""
    origin = Origin(pool.file_name)
    try:
        rows = list(_rows(_text(pool, texts)))
    except csv.Error as error:
        texts.findings.error("unreadable-pool", f"the CSV file cannot be read: {error}", origin)
        return None
    if len(rows) < 2:
        message = "the CSV file has no rows" if rows else "the CSV file is empty"
        texts.findings.error("empty-pool", message, origin, "the first row holds the names, each further one a set")
        return None
    columns = tuple(name.strip() for name in rows[0][1])
    if len(set(columns)) != len(columns):
        texts.findings.error("invalid-name", "row 1: a name is given to two columns", origin)
        return None
    fitting = [check_name_at(name, Origin(pool.file_name, "row 1", 1), texts) for name in columns]
    if not all(fitting):
        return None
    return CsvData(pool.file_name, columns, _evened(rows[1:], len(columns), origin, texts), pick)


def _text(pool: Pool, texts: Texts) -> str:
    """Return the text of a file; spreadsheets of older systems write Windows-1252."""
    try:
        return decode_text(pool.content, pool.file_name)
    except UnreadableFile:
        text = pool.content.decode("cp1252", "replace")
        message = "the CSV file is not UTF-8; it is read as Windows-1252"
        texts.findings.note("not-utf-8", message, Origin(pool.file_name), "save it as UTF-8", effect="approximated")
        return text


def _rows(text: str) -> Iterator[tuple[int, list[str]]]:
    """Yield the line where each row that is not blank ends, and its cells."""
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    for row in reader:
        if row and row != [""]:
            yield reader.line_num, row


def _evened(rows: list[tuple[int, list[str]]], width: int, origin: Origin, texts: Texts) -> tuple[tuple[str, ...], ...]:
    uneven = 0
    out = []
    for number, (line, row) in enumerate(rows, 2):
        if len(row) != width:
            uneven += 1
            if uneven <= _SHOWN:
                fate = "the missing ones are empty" if len(row) < width else "the last ones are cut"
                message = f"row {number}: {len(row)} values for {width} columns; {fate}"
                texts.findings.warn("uneven-row", message, Origin(origin.file, "", line))
        out.append(tuple((*row, *[""] * width)[:width]))
    if uneven > _SHOWN:
        texts.findings.warn("uneven-row", f"{uneven - _SHOWN} more rows do not fit the columns", origin)
    return tuple(out)
