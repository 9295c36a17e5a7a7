"""What `penstock control` and the faces understand of a change of level."""

from __future__ import annotations

import pytest

from penstock.errors import InvalidInput
from penstock.runs.commands import SetLevel, parse_level


@pytest.mark.parametrize(
    ("text", "unit", "amount", "how"),
    [
        pytest.param("users=50", "users", 50, "to", id="so many"),
        pytest.param(" users=50 ", "users", 50, "to", id="spaces around do not matter"),
        pytest.param("users=+10", "users", 10, "by", id="more"),
        pytest.param("users=-10", "users", -10, "by", id="less"),
        pytest.param("users=+2.5%", "users", 0.025, "by-share", id="a share need not be whole"),
        pytest.param("rate=-10%", "rate", -0.1, "by-share", id="a share less"),
        pytest.param("rate=0.5", "rate", 0.5, "to", id="a rate need not be whole"),
        pytest.param("rate=600/m", "rate", 10, "to", id="a rate in minutes"),
    ],
)
def test_a_level_is_read(text: str, unit: str, amount: float, how: str) -> None:
    assert parse_level(text, "buyers") == SetLevel(unit, amount, how, "buyers")  # type: ignore[arg-type]  # of the table


@pytest.mark.parametrize(
    ("text", "says"),
    [
        pytest.param("users=2.5", "come whole", id="half a user"),
        pytest.param("users=+0.5", "come whole", id="half a user more"),
        pytest.param("users=10%", r"users=\+10% or users=-10%", id="a share of what"),
        pytest.param("people=10", "is not understood; write users=50", id="no such level"),
        pytest.param("users=", "is not understood", id="no number"),
        pytest.param("users=many", "many", id="a word"),
    ],
)
def test_a_level_that_is_none_is_refused_with_what_to_write(text: str, says: str) -> None:
    with pytest.raises(InvalidInput, match=says):
        parse_level(text)
