"""What the HTML report says in words, and how it keeps recorded text from acting."""

from __future__ import annotations

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from penstock.model import parse_threshold
from penstock.reporting.html.cells import elapsed, milliseconds
from penstock.reporting.html.sanitizing import cut, guard_json, label, script_json, show
from penstock.reporting.html.wording import describe, describe_limit
from penstock.runs.verdict import FailureLimit


@pytest.mark.parametrize(
    ("threshold", "words"),
    [
        ("p95 < 800ms", "95% of all requests are answered in less than 800 ms"),
        ("p99.9[Log in] <= 1.5s", "99.9% of “Log in” are answered in at most 1.5 s"),
        ("p50 > 10ms", "the 50th percentile of all requests is more than 10 ms"),
        ("p1 >= 1s", "the 1st percentile of all requests is at least 1 s"),
        ("p11 >= 1s", "the 11th percentile of all requests is at least 1 s"),
        ("avg[a] <= 1.5s", "“a” are answered in at most 1.5 s on average"),
        ("max < 20s", "the slowest of all requests is answered in less than 20 s"),
        ("min > 1us", "the fastest of all requests is answered in more than 1 µs"),
        ("failed < 0.5%", "less than 0.5% of all requests fail"),
        ("checks >= 99%", "at least 99% of the checks hold"),
        ("checks[a] > 99%", "more than 99% of the checks on “a” hold"),
        ("rate > 100", "more than 100 requests a second"),
        ("rate[a] > 0.5", "more than 0.5 “a” a second"),
        ("requests >= 1000", "at least 1,000 requests in all"),
        ("p95[new] < 1.2 * p95[old]", "95% of “new” are answered in less than 1.2 times the p95 of “old”"),
        ("p95[new] < p50", "95% of “new” are answered in less than the p50 of all requests"),
        ("failed < 1% over 10s", "less than 1% of all requests fail, in every span of 10s"),
        ("failed < 1% over 1m stop", "less than 1% of all requests fail, in every span of 1m; else the test stops"),
    ],
)
def test_thresholds_read_as_sentences(threshold: str, words: str) -> None:
    assert describe(parse_threshold(threshold)) == words


@pytest.mark.parametrize(
    ("most", "words"),
    [(0.0, "none of the iterations fail"), (0.05, "at most 5% of the iterations fail")],
)
def test_the_failure_limit_reads_as_a_sentence(most: float, words: str) -> None:
    assert describe_limit(FailureLimit("iterations", 0, 10, most, passed=True)) == words


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0, "0"), (0.0000456, "0.046"), (0.00421, "4.21"), (0.009996, "10.0"), (0.0873, "87.3"), (1.25, "1,250")],
)
def test_milliseconds_have_three_digits(seconds: float, text: str) -> None:
    assert milliseconds(seconds) == text


@pytest.mark.parametrize(("seconds", "text"), [(0, "0:00"), (65, "1:05"), (3599, "59:59"), (3605, "1:00:05")])
def test_moments_are_written_as_on_a_clock(seconds: float, text: str) -> None:
    assert elapsed(seconds) == text


@given(st.text(st.characters(categories=None)))
def test_shown_text_can_be_encoded_and_hides_nothing(text: str) -> None:
    shown = show(text)
    shown.encode()
    assert not any(sign < " " and sign not in "\t\n" for sign in shown)
    assert not set(shown) & set("\x7f\x85\u061c\u200b\u200f\u2028\u202e\u2066\ufeff")
    if text.isascii() and text.isprintable():
        assert shown == text


@given(st.recursive(st.text() | st.integers(0, 9), lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner)))
def test_json_in_a_script_means_the_same_and_cannot_end_the_script(value: object) -> None:
    encoded = script_json(value)
    assert orjson.loads(encoded) == value
    assert not set(encoded) & set("<>&\u2028\u2029")
    assert orjson.loads(guard_json(orjson.dumps(value, option=orjson.OPT_INDENT_2))) == value


@given(st.text())
def test_chart_labels_are_one_short_line_without_markup(text: str) -> None:
    written = label(text)
    assert not set(written) & set("<>\n")
    assert len(written) <= 44 * len("&amp;")


def test_a_cut_text_says_how_much_is_missing() -> None:
    assert cut("abc", 3) == "abc"
    assert cut("abcdefg" * 1000, 3) == "abc… (6,997 more characters)"
