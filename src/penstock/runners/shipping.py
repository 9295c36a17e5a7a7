"""The folder of a test as bytes, for machines that do not have it.

A flow.py imports what lies beside it and reads its data there, and nobody but the running program knows which of the
files it needs: all of the folder goes, but for what is never part of a test.
"""

from __future__ import annotations

import contextlib
import fcntl
import io
import os
import shutil
import tarfile
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from penstock.errors import InvalidInput
from penstock.metrics.numbers import size
from penstock.runs.plan import FlowWork, Plan, Work

MOST_BYTES = 256 * 1024 * 1024
"""What the files of a test may take: every agent gets them, and machines keep them in memory on their way."""

MOST_FILES = 10_000

_LEFT_OUT = {"__pycache__", "node_modules"}
_PREFIX = "penstock-agent-"
_FILTER: dict[str, Any] = {"filter": "data"} if hasattr(tarfile, "data_filter") else {}  # not before Python 3.11.4


def folder_of(plan: Plan) -> Path | None:
    """Return the folder that agents need beside the plan; None where the plan is all."""
    if isinstance(plan.work, FlowWork):
        return Path(plan.work.path).parent
    return None if plan.work.plugins is None else Path(plan.work.plugins).parent


def moved(plan: Plan, folder: str, addresses: tuple[str, ...]) -> Plan:
    """Return the plan of an agent whose files are in another folder, and who has these source addresses."""
    work: Work = plan.work
    if isinstance(work, FlowWork):
        work = replace(work, path=str(Path(folder) / Path(work.path).name))
    elif work.plugins is not None:
        work = replace(work, plugins=str(Path(folder) / Path(work.plugins).name))
    return replace(plan, work=work, http=replace(plan.http, source_addresses=addresses))


def pack(folder: Path) -> bytes:
    """Return the files of a folder and of those below it as an archive.

    Folders whose name begins with a dot, caches and virtual environments are left out; links are followed. Raises
    `InvalidInput` for more than may be sent, and for a file that cannot be read.
    """
    content = io.BytesIO()
    total, largest = 0, (0, "")
    with tarfile.open(fileobj=content, mode="w:gz", compresslevel=1) as archive:
        for count, (path, name) in enumerate(_files(folder, "", set()), 1):
            try:
                bytes_here = path.stat().st_size
                total += bytes_here
                largest = max(largest, (bytes_here, name))
                if total > MOST_BYTES or count > MOST_FILES:
                    raise InvalidInput(
                        f"{folder}: the folder of the test goes to every agent, and this one holds more than "
                        f"{size(MOST_BYTES)} or {MOST_FILES:,} files (the largest seen is {largest[1]}, "
                        f"{size(largest[0])}); keep the test in a folder with nothing else in it"
                    )
                with path.open("rb") as file:
                    archive.addfile(archive.gettarinfo(arcname=name, fileobj=file), file)
            except OSError as error:
                raise InvalidInput(f"{path}: cannot be sent to the agents: {error.strerror or error}") from None
    return content.getvalue()


def _files(folder: Path, below: str, above: set[str]) -> Iterator[tuple[Path, str]]:
    """Yield each file with its name relative to the first folder; `above` keeps links from going round."""
    real = os.path.realpath(folder)
    if real in above:
        return
    try:
        entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
    except OSError as error:
        raise InvalidInput(f"{folder}: cannot be sent to the agents: {error.strerror or error}") from None
    if any(entry.name == "pyvenv.cfg" for entry in entries):
        return
    for entry in entries:
        if entry.is_dir():
            if not entry.name.startswith(".") and entry.name not in _LEFT_OUT:
                yield from _files(Path(entry.path), f"{below}{entry.name}/", above | {real})
        elif entry.is_file():
            yield Path(entry.path), f"{below}{entry.name}"


class Unpacked:
    """The files of a test on another machine, in a folder that is removed in the end.

    What a process that was killed left behind is removed by the next that unpacks: it holds its folder locked as long
    as it lives.
    """

    def __init__(self, packed: bytes | None) -> None:
        _sweep()
        self.path, self._lock = _locked_folder()
        if packed is not None:
            with tarfile.open(fileobj=io.BytesIO(packed), mode="r:gz") as archive:
                archive.extractall(self.path, **_FILTER)  # noqa: S202 — our own archive, of files alone

    def remove(self) -> None:
        """Remove the folder."""
        shutil.rmtree(self.path, ignore_errors=True)
        os.close(self._lock)


def _locked_folder() -> tuple[Path, int]:
    while True:  # until one is locked before an agent that starts beside has swept it
        path = Path(tempfile.mkdtemp(prefix=_PREFIX))
        try:
            lock = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        except FileNotFoundError:
            continue
        fcntl.flock(lock, fcntl.LOCK_EX)
        if path.exists():
            return path, lock
        os.close(lock)


def _sweep() -> None:
    for folder in Path(tempfile.gettempdir()).glob(f"{_PREFIX}*"):
        with contextlib.suppress(OSError):  # another user's, or gone, or in use
            lock = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                shutil.rmtree(folder, ignore_errors=True)
            finally:
                os.close(lock)
