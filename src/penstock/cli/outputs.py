"""Where results go: asked for before the run, written after it, whole or not at all."""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from importlib import import_module
from pathlib import Path
from typing import IO, Any

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
    parquet: str | None = None

    def and_in(self, folder: Path | None, archive: Path | None) -> tuple[Outputs, Path | None]:
        """Return what is written where a folder for everything is given, which is made, and where the archive goes.

        What has a place of its own goes there. Raises `InvalidInput` where the folder cannot be made.
        """
        if folder is None:
            return self, archive
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise InvalidInput(f"--out {folder}: {error.strerror}") from error
        filled = replace(
            self,
            json=self.json or str(folder / "report.json"),
            html=self.html or str(folder / "report.html"),
            junit=self.junit or str(folder / "junit.xml"),
            csv=self.csv or str(folder / "csv"),
        )
        return filled, archive or folder / "results.zip"

    def verify(self) -> None:
        """Find out before the run whether all of them can be written.

        Raises `InvalidInput` naming the option and the reason, `Unavailable` where a library is missing.
        """
        named = self._files()
        places: dict[Path, str] = {}
        for option, target, _ in named:
            other = places.setdefault(Path(target).resolve(), option)
            if target != STDOUT and other != option and not _is_written_in_place(Path(target)):
                raise InvalidInput(f"{other} and {option} both write {target}; give each a file of its own")
        if sum(target == STDOUT for _, target, _ in named) > 1:
            raise InvalidInput("only one result can go to stdout ('-')")
        for option, target, _ in named:
            if target != STDOUT:
                verify_folder(option, Path(target).parent, Path(target))
        for kind, target in self._folders():
            if target == STDOUT:
                raise InvalidInput(f"--{kind}: writes several files; give a folder")
            folder = Path(target)
            if folder.exists() and not folder.is_dir():
                raise InvalidInput(f"--{kind} {folder}: exists and is not a folder")
            verify_folder(f"--{kind}", _first_existing(folder), None)
        if self.parquet is not None:
            import_module("penstock.reporting.parquet").verify()

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
        for kind, target in self._folders() if package == _LOADS else ():
            try:
                folder = Path(target)
                folder.mkdir(parents=True, exist_ok=True)
                for name, content in import_module(f"{_LOADS}.{kind}").render(report).items():
                    write_whole(folder / name, content)
                written.append(f"{target}{os.sep}")
            except OSError as error:
                failure = failure or error
        if failure is not None:
            raise failure
        return written

    def _folders(self) -> list[tuple[str, str]]:
        return [(kind, target) for kind, target in (("csv", self.csv), ("parquet", self.parquet)) if target is not None]

    def _files(self, package: str = _LOADS) -> list[tuple[str, str, Callable[[Any], bytes]]]:
        every = [("json", self.json), ("html", self.html), ("junit", self.junit)]
        return [(f"--{kind}", target, _renderer(package, kind)) for kind, target in every if target is not None]


def _renderer(package: str, kind: str) -> Callable[[Any], bytes]:
    """Return what renders one kind of report; loaded when it is used, since a run should start at once."""
    return lambda report: import_module(f"{package}.{kind}").render(report)


def _first_existing(path: Path) -> Path:
    return path if path.exists() or path == path.parent else _first_existing(path.parent)


def _is_written_in_place(path: Path) -> bool:
    return path.exists() and not path.is_file()


def verify_folder(option: str, folder: Path, file: Path | None) -> None:
    """Raise `InvalidInput` where the folder, or the file in it, cannot be written."""
    what = file or folder
    if not folder.is_dir():
        raise InvalidInput(f"{option} {what}: the folder {folder} does not exist")
    if file is not None and file.is_dir():
        raise InvalidInput(f"{option} {file}: is a folder; give a file")
    if file is not None and _is_written_in_place(file):
        if not os.access(file, os.W_OK):
            raise InvalidInput(f"{option} {file}: is not writable")
    elif not os.access(folder, os.W_OK):
        raise InvalidInput(f"{option} {what}: the folder {folder} is not writable")


def write_whole(path: Path, content: bytes) -> None:
    """Write a file so that a reader never sees half of it."""
    with whole(path) as file:
        file.write(content)


@contextlib.contextmanager
def whole(path: Path) -> Iterator[IO[bytes]]:
    """Give a neighbour of a file to write to, which takes its place at the end of the block unless that failed.

    A link stays, and what it leads to is written. Devices and pipes are written as they are: a file that took the
    place of /dev/null would break the whole machine.
    """
    if _is_written_in_place(path):
        with path.open("wb") as file:
            yield file
        return
    path = path.resolve()
    try:
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    except OSError as error:
        raise OSError(error.errno, error.strerror, str(path)) from error  # the name that the user knows
    try:
        with os.fdopen(handle, "wb") as file:
            yield file
        umask = os.umask(0)
        os.umask(umask)
        Path(name).chmod(0o666 & ~umask)
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
