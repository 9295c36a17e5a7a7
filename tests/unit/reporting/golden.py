"""Outputs kept as files beside the tests; `PENSTOCK_GOLDEN=write` rewrites them, and the difference is reviewed."""

from __future__ import annotations

import os
from pathlib import Path

FOLDER = Path(__file__).parent / "golden"


def same_as_golden(name: str, content: bytes) -> bool:
    """Whether the content is that of the golden file."""
    path = FOLDER / name
    if os.environ.get("PENSTOCK_GOLDEN") == "write":
        FOLDER.mkdir(exist_ok=True)
        path.write_bytes(content)
    assert path.exists(), f"{path} is missing; PENSTOCK_GOLDEN=write makes it"
    assert content.decode() == path.read_bytes().decode()  # as text, for a readable difference
    return True
