"""CSV Data Sets: rows that become variables."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import takewhile

from penstock.errors import UnreadableFile
from penstock.importers.base import Files, Findings
from penstock.importers.jmeter import places
from penstock.importers.jmeter.charsets import codec_named
from penstock.importers.jmeter.parse import Node
from penstock.importers.jmeter.texts import Texts
from penstock.model import CsvData, Pick, Step, TakeRow
from penstock.model.data import END


@dataclass(frozen=True, slots=True)
class Table:
    """Data of the journey, and steps at the start of each pass of the controller that the data set stands in."""

    data: tuple[CsvData, ...] = ()
    steps: tuple[Step, ...] = ()


def compile_table(node: Node, files: Files, entry: str, texts: Texts, findings: Findings) -> Table:
    """Return what a CSV Data Set gives: a row at the start of each pass."""
    names = _settled(node, "variableNames", texts, findings)
    name = _settled(node, "filename", texts, findings)
    delimiter = _settled(node, "delimiter", texts, findings)
    if name is None or names is None or delimiter is None:
        return Table()
    for each in names.split(","):
        texts.sets(each.strip())
    found = places.find(files, entry, name)
    if found is None:
        message = f"the data file {name!r} is missing beside the plan"
        findings.error("file-missing", message, node.origin, "put it beside the plan")
        return Table()
    encoding = _settled(node, "fileEncoding", texts, findings) or "UTF-8"
    codec = codec_named(encoding)
    if codec is None:
        findings.error("encoding", f"the encoding {encoding!r} of {found} is not known", node.origin)
        return Table()
    delimiter = "\t" if delimiter == "\\t" else delimiter or ","
    try:
        lines = _lines(files.read(found).decode(codec, "replace"), delimiter, is_quoted=node.flag("quotedData"))
    except (UnreadableFile, csv.Error) as error:
        findings.error("csv", f"{found} cannot be read: {error}", node.origin)
        return Table()
    columns, rows = _columns(names, lines, skips_first=node.flag("ignoreFirstLine"))
    for column in columns:
        texts.sets(column)
    if not rows:
        findings.error("no-rows", f"{found} has no row of data", node.origin, "give it at least one")
        return Table()
    pick = _pick(node, findings)
    sharing = _sharing(node, found, texts)
    data = CsvData(sharing, columns, _fitted(columns, rows, node, found, findings), pick)
    return Table(steps=(TakeRow(data, node.origin),))


def _settled(node: Node, key: str, texts: Texts, findings: Findings) -> str | None:
    known = texts.settled(node.text(key), node.origin)
    if known is None:
        message = f"{key} is {node.text(key)[:80]!r}, which is not known before the run"
        advice = "write it as a property, ${__P(name,default)}, and give that with name=value"
        findings.error("unknown-value", message, node.origin, advice)
        return None
    return known if key == "delimiter" else known.strip()


def _lines(text: str, delimiter: str, *, is_quoted: bool) -> list[list[str]]:
    text = text.removeprefix("\ufeff")
    if is_quoted:
        return list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter[0]))
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    if lines and not lines[-1]:
        lines.pop()
    return [line.split(delimiter) if line else [] for line in lines]


def _columns(names: str, lines: list[list[str]], *, skips_first: bool) -> tuple[tuple[str, ...], list[list[str]]]:
    if names:
        return tuple(name.strip() for name in names.split(",")), lines[1:] if skips_first else lines
    return tuple(name.strip() for name in lines[0]) if lines else (), lines[1:]


def _fitted(
    columns: Sequence[str], rows: list[list[str]], node: Node, found: str, findings: Findings
) -> tuple[tuple[str, ...], ...]:
    """Return the rows as JMeter reads them: what a row lacks stays as it was, a blank line is the end of the file."""
    width = len(columns)
    if any(0 < len(row) < width for row in rows):
        message = f"rows of {found} have fewer values than there are variables: the others stay as they were"
        findings.note("short-rows", message, node.origin, effect="approximated")
    if any(not row for row in rows):
        message = f"{found} has blank lines, which count as the end of the file, as they do in JMeter"
        findings.warn("blank-lines", message, node.origin, "take them out")
        if not node.flag("recycle", default=True) and node.flag("stopThread"):
            rows = list(takewhile(bool, rows))
    return tuple(tuple(row[:width]) if row else (END,) * width for row in rows)


def _pick(node: Node, findings: Findings) -> Pick:
    recycles = node.flag("recycle", default=True)
    if node.text("shareMode") == "shareMode.thread":
        if not recycles:
            message = "each thread reads the whole file for itself, and begins again behind the last row"
            findings.warn("csv-end", message, node.origin)
        return "user_sequential"
    if recycles:
        return "sequential"
    return "unique" if node.flag("stopThread") else "marked_end"


def _sharing(node: Node, found: str, texts: Texts) -> str:
    """Return the name of the data: data of one name has one cursor."""
    mode = node.text("shareMode") or "shareMode.all"
    if mode == "shareMode.all":
        return found
    if mode == "shareMode.group":
        return f"{found} of {texts.group_name}"
    return f"{found} of each thread" if mode == "shareMode.thread" else f"{found}@{mode}"
