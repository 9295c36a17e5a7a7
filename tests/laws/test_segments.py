"""Shares add up, whatever is shared and among however many."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from penstock.runs.segment import segments


@given(total=st.integers(0, 1_000_000), of=st.integers(1, 300))
def test_the_shares_of_all_segments_add_up(total: int, of: int) -> None:
    assert sum(segment.share(total) for segment in segments(of)) == total


@given(total=st.integers(0, 1_000_000), of=st.integers(1, 300))
def test_no_share_differs_from_another_by_more_than_one(total: int, of: int) -> None:
    shares = [segment.share(total) for segment in segments(of)]
    assert max(shares) - min(shares) <= 1


@given(total=st.integers(0, 5_000), of=st.integers(1, 64))
def test_a_share_counts_the_numbers_that_belong_to_the_segment(total: int, of: int) -> None:
    for segment in segments(of):
        assert segment.share(total) == sum(number % of == segment.index for number in range(total))
