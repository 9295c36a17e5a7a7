"""Functions that read files: what a file holds is put in place of its name, so that it travels with the test."""

from __future__ import annotations

from dataclasses import dataclass

from penstock.errors import PenstockError
from penstock.importers.base import Files, Findings
from penstock.importers.jmeter import places
from penstock.importers.jmeter.charsets import codec_named
from penstock.model import Expr, Literal, Origin
from penstock.program.values.jmeter.markup import InvalidDocument, InvalidQuery, XPath, read_xml
from penstock.program.values.jmeter.parsing import Reference

FILE_FUNCTIONS = {"__StringFromFile": 4, "__FileToString": 3, "__CSVRead": 2, "__XPath": 2}
"""How many arguments they have at most; the first names the file."""

_LARGEST = 1_000_000
"""Characters of a file that a function reads at most."""


@dataclass(frozen=True, slots=True)
class FileFunctions:
    """Reads the files beside a plan."""

    files: Files
    entry: str

    def read(self, path: str) -> str | None:
        """Return the text of a file; None when there is none."""
        found = places.find(self.files, self.entry, path)
        return None if found is None else self.files.read(found).decode("utf-8", "replace")

    def with_content(
        self, name: str, exprs: tuple[Expr, ...], reference: Reference, origin: Origin, findings: Findings
    ) -> tuple[Expr, ...]:
        """Return the arguments with the content in front; what cannot be read is a finding."""
        first, *rest = exprs
        if not isinstance(first, Literal):
            message = f"{name}: which file {reference.source[:80]} reads is not known before the run"
            findings.error("file-unknown", message, origin, "write the name of a file that lies beside the plan")
            return exprs
        if name == "__StringFromFile" and len(rest) > 1:
            message = f"{name}: files that are numbered are not read one after the other"
            findings.error("file-unknown", message, origin, "put them together into one file")
            return exprs
        found = places.find(self.files, self.entry, first.value)
        if found is None:
            message = f"{name}: the file {first.value!r} is missing beside the plan"
            findings.error("file-missing", message, origin, "put it beside the plan")
            return exprs
        try:
            content = self._text(name, found, rest)
        except (PenstockError, LookupError) as error:
            findings.error("file-unreadable", f"{name}: {error}", origin)
            return exprs
        if len(content) > _LARGEST:
            message = f"{name}: {found} has {len(content):,} characters; at most {_LARGEST:,} are read by a function"
            findings.error("file-too-large", message, origin, "read it by a CSV Data Set")
            return exprs
        if name == "__XPath":
            return self._nodes(content, rest, origin, findings) or exprs
        if name == "__StringFromFile":
            rest = rest or [Literal("")]
        return (Literal(content), *rest)

    def _text(self, name: str, found: str, rest: list[Expr]) -> str:
        encoding = rest[0].value if name == "__FileToString" and rest and isinstance(rest[0], Literal) else ""
        return self.files.read(found).decode(codec_named(encoding.strip() or "UTF-8") or "utf-8", "replace")

    def _nodes(self, content: str, rest: list[Expr], origin: Origin, findings: Findings) -> tuple[Expr, ...]:
        path = rest[0] if rest else None
        if not isinstance(path, Literal):
            findings.error("file-unknown", "__XPath: the path is not known before the run", origin)
            return ()
        try:
            nodes = XPath.of(path.value).texts(read_xml(content, with_namespaces=False))
        except (InvalidDocument, InvalidQuery) as error:
            findings.error("xpath", f"__XPath: {error}", origin)
            return ()
        return (Literal(""), *(Literal(node or "") for node in nodes))
