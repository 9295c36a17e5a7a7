"""A response for tests of queries."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import orjson


@dataclass
class PlainReply:
    text: str = ""
    headers: dict[str, str] = field(default_factory=dict)
    status: int = 200
    reason: str = "OK"
    redirects: tuple[str, ...] = ()
    elapsed_s: float = 0.12

    @property
    def body(self) -> bytes:
        return self.text.encode()

    def json(self) -> Any:
        return orjson.loads(self.body)
