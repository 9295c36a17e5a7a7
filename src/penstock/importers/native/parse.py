"""A scenario as it was written: the published form, told from other JSON by its root."""

from __future__ import annotations

import orjson

_ROOT = frozenset({"version", "dialect", "journeys"})


def recognises(content: bytes) -> bool:
    """Whether a file is a scenario of Penstock, of this version or of another."""
    if not all(b'"%s"' % key.encode() in content for key in _ROOT):
        return False
    try:
        root = orjson.loads(content.removeprefix(b"\xef\xbb\xbf"))
    except orjson.JSONDecodeError:
        return False
    return isinstance(root, dict) and root.keys() >= _ROOT and isinstance(root["version"], int)
