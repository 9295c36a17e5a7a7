"""JavaScript's regular expressions on another engine, compared with JavaScript itself."""

from __future__ import annotations

import json
import time
from random import Random

import pytest
import quickjs
from hypothesis import given, settings
from hypothesis import strategies as st

from penstock.program.values.javascript.regexp import InvalidPattern, Pattern, PatternTooSlow, compile_pattern
from penstock.program.values.javascript.regexp.samples import sample

# fmt: off
PIECES = [
    "a", "b", "ab", "A", ".", "\\d", "\\D", "\\w", "\\W", "\\s", "\\S", "\\b", "\\B", "^", "$", "(a)", "(?:b)",
    "(?<n>a|b)", "\\k<n>", "[ab]", "[^a]", "[a-c]", "[\\d-x]", "[]", "[^]", "[\\b]", "[\\w-]", "\\1", "\\2", "\\8",
    "\\0", "\\141", "|", "*", "+", "?", "*?", "+?", "{2}", "{1,}", "{0,1}", "{,2}", "{", "}", "]", "(", ")", "[",
    "\\", "\\.", "\\/", "\\x61", "\\x6", "\\u0062", "\\u6", "\\cA", "\\c", "\\q", "-", "\n", " ", "é", "ß", "(?",
    "{2,1}", "\\p{L}",
]
# fmt: on
TEXTS = [
    "",
    "a",
    "ab",
    "aab ba",
    "abc 123",
    "b\na",
    "x1-",
    "é a",
    "aaabbb",
    "{a}",
    "]]",
    "\u2028b\r",
    "\x01c\x08",
    "qc\\",
]
# Repeated assertions make QuickJS itself run for ever, so the engines are compared without them.
ASSERTIONS = ["(?=a)", "(?!b)", "(?<=a)", "(?<!b)"]

_CONTEXT = quickjs.Context()
_EXEC = _CONTEXT.eval(
    "(function (source, text, flags) { try { const m = new RegExp(source, flags).exec(text);"
    " return m ? JSON.stringify([m.index, Array.from(m)]) : 'none' } catch (error) { return 'invalid' } })"
)


def ours(source: str, text: str, flags: str) -> str:
    try:
        match = Pattern(source, flags).search(text)
    except InvalidPattern:
        return "invalid"
    if match is None:
        return "none"
    return json.dumps([match.start(), [match[0], *match.groups()]], ensure_ascii=False, separators=(",", ":"))


@settings(max_examples=400)
@given(
    st.lists(st.sampled_from(PIECES), min_size=1, max_size=6),
    st.sampled_from(TEXTS),
    st.sampled_from(["", "", "i", "m", "s"]),
)
def test_patterns_match_as_in_javascript(pieces: list[str], text: str, flags: str) -> None:
    source = "".join(pieces)
    assert ours(source, text, flags) == _EXEC(source, text, flags)


@settings(max_examples=100)
@given(st.sampled_from(ASSERTIONS), st.lists(st.sampled_from(PIECES[:20]), max_size=3), st.sampled_from(TEXTS))
def test_assertions_hold_as_in_javascript(assertion: str, pieces: list[str], text: str) -> None:
    source = f"(?:x|{assertion})(?:{''.join(pieces)})"
    assert ours(source, text, "") == _EXEC(source, text, "")


def test_a_text_is_a_row_of_characters_and_not_of_utf16_units() -> None:
    assert ours("^.$", "🚪", "") == '[0,["🚪"]]'
    assert _EXEC("^.$", "🚪", "") == "none"


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ("^(a|aa)+$", "a" * 60 + "b"),
        ("^(?=(a|aa)+$)", "a" * 60 + "b"),
        ("^((a|b)|(a|b))+c?$", "ab" * 30 + "d"),
        ("(.*)(.*)(.*)(.*)(.*)[^x]y", "yx" * 1000),
    ],
)
def test_a_pattern_that_blows_up_ends_with_an_error(source: str, text: str) -> None:
    started = time.monotonic()
    with pytest.raises(PatternTooSlow, match=r"took longer than 0.5 s"):
        Pattern(source).capture(text)
    assert time.monotonic() - started < 5


def test_only_harmless_patterns_run_without_a_watch() -> None:
    for source, harmless in [
        ("token=(\\w+)", True),
        ("^\\d+$", True),
        ("(a+)+$", False),
        ("(a)\\1", False),
        ("a?" * 30, False),
    ]:
        assert (Pattern(source)._harmless > 100) is harmless, source


def test_the_first_group_is_captured_unless_it_is_empty() -> None:
    assert compile_pattern("id=(\\d+)").capture("x id=42;") == "42"
    assert compile_pattern("id=\\d+").capture("id=42") is None
    assert compile_pattern("id=(z*)").capture("id=42") is None
    assert compile_pattern("id=(x)|id").capture("id=42") is None


@pytest.mark.parametrize(
    ("source", "flags", "replacement", "text"),
    [
        ("(\\w+) (\\w+)", "", "$2 $1", "Doe John"),
        ("o", "", "$$", "J$hn Doe"),
        ("o", "g", "[$&]", "J[o]hn D[o]e"),
        ("h", "", "<$`|$'>", "Jo<Jo|n Doe>n Doe"),
        ("(J)", "", "$10$2$01", "J0$2John Doe"),
        ("JOHN", "i", "Jane", "Jane Doe"),
    ],
)
def test_replacements_refer_to_the_match(source: str, flags: str, replacement: str, text: str) -> None:
    assert compile_pattern(source, flags).replace("John Doe", replacement) == text


@pytest.mark.parametrize("flags", ["x", "gg", "gq"])
def test_unknown_flags_are_refused(flags: str) -> None:
    with pytest.raises(InvalidPattern):
        Pattern("a", flags)


@pytest.mark.parametrize(
    "source",
    ["abc", "[a-f]{8}-\\d{4}", "(x|yy|z+)?\\w", "(\\d)\\1", "[^a-y]+", "(?<n>a|b)\\k<n>", "\\s\\S.", "a{2,3}?"],
)
def test_a_sample_matches_its_pattern(source: str) -> None:
    random = Random(5)
    for _ in range(20):
        assert Pattern(f"^(?:{source})$", "s").matches(sample(source, random))


def test_a_sample_has_a_bounded_length() -> None:
    assert len(sample("(((a+)+)+)+", Random(5))) <= 10_000
