"""Paths as clients write them: any letter case, doubled slashes, an organization (and a project) before `/_apis`."""

from __future__ import annotations

from collections.abc import MutableMapping
from typing import Any

ROOT = "_apis"
_MOST_BEFORE = 2
"""What may stand before the root: an organization, and a project that means nothing."""


def is_meant(path: str) -> bool:
    """Return whether a path belongs to this face."""
    return _place(_segments(path)) is not None


def normal(scope: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Return the scope of a request with the path as the routes know it; the organization is in `path_prefix`."""
    segments = _segments(scope["path"])
    place = _place(segments) or 0
    path = "/" + "/".join(segments[place:]).lower()
    return {
        **scope,
        "path": path,
        "raw_path": path.encode(),
        "root_path": "",
        "path_prefix": "/".join(segments[:1][:place]),
    }


def _segments(path: str) -> list[str]:
    return [segment for segment in path.split("/") if segment]


def _place(segments: list[str]) -> int | None:
    found = [place for place, segment in enumerate(segments[: _MOST_BEFORE + 1]) if segment.lower() == ROOT]
    return found[0] if found else None
