"""Where the sockets of the runs of this user are: one folder, for nobody else."""

from __future__ import annotations

import os
import re
import stat
import tempfile
from collections.abc import Mapping
from pathlib import Path

from penstock.errors import InvalidInput

SUFFIX = ".sock"
_LONGEST_PATH = 107
"""Bytes that the name of a local socket may have."""


def folder_of(environment: Mapping[str, str]) -> Path:
    """Return the folder, made if it is not there.

    It is `$PENSTOCK_RUNTIME_DIR`, else `penstock` in `$XDG_RUNTIME_DIR`, else one with the user's number among the
    temporary files. Raises `InvalidInput` for one that others may look into.
    """
    if given := environment.get("PENSTOCK_RUNTIME_DIR"):
        folder = Path(given)
    elif (runtime := environment.get("XDG_RUNTIME_DIR")) and os.access(runtime, os.W_OK):
        folder = Path(runtime) / "penstock"
    else:
        folder = Path(tempfile.gettempdir()) / f"penstock-{os.getuid()}"
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        found = folder.lstat()
    except OSError as error:
        raise InvalidInput(f"the folder for running tests, {folder}, cannot be used: {error.strerror}") from error
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.getuid() or stat.S_IMODE(found.st_mode) & 0o077:
        raise InvalidInput(
            f"the folder for running tests, {folder}, is not yours alone; remove it, or set PENSTOCK_RUNTIME_DIR"
        )
    return folder


def socket_of(folder: Path, name: str, pid: int) -> Path:
    """Return where the socket of a run is to be. Raises `InvalidInput` when the system allows no such long name."""
    slug = re.sub(r"[^A-Za-z0-9_.-]+", "-", name).strip("-.")[:40] or "run"
    path = folder / f"{slug}-{pid}{SUFFIX}"
    if len(os.fsencode(path)) > _LONGEST_PATH:
        raise InvalidInput(f"{path}: this name is too long for a socket; set PENSTOCK_RUNTIME_DIR to a shorter one")
    return path


def sockets_in(folder: Path) -> list[Path]:
    """Return all sockets, those of runs that are no more included."""
    return sorted(path for path in folder.glob(f"*{SUFFIX}") if path.is_socket())
