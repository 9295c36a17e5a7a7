"""Peak memory of a tree of processes, read from /proc while it runs."""

from __future__ import annotations

from pathlib import Path

PROC = Path("/proc")


class MemoryWatch:
    """Look at all descendants of one process now and then; keeps the largest process and the largest sum.

    A process's own peak is the kernel's high-water mark, so only the sum can miss a short peak. Pages that
    processes share count in each of them.
    """

    def __init__(self, root: int) -> None:
        self._root = root
        self.largest_bytes = 0
        self.sum_bytes = 0

    def look(self) -> None:
        """Take one sample."""
        sizes = [size for pid in descendants(self._root) if (size := _sizes_bytes(pid)) is not None]
        if sizes:
            self.largest_bytes = max(self.largest_bytes, *(peak for peak, _ in sizes))
            self.sum_bytes = max(self.sum_bytes, self.largest_bytes, sum(now for _, now in sizes))


def sizes_of_tree(root: int) -> tuple[int, ...]:
    """Return the present resident sizes of a process and of all that came of it, in order of age."""
    sizes = (_sizes_bytes(pid) for pid in sorted({root, *descendants(root)}))
    return tuple(size[1] for size in sizes if size is not None)


def descendants(root: int) -> list[int]:
    """Return the processes that came of one, and are still there."""
    found: list[int] = []
    waiting = [root]
    while waiting:
        pid = waiting.pop()
        for listing in (PROC / str(pid) / "task").glob("*/children"):
            try:
                children = [int(child) for child in listing.read_text(encoding="ascii").split()]
            except OSError:  # the thread has just ended
                continue
            found += children
            waiting += children
    return found


def _sizes_bytes(pid: int) -> tuple[int, int] | None:
    """Return peak and present resident size; None for a process that is no more."""
    peak = now = None
    try:
        status = (PROC / str(pid) / "status").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return None
    for line in status.splitlines():
        if line.startswith("VmHWM:"):
            peak = int(line.split()[1]) * 1024
        elif line.startswith("VmRSS:"):
            now = int(line.split()[1]) * 1024
    return None if peak is None or now is None else (peak, now)
