"""Paths as Visual Studio writes them, found among the files that were given: never outside of them."""

from __future__ import annotations

import re
from pathlib import PurePosixPath

from penstock.errors import UnreadableFile
from penstock.importers.base import Files

_DATA_DIRECTORY = re.compile(r"\|DataDirectory\|[\\/]*", re.IGNORECASE)
_DRIVE = re.compile(r"^(?:[A-Za-z]:)?[\\/]+|^[A-Za-z]:")
_ID = re.compile(rb"""<(?:[^\s<>:]+:)?WebTest\b[^>]*?\sId\s*=\s*["']([^"']*)["']""")
_HEAD_BYTES = 16 * 1024


def resolve(files: Files, base: str, path: str, test_id: str = "") -> str | None:
    """Return the name of the file that `path` means in the file `base`; None when there is none.

    In any case of letters: from the folder of `base`, from the top of the files, then by the file name alone if only
    one file has it; at last the web test whose root has the Id.
    """
    wanted = _DATA_DIRECTORY.sub("", path.strip())
    absolute = _DRIVE.match(wanted) is not None
    wanted = _DRIVE.sub("", wanted).replace("\\", "/")
    by_lower: dict[str, str] = {}
    for name in files.names:
        by_lower.setdefault(name.lower(), name)
    folder = PurePosixPath(base).parent.as_posix()
    for start in () if absolute else (folder, "."):
        joined = _joined(start, wanted)
        if joined is not None and joined.lower() in by_lower:
            return by_lower[joined.lower()]
    last = wanted.rpartition("/")[2].lower()
    alike = [name for name in files.names if last and name.rpartition("/")[2].lower() == last]
    if len(alike) == 1:
        return alike[0]
    return find_by_id(files, test_id) if test_id else None


def find_by_id(files: Files, test_id: str) -> str | None:
    """Return the web test whose root element has the Id."""
    for name in files.names:
        if not name.lower().endswith(".webtest"):
            continue
        try:
            head = files.read(name)[:_HEAD_BYTES]
        except UnreadableFile:
            continue
        match = _ID.search(head.replace(b"\0", b""))
        if match and match[1].decode("utf-8", "replace").lower() == test_id.lower():
            return name
    return None


def searched(base: str, path: str) -> str:
    """Return the places that `resolve` looked at, for a message."""
    wanted = _DRIVE.sub("", _DATA_DIRECTORY.sub("", path.strip())).replace("\\", "/")
    folder = PurePosixPath(base).parent.as_posix()
    places = [f"beside {base}" if folder == "." else f"in {folder}/"]
    if folder != ".":
        places.append("at the top of the files")
    return f"{', '.join(places)}, and anywhere by the name {wanted.rpartition('/')[2]!r}"


def _joined(start: str, path: str) -> str | None:
    """Return the path from a folder without its dots; None when it climbs out of the files."""
    parts: list[str] = [] if start == "." else start.split("/")
    for part in path.split("/"):
        if part in ("", "."):
            continue
        if part == "..":
            if not parts:
                return None
            parts.pop()
        else:
            parts.append(part)
    return "/".join(parts)
