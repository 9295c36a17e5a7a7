"""Shared flows: kept outside of the suites that use them, found by their id in the file or in one beside it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import PurePosixPath

from penstock.errors import InvalidInput
from penstock.importers.base import Files, Findings
from penstock.importers.document import Node
from penstock.importers.loadmill.parse import read_document
from penstock.importers.loadmill.reading import Members, Reader

_NOTATIONS = (".yaml", ".yml", ".json")
_MOST_FILES = 2_000


class SharedFlows:
    """Finds the requests of shared flows. Files beside the test are read when something is looked for in them."""

    def __init__(self, files: Files, entry: str, reader: Reader) -> None:
        self._files = files
        self._entry = entry
        self._reader = reader
        self._documents: list[tuple[str, Members]] | None = None

    def by_id(self, identity: str) -> list[Node] | None:
        """Return the requests of the flow with an id; None when there is none."""
        for name, members in self._beside():
            own = self._reader.text(members.get("id")) if "id" in members else None
            if own == identity or identity in PurePosixPath(name).name:
                return self._requests(members)
        return None

    def by_description(self, description: str) -> list[Node] | None:
        """Return the requests of the flow with a name; None when there is none."""
        for _, members in self._beside():
            conf = self._reader.members(members.get("conf")) or members
            meta = self._reader.members(conf.get("meta"))
            if "description" in meta and meta["description"].value == description:
                return self._requests(members)
        return None

    def filled_in(self, members: Members, own: list[Node]) -> list[Node]:
        """Return the requests of a flow with those of the shared flows that it names, at their places."""
        meta = self._reader.members(members.get("meta"))
        node = meta.get("dependencies")
        if node is None or not node.value:
            return own
        data = dict(self._data(meta.get("dependenciesData")))
        inserted: list[tuple[float, float, list[Node]]] = []
        missing = []
        for element in self._reader.elements(node):
            parts = self._reader.members(element)
            identity = self._reader.text(parts.get("sharedFlowId")) or self._reader.text(parts.get("id")) or ""
            if self._reader.flag(parts.get("disabled")):
                continue
            requests = data.get(identity) or (self.by_id(identity) if identity else None)
            if requests is None:
                missing.append(identity)
                continue
            place = self._reader.number(parts.get("index"))
            order = self._reader.number(parts.get("order")) or 0.0
            inserted.append((len(own) if place is None else place, order, requests))
        if missing:
            message = f"shared flows are named here whose requests are not in the file: {', '.join(missing)}"
            advice = "put the exported shared flows beside the file (their names hold the ids), or export them resolved"
            self._reader.findings.error("not-available", message, node.origin, advice)
        return _inserted(own, inserted)

    def _data(self, node: Node | None) -> Iterator[tuple[str, list[Node]]]:
        for element in self._reader.elements(node):
            members = self._reader.members(element)
            identity = self._reader.text(members.get("sharedFlowId")) or self._reader.text(members.get("id"))
            requests = self._requests(members)
            if identity and requests is not None:
                yield identity, requests

    def _requests(self, members: Members) -> list[Node] | None:
        conf = self._reader.members(members.get("conf")) or members
        return self._reader.elements(conf["requests"]) if "requests" in conf else None

    def _beside(self) -> list[tuple[str, Members]]:
        if self._documents is None:
            names = [name for name in self._files.names if name.lower().endswith(_NOTATIONS) and name != self._entry]
            self._documents = [
                (name, members) for name in names[:_MOST_FILES] if (members := self._read(name)) is not None
            ]
        return self._documents

    def _read(self, name: str) -> Members | None:
        """Return the members of a file that may be a flow; another file's faults are not this test's."""
        try:
            value = read_document(self._files.read(name), name, Findings()).value
        except InvalidInput:
            return None
        return value if isinstance(value, dict) and ("requests" in value or "conf" in value) else None


def _inserted(own: list[Node], inserted: list[tuple[float, float, list[Node]]]) -> list[Node]:
    row: list[Node] = []
    waiting = sorted(inserted, key=lambda one: one[:2])
    for index, node in enumerate(own):
        while waiting and waiting[0][0] <= index:
            row += waiting.pop(0)[2]
        row.append(node)
    for _, _, requests in waiting:
        row += requests
    return row
