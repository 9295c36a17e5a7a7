"""Code inside a test."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from penstock.model.origin import Origin


@dataclass(frozen=True, slots=True)
class Code:
    """A piece of code for a sandbox: it reads and sets variables, and may fail."""

    language: Literal["javascript"]
    source: str
    origin: Origin
