"""CSV Data Sets: rows that become variables."""

from __future__ import annotations

from dataclasses import dataclass

from penstock.importers.base import Files, Findings
from penstock.importers.jmeter.parse import Node
from penstock.importers.jmeter.texts import Texts
from penstock.model import CsvData, Step


@dataclass(frozen=True, slots=True)
class Table:
    """Data of the journey, and steps at the start of each pass of the controller that the data set stands in."""

    data: tuple[CsvData, ...] = ()
    steps: tuple[Step, ...] = ()


def compile_table(node: Node, files: Files, entry: str, texts: Texts, findings: Findings) -> Table:
    """Return what a CSV Data Set gives."""
    del files, entry, texts
    findings.error("csv", "this data set cannot be read", node.origin)
    return Table()
