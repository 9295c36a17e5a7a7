"""What a path holds: a file with those beside it, a folder, a zip archive; and which of its files says what to run."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path, PurePosixPath

from penstock.errors import UnreadableFile
from penstock.importers.base import FOLDER, LARGEST_ARCHIVE, Files
from penstock.importers.loadmill.parse import is_flow_file, is_suite_file

_ENDINGS = (".loadtest", ".webtest", ".jmx", ".har", ".json", ".yaml", ".yml")
"""What a folder or archive is looked through for, in this order: a load test says more than the web tests in it."""

_FLOWS = (".yaml", ".yml")
_MOST_NAMES = 12


def open_path(path: Path) -> tuple[Files, str]:
    """Return the files and the name of the one that says what to run.

    Raises `UnreadableFile` for what cannot be read, and for a folder or archive in which several files might be meant.
    """
    if path.is_dir():
        files = Files.from_folder(path)
        return files, entry_of(files, str(path))
    if path.is_file() and _is_archive(path):
        if path.stat().st_size > LARGEST_ARCHIVE:
            raise UnreadableFile(f"{path}: {path.stat().st_size:,} bytes; at most {LARGEST_ARCHIVE:,} are read")
        files = Files.from_zip(path.read_bytes())
        return files, entry_of(files, str(path))
    return Files.from_path(path)


def entry_of(files: Files, where: str) -> str:
    """Return the one file that can be meant; `FOLDER` for flows that together are a suite.

    Raises `UnreadableFile` naming those that might be.
    """
    for ending in _ENDINGS:
        found = [name for name in files.names if name.lower().endswith(ending)]
        if ending == ".json" and (suite := _only_suite(files)) is not None:
            return suite
        if found and ending not in (".json", *_FLOWS) and (suite := _only_suite(files)) is not None:
            raise UnreadableFile(f"{where}: holds tests of two kinds ({_listed([*found, suite])}); name the one to run")
        if len(found) == 1:
            return found[0]
        if found:
            outer = _outermost(found)
            if len(outer) == 1:
                return outer[0]
            if ending in _FLOWS and all(is_flow_file(files.read(name)) for name in found):
                return FOLDER
            raise UnreadableFile(f"{where}: holds several tests ({_listed(found)}); name the one to run")
    raise UnreadableFile(f"{where}: holds no test; looked for files that end with {', '.join(_ENDINGS)}")


def _only_suite(files: Files) -> str | None:
    """Return the only suite among the files: what lies beside it is shared flows, sets of parameters and the like."""
    names = [name for name in files.names if name.lower().endswith(_FLOWS)]
    suites = [name for name in names if is_suite_file(files.read(name))]
    return suites[0] if len(suites) == 1 else None


def _outermost(names: Sequence[str]) -> list[str]:
    """Return those that lie in the fewest folders: what a build left behind lies deeper than its source."""
    depths = {name: len(PurePosixPath(name).parts) for name in names}
    least = min(depths.values())
    return [name for name, depth in depths.items() if depth == least]


def _listed(names: Sequence[str]) -> str:
    more = f" and {len(names) - _MOST_NAMES} more" if len(names) > _MOST_NAMES else ""
    return ", ".join(names[:_MOST_NAMES]) + more


def _is_archive(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(4) in (b"PK\x03\x04", b"PK\x05\x06")
