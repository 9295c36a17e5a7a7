from __future__ import annotations

import pytest

from penstock.errors import InvalidInput
from penstock.model.durations import parse_duration


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("30s", 30), ("1m30s", 90), ("250ms", 0.25), ("1.5h", 5400), ("1d", 86_400), ("45", 45), (" 2 m ", 120), (7, 7)],
)
def test_a_duration_is_read(text: str, seconds: float) -> None:
    assert parse_duration(text) == pytest.approx(seconds)


@pytest.mark.parametrize("text", ["", "s", "10x", "1m junk", "-5s", "1,5s", "nan"])
def test_what_is_no_duration_is_refused(text: str) -> None:
    with pytest.raises(InvalidInput, match="write it like 30s"):
        parse_duration(text)
