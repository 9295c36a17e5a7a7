"""A document as it was written: every value with the place where it stands, whatever the notation."""

from __future__ import annotations

from collections.abc import Iterator

from penstock.importers.fidelity import Element
from penstock.model import Origin

Scalar = str | int | float | bool | None


class Node:
    """A value and where it stands. Its path is only put together when someone asks for it."""

    __slots__ = ("_file", "_key", "_parent", "line", "value")

    def __init__(
        self,
        value: dict[str, Node] | list[Node] | Scalar,
        file: str,
        parent: Node | None = None,
        key: str | int = "",
        line: int | None = None,
    ) -> None:
        self.value = value
        self.line = line
        self._file = file
        self._parent = parent
        self._key = key

    @property
    def origin(self) -> Origin:
        """The place in the file."""
        keys: list[str | int] = []
        node = self
        while node._parent is not None:
            keys.append(node._key)
            node = node._parent
        path = "".join(f"[{key}]" if isinstance(key, int) else f".{key}" for key in reversed(keys))
        return Origin(self._file, path.removeprefix("."), self.line)

    @property
    def file(self) -> str:
        """The name of the file."""
        return self._file

    @property
    def kind(self) -> str:
        """What JSON calls it."""
        for types, name in (
            (dict, "an object"),
            (list, "an array"),
            (str, "a text"),
            (bool, "true or false"),
            (int | float, "a number"),
        ):
            if isinstance(self.value, types):
                return name
        return "null"

    def plain(self) -> object:
        """Return the value without places."""
        if isinstance(self.value, dict):
            return {key: node.plain() for key, node in self.value.items()}
        if isinstance(self.value, list):
            return [node.plain() for node in self.value]
        return self.value


def elements_of(members: dict[str, Node]) -> Iterator[Element]:
    """Yield what stands at the two upper levels of a document; the items of a list one by one, by its key."""
    for key, node in members.items():
        for each in _items(node):
            yield Element(key, each.origin)
            if isinstance(each.value, dict):
                for name, inner in each.value.items():
                    yield from (Element(f"{key}.{name}", item.origin) for item in _items(inner))


def _items(node: Node) -> list[Node]:
    return node.value if isinstance(node.value, list) else [node]
