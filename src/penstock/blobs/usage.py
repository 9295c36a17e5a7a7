"""How many bytes each container holds, counted as they are written: what is on its way counts already."""

from __future__ import annotations

import threading
from collections import defaultdict

from penstock.errors import NoRoom
from penstock.library.blobs import no_room


class Usage:
    """Counts for many threads; `most` bytes may be in a container, 0 for any number."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._used: defaultdict[str, int] = defaultdict(int)
        self._lock = threading.Lock()

    def of(self, container: str) -> int:
        """Return the bytes in a container."""
        return self._used[container]

    def take(self, container: str, size_bytes: int, *, is_bounded: bool = True) -> None:
        """Count bytes that are about to be written. Raises `NoRoom`, counting nothing, when they do not fit."""
        with self._lock:
            used = self._used[container]
            if is_bounded and self._most and used + size_bytes > self._most:
                raise NoRoom(no_room(used, self._most, size_bytes))
            self._used[container] = used + size_bytes

    def give(self, container: str, size_bytes: int) -> None:
        """Count bytes that are gone."""
        with self._lock:
            self._used[container] -= size_bytes
