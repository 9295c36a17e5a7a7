from __future__ import annotations

import pytest

from penstock.errors import InvalidInput
from penstock.model.sizes import parse_size


@pytest.mark.parametrize(
    ("text", "size"),
    [
        ("20MB", 20_000_000),
        ("20m", 20_000_000),
        ("500 kB", 500_000),
        ("1GiB", 2**30),
        ("1.5KiB", 1536),
        ("12", 12),
        ("12B", 12),
        (7, 7),
    ],
)
def test_a_size_is_read(text: str | int, size: int) -> None:
    assert parse_size(text) == size


@pytest.mark.parametrize("text", ["", "MB", "-5", "1,5MB", "nan", "inf", "1e9", "10 miles", "5iB", "9" * 400])
def test_what_is_no_size_is_refused(text: str) -> None:
    with pytest.raises(InvalidInput, match="write it like 500kB"):
        parse_size(text)
