import pytest
from hypothesis import given
from hypothesis import strategies as st

from penstock.reporting.text_cells import Painter, cut, pad, pad_left, shorten, visible, width


@pytest.mark.parametrize(
    ("text", "shown", "why"),
    [
        ("plain", "plain", "as it is"),
        ("Größe 价格 🙂", "Größe 价格 🙂", "other scripts"),
        ("a\nb\tc", "a\\nb\\tc", "one line stays one line"),
        ("\x1b[31mred", "\\x1b[31mred", "no colours from outside"),
        ("\x07\x00", "\\x07\\x00", "no bells"),
        ("\u202egnp.exe", "\\u202egnp.exe", "the direction of writing stays"),
        ("zero\u200bwidth", "zero\\u200bwidth", "nothing hides"),
        ("\ud800", "\\ud800", "half a sign"),
    ],
)
def test_what_a_terminal_would_obey_is_shown(text: str, shown: str, why: str) -> None:
    assert visible(text) == shown, why


@pytest.mark.parametrize(("text", "columns"), [("abc", 3), ("价格", 4), ("e\u0301", 1), ("", 0)])
def test_width_is_in_columns(text: str, columns: int) -> None:
    assert width(text) == columns


@pytest.mark.parametrize(
    ("text", "most", "short"),
    [
        ("abcdef", 6, "abcdef"),
        ("abcdefg", 6, "abc…fg"),
        ("abcdefg", 5, "ab…fg"),
        ("价格价格", 5, "价…格"),
        ("价格价格", 4, "价…"),
        ("ab", 1, "…"),
    ],
)
def test_names_are_cut_in_the_middle(text: str, most: int, short: str) -> None:
    assert shorten(text, most) == short


@given(text=st.text().map(visible), most=st.integers(1, 30))
def test_what_is_cut_fits(text: str, most: int) -> None:
    assert width(shorten(text, most)) <= most
    assert width(cut(text, most)) <= most
    assert width(pad(cut(text, most), most)) == most == width(pad_left(cut(text, most), most))


def test_cutting_at_the_end_keeps_the_beginning() -> None:
    assert cut("abcdef", 4) == "abc…"
    assert cut("abcd", 4) == "abcd"


def test_a_painter_without_colour_changes_nothing() -> None:
    assert Painter(colour=False)("text", "red", "bold") == "text"
    assert Painter(colour=True)("text", "red", "bold") == "\x1b[31;1mtext\x1b[0m"
    assert Painter(colour=True)("", "red") == ""
