"""Where a node came from, in the user's own words."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Origin:
    """A place in the user's file: its name, the path inside it (`requests[1].assert[0]`), the line if known."""

    file: str
    path: str = ""
    line: int | None = None

    def __str__(self) -> str:
        place = self.file if self.line is None else f"{self.file}:{self.line}"
        return f"{place}: {self.path}" if self.path else place

    def at(self, path: str) -> Origin:
        """Return the origin of a part of this node; `path` is a key (`url`) or an index (`[3]`)."""
        joint = "" if not self.path or path.startswith("[") else "."
        return Origin(self.file, f"{self.path}{joint}{path}", self.line)
