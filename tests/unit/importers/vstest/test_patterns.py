from __future__ import annotations

import pytest
import regex

from penstock.importers.vstest.patterns import Untranslatable, translate


@pytest.mark.parametrize(
    ("pattern", "text", "found", "why"),
    [
        (r"(?<year>\d{4})-\k<year>", "2020-2020", "2020-2020", "named groups"),
        (r"(?'q'['\"])x\k'q'", "'x'", "'x'", "named with quotes"),
        (r"a\z", "a\n", None, "the very end"),
        (r"a\Z", "a\n", "a", "the end, or a line end before it"),
        (r"[\w-[aeiou]]+", "aexyz", "xyz", "subtraction of sets"),
        (r"[^\]a-z[]+", "ab[]X-", "X-", "brackets in sets"),
        (r"\p{IsCyrillic}+", "abc где", "где", "blocks of Unicode"),
        (r"\p{Lu}\P{Lu}", "xAb", "Ab", "categories"),
        (r"\cI\u0041\x42\e?", "\tAB", "\tAB", "escapes"),
        (r"(?i)ab(?-i:c)", "ABc", "ABc", "options"),
        (r"(?<=a+)b", "aab", "b", "looking back as far as need be"),
        (r"(?>a+)b", "aab", "aab", "atomic groups"),
        (r"(a)?(?(1)b|c)", "ab", "ab", "conditions on groups"),
    ],
    ids=lambda value: value if isinstance(value, str) else "None",
)
def test_an_expression_finds_what_it_finds_in_dotnet(pattern: str, text: str, found: str | None, why: str) -> None:
    match = regex.search(translate(pattern), text)
    assert (match and match[0]) == found


@pytest.mark.parametrize(
    ("pattern", "reason"),
    [
        (r"(?<open-close>x)", "balancing groups"),
        (r"(?n)(a)", "option n"),
        ("(unclosed", "not valid"),
        ("*", "not valid"),
    ],
)
def test_what_cannot_be_said_in_the_other_syntax_is_refused(pattern: str, reason: str) -> None:
    with pytest.raises(Untranslatable, match=reason):
        translate(pattern)
