"""Where the benches keep what they make: all of it under `benches/out`, which is not under version control."""

from __future__ import annotations

import shutil
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
WORK = HERE / "work"
OUT = HERE / "out"
BIN = OUT / "bin"
LOCUST = OUT / "locust"
RESULTS = HERE / "RESULTS.md"


def find_program(name: str) -> Path | None:
    """Return the program of that name: an installed peer first, then the machine's own."""
    for folder in (BIN, LOCUST / "bin"):
        if (folder / name).is_file():
            return folder / name
    found = shutil.which(name) or shutil.which(name, path="/usr/sbin:/usr/local/sbin")
    return Path(found) if found else None
