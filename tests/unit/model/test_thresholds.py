from __future__ import annotations

import pytest

from penstock.errors import InvalidInput
from penstock.model import parse_threshold
from penstock.model.thresholds import Measure


@pytest.mark.parametrize(
    ("text", "metric", "name", "comparison", "value"),
    [
        ("p95 < 800ms", "p95", "", "<", 0.8),
        ("p99.9<=1.5s", "p99.9", "", "<=", 1.5),
        ("avg[Log in] < 200", "avg", "Log in", "<", 0.2),  # a latency without a unit is milliseconds
        ("max < 250us", "max", "", "<", 0.00025),
        ("failed < 1%", "failed", "", "<", 0.01),
        ("failed[GET /a[b]] <= 0.5", "failed", "GET /a[b]", "<=", 0.5),  # names may hold brackets
        ("rate > 100/s", "rate", "", ">", 100.0),
        ("requests >= 1000", "requests", "", ">=", 1000.0),
        ("checks > 99%", "checks", "", ">", 0.99),
    ],
)
def test_a_threshold_is_read(text: str, metric: str, name: str, comparison: str, value: float) -> None:
    threshold = parse_threshold(text)
    assert (threshold.metric, threshold.name, threshold.comparison) == (metric, name, comparison)
    assert threshold.value == pytest.approx(value)
    assert threshold.text == text


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "not understood"),
        ("p95", "not understood"),
        ("p95 = 3ms", "not understood"),
        ("p101 < 1s", "between p0 and p100"),
        ("p95 < 3%", "given in us, ms or s"),
        ("failed < 3ms", "a share"),
        ("failed < 300%", "between 0% and 100%"),
        ("speed > 3", "unknown metric 'speed'"),
        ("requests > 3/s", "plain number"),
    ],
)
def test_what_is_no_threshold_is_refused_with_the_reason(text: str, reason: str) -> None:
    with pytest.raises(InvalidInput, match=reason.replace("(", r"\(")):
        parse_threshold(text)


def test_a_threshold_may_look_at_windows_and_stop_the_run() -> None:
    threshold = parse_threshold("p95[check out] < 800ms over 10s stop")
    assert (threshold.name, threshold.window_s, threshold.stops) == ("check out", 10.0, True)
    assert not parse_threshold("p95 < 800ms over 1m30s").stops


def test_a_threshold_may_compare_two_measures() -> None:
    threshold = parse_threshold("p95[new] < 1.2 * p95[old]")
    assert threshold.against == Measure("p95", "old")
    assert threshold.holds(1.1, 1.0)
    assert not threshold.holds(1.3, 1.0)
    assert parse_threshold("failed[a] <= failed[b]").value == 1


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("p95 < 1s over 10ms", "one second or longer"),
        ("p95 < 1s over soon", "write it like 30s"),
        ("p95 < failed", "cannot be compared"),
        ("p95 < 2 * rate[x]", "cannot be compared"),
    ],
)
def test_a_window_or_comparison_without_sense_is_refused(text: str, reason: str) -> None:
    with pytest.raises(InvalidInput, match=reason):
        parse_threshold(text)
