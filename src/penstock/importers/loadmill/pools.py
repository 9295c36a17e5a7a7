"""CSV pools: the ids are in the configuration, the rows come from the caller."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator

from penstock.errors import UnreadableFile
from penstock.importers.base import Pool, decode_text
from penstock.importers.document import Node
from penstock.importers.loadmill.parameters import check_name
from penstock.importers.loadmill.texts import Texts
from penstock.model import CsvData, Origin

_SHOWN = 5
"""Uneven rows that are named one by one; of the others, how many."""


def compile_pools(node: Node | None, pools: tuple[Pool, ...], texts: Texts) -> tuple[CsvData, ...]:
    """Return the data of all pools. An id without a file is an error, a file without an id is used all the same."""
    files = {pool.id: pool for pool in pools if pool.id is not None}
    unnamed = [pool for pool in pools if pool.id is None]
    data: list[CsvData] = []
    for element in texts.reader.elements(node):
        identity = texts.reader.text(element)
        if not identity:
            continue
        pool = files.pop(identity, None) or (unnamed.pop(0) if unnamed else None)
        if pool is None:
            message = f"the pool {identity} is kept on the vendor's servers and has no rows here"
            advice = f"download its CSV file there and give it with --pool {identity}=FILE.csv"
            texts.findings.error("missing-pool", message, element.origin, advice)
        else:
            _add(pool, texts, data)
    for identity in files:
        message = f"no pool of the configuration has the id {identity}"
        texts.findings.error("unknown-pool", message, Origin(f"--pool {identity}"), "leave out the id, or correct it")
    for pool in unnamed:
        message = "the configuration names no pool for this file; its columns are set all the same"
        texts.findings.note("extra-pool", message, Origin(pool.file_name), effect="approximated")
        _add(pool, texts, data)
    return tuple(data)


def _add(pool: Pool, texts: Texts, data: list[CsvData]) -> None:
    read = read_csv(pool, texts)
    if read is not None:
        data.append(read)
        for column in read.columns:
            texts.assign(column)


def read_csv(pool: Pool, texts: Texts) -> CsvData | None:
    """Return the rows of a CSV file, the first one being the names; None when there are none, which is a finding."""
    origin = Origin(pool.file_name)
    try:
        rows = list(_rows(decode_text(pool.content, pool.file_name)))
    except UnreadableFile as error:
        texts.findings.error("unreadable-pool", str(error).removeprefix(f"{pool.file_name}:"), origin)
        return None
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
    fitting = [check_name(name, Origin(pool.file_name, "row 1", 1), texts) for name in columns]
    if not all(fitting):
        return None
    return CsvData(pool.file_name, columns, _evened(rows[1:], len(columns), origin, texts))


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
