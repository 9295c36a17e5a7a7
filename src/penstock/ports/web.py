"""What the services ask of the web and of the name service."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol


class Web(Protocol):
    """Requests that the server itself makes; none of them follows a redirect."""

    def post(self, url: str, body: bytes, headers: Mapping[str, str]) -> int:
        """Send a body and return the status. Raises `Unavailable` when there is no answer."""

    def get(self, url: str, most_bytes: int) -> bytes | None:
        """Return the beginning of what is there; None for any status but 200, and when there is no answer."""

    def texts(self, name: str) -> tuple[str, ...]:
        """Return the TXT records of a name; empty when there are none or nobody answers."""
