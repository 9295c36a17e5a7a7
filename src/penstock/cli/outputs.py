"""Where results go: asked for before the run, written after it, whole or not at all."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

from penstock.cli.process import Process
from penstock.errors import InvalidInput

STDOUT = "-"
_LOADS = "penstock.reporting"
"""Where reports of loads are made; other kinds of runs have packages of their own."""


@dataclass(frozen=True, slots=True)
class Outputs:
    """The results asked for; `-` is stdout."""

    json: str | None = None
    html: str | None = None
    junit: str | None = None
    csv: str | None = None

    def verify(self) -> None:
        """Find out before the run whether all of them can be written.

        Raises `InvalidInput` naming the option and the reason.
        """
        named = self._files()
        if sum(target == STDOUT for _, target, _ in named) > 1:
            raise InvalidInput("only one result can go to stdout ('-')")
        for option, target, _ in named:
            if target != STDOUT:
                verify_folder(option, Path(target).parent, Path(target))
        if self.csv is not None:
            if self.csv == STDOUT:
                raise InvalidInput("--csv: writes several files; give a folder")
            folder = Path(self.csv)
            if folder.exists() and not folder.is_dir():
                raise InvalidInput(f"--csv {folder}: exists and is not a folder")
            verify_folder("--csv", _first_existing(folder), None)

    def write(self, report: Any, process: Process, package: str = _LOADS) -> list[str]:
        """Write every result; returns the paths written. `package` holds what renders this kind of report.

        Raises `OSError` for the first that cannot be written, after all others have been tried.
        """
        written: list[str] = []
        failure: OSError | None = None
        for _, target, render in self._files(package):
            if target == STDOUT:
                process.stdout.write(render(report))
                process.stdout.flush()
                continue
            try:
                write_whole(Path(target), render(report))
                written.append(target)
            except OSError as error:
                failure = failure or error
        if self.csv is not None and package == _LOADS:
            try:
                folder = Path(self.csv)
                folder.mkdir(parents=True, exist_ok=True)
                for name, content in import_module("penstock.reporting.csv").render(report).items():
                    write_whole(folder / name, content)
                written.append(f"{self.csv}{os.sep}")
            except OSError as error:
                failure = failure or error
        if failure is not None:
            raise failure
        return written

    def _files(self, package: str = _LOADS) -> list[tuple[str, str, Callable[[Any], bytes]]]:
        every = [("json", self.json), ("html", self.html), ("junit", self.junit)]
        return [(f"--{kind}", target, _renderer(package, kind)) for kind, target in every if target is not None]


def _renderer(package: str, kind: str) -> Callable[[Any], bytes]:
    """Return what renders one kind of report; loaded when it is used, since a run should start at once."""
    return lambda report: import_module(f"{package}.{kind}").render(report)


def _first_existing(path: Path) -> Path:
    return path if path.exists() or path == path.parent else _first_existing(path.parent)


def verify_folder(option: str, folder: Path, file: Path | None) -> None:
    """Raise `InvalidInput` where the folder, or the file in it, cannot be written."""
    what = file or folder
    if not folder.is_dir():
        raise InvalidInput(f"{option} {what}: the folder {folder} does not exist")
    if file is not None and file.is_dir():
        raise InvalidInput(f"{option} {file}: is a folder; give a file")
    if not os.access(folder, os.W_OK):
        raise InvalidInput(f"{option} {what}: the folder {folder} is not writable")


def write_whole(path: Path, content: bytes) -> None:
    """Write through a neighbour and rename, so that a reader never sees half a report."""
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
        umask = os.umask(0)
        os.umask(umask)
        Path(name).chmod(0o666 & ~umask)
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
