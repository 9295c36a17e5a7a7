"""From a file of any format to one of ours: the scenario in its own form, or users in Python."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import orjson

from penstock.errors import InvalidInput, UnreadableFile
from penstock.exporters import flow
from penstock.importers.base import Imported
from penstock.model import Finding, codec
from penstock.services.changes import Changes
from penstock.services.importing import read
from penstock.services.suite_preparation import as_load


@dataclass(frozen=True, slots=True)
class Converted:
    """The content of the new file, None where a finding of severity error forbids it."""

    content: bytes | None
    findings: tuple[Finding, ...]


def convert(path: Path, to: Path, changes: Changes, flows: tuple[str, ...] = ()) -> Converted:
    """Return what `to` shall hold; its ending says in which form. Nothing is written.

    `flows` names the flow of a suite that becomes a load. Raises `InvalidInput` (with its subclasses) for a file that
    is no test, for an ending that is not known, and for a suite of several flows none of which is named.
    """
    if to.suffix not in (".json", ".py"):
        raise InvalidInput(f"{to}: convert writes a scenario (.json) or users in Python (.py); end the name with one")
    if not path.exists():
        raise UnreadableFile(f"{path}: there is no such file")
    if path.suffix == ".py":
        raise InvalidInput(f"{path}: a flow.py is Python already, and its steps are known only when they run")
    imported = as_load(read(path, changes), flows)
    if imported.scenario is None or any(finding.severity == "error" for finding in imported.findings):
        return Converted(None, imported.findings)
    return _as_json(imported) if to.suffix == ".json" else _as_python(imported)


def _as_json(imported: Imported) -> Converted:
    assert imported.scenario is not None  # noqa: S101 — the caller has looked
    encoded = orjson.loads(codec.encode(imported.scenario))
    return Converted(orjson.dumps(encoded, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE), imported.findings)


def _as_python(imported: Imported) -> Converted:
    assert imported.scenario is not None  # noqa: S101 — the caller has looked
    content, findings = flow.write(imported.scenario)
    return Converted(content, (*imported.findings, *findings))
