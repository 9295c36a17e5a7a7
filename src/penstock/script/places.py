"""Which code is the user's, and how messages name a line of it."""

from __future__ import annotations

from pathlib import Path

_OURS = str(Path(__file__).parent.parent)


def is_ours(file: str) -> bool:
    """Whether a file of code belongs to Penstock."""
    return file.startswith(_OURS)


def is_users(file: str) -> bool:
    """Whether a file of code is neither Penstock's nor made up by Python."""
    return not file.startswith((_OURS, "<"))


def place(file: str, line: int) -> str:
    """Return a line as `flow.py:7`."""
    return f"{Path(file).name}:{line}"
