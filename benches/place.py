"""Where the benches keep what they make.

Runs leave their files under `benches/out`, which is not under version control. Peers are installed once for all
checkouts, into the user's cache folder.
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
WORK = HERE / "work"
OUT = HERE / "out"
PEERS = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "penstock-benches"
BIN = PEERS / "bin"
LOCUST = PEERS / "locust"
RESULTS = HERE / "RESULTS.md"


def find_program(name: str) -> Path | None:
    """Return the program of that name: an installed peer first, then the machine's own."""
    for folder in (BIN, LOCUST / "bin"):
        if (folder / name).is_file():
            return folder / name
    found = shutil.which(name) or shutil.which(name, path="/usr/sbin:/usr/local/sbin")
    return Path(found) if found else None
