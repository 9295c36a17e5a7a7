"""Memory that is not used any more goes back to the system."""

from __future__ import annotations

import platform
from pathlib import Path

import pytest

from penstock.runners import heap

PIECES, SIZE_BYTES = 2000, 8_000


def resident_bytes() -> int:
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="only the GNU C library gives back what lies scattered")
def test_what_lies_between_kept_pieces_is_given_back() -> None:
    kept = []
    for _ in range(PIECES):
        between = bytearray(SIZE_BYTES)
        kept.append(bytes(600))
        kept.append(between)
    del between
    kept = kept[::2]
    before = resident_bytes()
    heap.give_back()
    assert before - resident_bytes() > PIECES * SIZE_BYTES / 3
    assert len(kept) == PIECES
