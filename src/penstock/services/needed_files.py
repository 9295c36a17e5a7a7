"""Which files a test needs: those that reading it reads."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path

from penstock.errors import InvalidInput
from penstock.importers import base, opening, registry
from penstock.importers.vstest.loadtest.choosing import with_choices
from penstock.model import Finding


@dataclass(frozen=True, slots=True)
class NeededFiles:
    """`names` lie below the test's folder, with `/`; `entry` is the one that says what to run. `findings` are its.

    `chosen` is the content of `entry` with the choices of a caller in it; None: as it is.
    """

    entry: str
    names: tuple[str, ...]
    findings: tuple[Finding, ...]
    files: base.Files
    chosen: bytes | None = None

    def read(self, name: str) -> bytes:
        """Return the content of one of them. Raises `UnreadableFile`."""
        return self.files.read(name) if self.chosen is None or name != self.entry else self.chosen


def needed_files(
    path: Path,
    ending: str,
    also: Sequence[str] = (),
    parameters: tuple[tuple[str, str], ...] = (),
    run_settings: str | None = None,
) -> NeededFiles:
    """Import the test in `path` and return what was read on the way, and what the patterns `also` name (`data/*.csv`).

    Parameters and the name of run settings are written into a load test of Visual Studio.
    Raises `InvalidInput` (with its subclasses) for what is no test, or one whose name does not end with `ending`, and
    for a pattern that names nothing.
    """
    files, entry = opening.open_path(path)
    if not entry.lower().endswith(ending):
        raise InvalidInput(f"{path}: only load tests whose names end with {ending} can be run so")
    noting, chosen = _Noting(files), None
    overrides = base.Overrides(parameters=parameters, run_settings=run_settings)
    imported = registry.compile(noting, entry, overrides)
    if not _has_errors(imported.findings) and (parameters or run_settings is not None):
        chosen = with_choices(files.read(entry), entry, parameters, run_settings)
    names = dict.fromkeys(noting.noted)
    for pattern in also:
        found = [name for name in files.names if fnmatch(name, pattern)]
        if not found:
            raise InvalidInput(f"{pattern}: there is no such file beside {path}, or in a folder there")
        names |= dict.fromkeys(found)
    return NeededFiles(entry, tuple(names), imported.findings, files, chosen)


def _has_errors(findings: Sequence[Finding]) -> bool:
    return any(one.severity == "error" for one in findings)


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
