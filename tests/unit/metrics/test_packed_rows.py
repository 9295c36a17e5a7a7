from __future__ import annotations

import pytest

from penstock.metrics.packed_rows import PackedRows


@pytest.mark.parametrize("rows", [{}, {"b": (1, 2, 3), "a": (4, 5, 6)}], ids=["none", "some"])
def test_packed_rows_are_those_that_were_packed(rows: dict[str, tuple[int, int, int]]) -> None:
    packed = PackedRows(rows)
    assert packed == rows
    assert len(packed) == len(rows)
    assert list(packed) == sorted(rows)
    assert "c" not in packed
