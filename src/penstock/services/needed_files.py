"""Which files a test needs: those that reading it reads."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatch
from pathlib import Path

from penstock.errors import InvalidInput
from penstock.importers import base, opening, registry
from penstock.importers.jmeter.choosing import with_values
from penstock.importers.vstest.loadtest.choosing import with_choices
from penstock.model import Finding

JMETER, VISUAL_STUDIO = ".jmx", ".loadtest"


@dataclass(frozen=True, slots=True)
class NeededFiles:
    """`names` lie below the test's folder, with `/`; `entry` is the one that says what to run. `findings` are its.

    `chosen` is the content of those that hold the choices of a caller; all others are as they lie there.
    """

    entry: str
    names: tuple[str, ...]
    findings: tuple[Finding, ...]
    files: base.Files
    chosen: Mapping[str, bytes] = field(default_factory=dict)

    def read(self, name: str) -> bytes:
        """Return the content of one of them. Raises `UnreadableFile`."""
        return self.chosen[name] if name in self.chosen else self.files.read(name)


def needed_files(
    path: Path,
    endings: tuple[str, ...],
    also: Sequence[str] = (),
    parameters: tuple[tuple[str, str], ...] = (),
    run_settings: str | None = None,
) -> NeededFiles:
    """Import the test in `path` and return what was read on the way, and what the patterns `also` name (`data/*.csv`).

    Parameters, and the name of run settings of a load test of Visual Studio, are written into the files.
    Raises `InvalidInput` (with its subclasses) for what is no test, or one whose name has none of the `endings`, and
    for a pattern that names nothing.
    """
    files, entry = opening.open_path(path)
    if not entry.lower().endswith(endings):
        raise InvalidInput(f"{path}: only tests whose names end with {' or '.join(endings)} can be run so")
    if run_settings is not None and entry.lower().endswith(JMETER):
        raise InvalidInput(f"{entry}: run settings are for load tests of Visual Studio; leave out --run-settings")
    noting, chosen = _Noting(files), {}
    overrides = base.Overrides(parameters=parameters, run_settings=run_settings)
    imported = registry.compile(noting, entry, overrides)
    if not _has_errors(imported.findings) and (parameters or run_settings is not None):
        chosen = _chosen(files, entry, parameters, run_settings)
    names = dict.fromkeys((*noting.noted, *chosen))
    for pattern in also:
        found = [name for name in files.names if fnmatch(name, pattern)]
        if not found:
            raise InvalidInput(f"{pattern}: there is no such file beside {path}, or in a folder there")
        names |= dict.fromkeys(found)
    return NeededFiles(entry, tuple(names), imported.findings, files, chosen)


def _chosen(
    files: base.Files, entry: str, parameters: tuple[tuple[str, str], ...], run_settings: str | None
) -> dict[str, bytes]:
    if entry.lower().endswith(JMETER):
        return with_values(files, entry, parameters)
    return {entry: with_choices(files.read(entry), entry, parameters, run_settings)}


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
