"""Files that a plan names: by a path beside it, or one that only the machine that made it had."""

from __future__ import annotations

from pathlib import PurePosixPath

from penstock.importers.base import Files


def find(files: Files, entry: str, path: str) -> str | None:
    """Return the name of a file: as the path says it from the plan's folder, else the only one with its last name."""
    wanted = path.replace("\\", "/").strip()
    names = files.names
    folder = PurePosixPath(entry).parent
    plain = _plain(str(folder / wanted))
    if plain in names:
        return plain
    last = PurePosixPath(wanted).name.lower()
    found = [name for name in names if PurePosixPath(name).name.lower() == last]
    longer = [name for name in found if f"/{wanted.lower()}".endswith(f"/{name.lower()}")]
    return longer[0] if len(longer) == 1 else found[0] if len(found) == 1 else None


def _plain(path: str) -> str:
    parts: list[str] = []
    for part in path.split("/"):
        if part == "..":
            if parts:
                parts.pop()
        elif part not in ("", "."):
            parts.append(part)
    return "/".join(parts)
