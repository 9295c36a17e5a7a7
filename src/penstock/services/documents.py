"""JSON that somebody sent, read so that it can be kept and told again."""

from __future__ import annotations

import json
from typing import Any

import orjson

_DEEPEST = 200
_MORE = 254 - _DEEPEST
"""How much deeper what is kept of a body may lie in what is written: 254 levels are all that can be."""


def read_json(body: bytes) -> Any:
    """Return the content of a body, which can be kept and told again as JSON.

    Raises `json.JSONDecodeError` for what is no JSON (NaN and texts with half characters are none), and for what is
    nested too deeply.
    """
    content = orjson.loads(body)
    if body.count(b"[") + body.count(b"{") > _DEEPEST:
        around = content
        for _ in range(_MORE):
            around = [around]
        try:
            orjson.dumps(around)
        except orjson.JSONEncodeError:
            raise json.JSONDecodeError(f"values are nested deeper than {_DEEPEST} levels", "", 0) from None
    return content
