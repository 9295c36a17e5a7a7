"""What of the machine itself speaks against the numbers."""

from __future__ import annotations

import pytest

from penstock.runners import strain
from penstock.runners.linux import Ticks


@pytest.mark.parametrize(
    ("stolen", "swapped", "words"),
    [
        (40, 900, []),  # both below their limits
        (60, 0, ["kept the processor from this machine for 6%"]),
        (0, 1001, ["swapped 1,001 pages"]),
        (500, 5000, ["for 50%", "5,000 pages"]),
    ],
)
def test_what_passed_a_limit_is_said(
    monkeypatch: pytest.MonkeyPatch, stolen: int, swapped: int, words: list[str]
) -> None:
    ticks, pages = iter([Ticks(0, 100, 5000), Ticks(0, 100 + stolen, 6000)]), iter([70, 70 + swapped])
    monkeypatch.setattr(strain, "processor_ticks", lambda: next(ticks))
    monkeypatch.setattr(strain, "swapped_pages", lambda: next(pages))
    sentences = strain.Strain().sentences()
    assert len(sentences) == len(words)
    for sentence, word in zip(sentences, words, strict=True):
        assert word in sentence
