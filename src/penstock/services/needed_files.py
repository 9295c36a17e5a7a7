"""Which files a test needs: those that reading it reads."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path

from penstock.errors import InvalidInput
from penstock.importers import base, opening, registry
from penstock.model import Finding


@dataclass(frozen=True, slots=True)
class NeededFiles:
    """`names` lie below the test's folder, with `/`; `entry` is the one that says what to run. `findings` are its."""

    entry: str
    names: tuple[str, ...]
    findings: tuple[Finding, ...]
    files: base.Files

    def read(self, name: str) -> bytes:
        """Return the content of one of them. Raises `UnreadableFile`."""
        return self.files.read(name)


def needed_files(path: Path, ending: str, also: Sequence[str] = ()) -> NeededFiles:
    """Import the test in `path` and return what was read on the way, and what the patterns `also` name (`data/*.csv`).

    Raises `InvalidInput` (with its subclasses) for what is no test, or one whose name does not end with `ending`, and
    for a pattern that names nothing.
    """
    files, entry = opening.open_path(path)
    if not entry.lower().endswith(ending):
        raise InvalidInput(f"{path}: only load tests whose names end with {ending} can be run so")
    noting = _Noting(files)
    imported = registry.compile(noting, entry)
    names = dict.fromkeys(noting.noted)
    for pattern in also:
        found = [name for name in files.names if fnmatch(name, pattern)]
        if not found:
            raise InvalidInput(f"{pattern}: there is no such file beside {path}, or in a folder there")
        names |= dict.fromkeys(found)
    return NeededFiles(entry, tuple(names), imported.findings, files)


class _Noting(base.Files):
    """Files that note which of them are read."""

    def __init__(self, files: base.Files) -> None:
        super().__init__({})
        self._files = files
        self.noted: list[str] = []

    @property
    def names(self) -> tuple[str, ...]:
        return self._files.names

    def read(self, name: str) -> bytes:
        content = self._files.read(name)
        self.noted.append(name)
        return content
