"""Histograms for OpenTelemetry add up as ours do."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from penstock.metrics.histogram import Histogram
from penstock.metrics.measures import Series
from penstock.metrics.snapshot import Snapshot
from penstock.reporting.exposition import MOST_REQUESTS, OTHERS, LoadName

pytest.importorskip("opentelemetry.sdk", reason="OpenTelemetry is not installed: penstock[otlp]")
from penstock.reporting.otlp import kinds
from penstock.reporting.otlp.loads import message
from penstock.reporting.otlp.points import Points
from penstock.reporting.otlp.state import LoadState

LATENCIES = st.lists(st.integers(0, 400_000_000_000), max_size=40)


def counted(values: list[int], *, exponential: bool) -> Counter[int]:
    """Return the counts by bucket, the zeros as -10,000."""
    points = Points(1, exponential=exponential)
    points.histogram(kinds.LATENCY, Histogram.of(values), {}, 0)
    found: Counter[int] = Counter()
    for metric in points.metrics():
        (point,) = metric.data.data_points
        buckets: Any = point.positive if exponential else None
        counts, first = (buckets.bucket_counts, buckets.offset) if exponential else (point.bucket_counts, 0)
        found.update({first + place: count for place, count in enumerate(counts) if count})
        if exponential:
            found.update({-10_000: point.zero_count})
        assert sum(found.values()) == point.count == len(values)
        assert point.sum == sum(values) / 1e9
    return +found


@pytest.mark.parametrize("exponential", [False, True])
@given(one=LATENCIES, other=LATENCIES)
def test_points_of_two_agents_add_up_to_the_point_of_both(exponential: bool, one: list[int], other: list[int]) -> None:
    both = counted(one, exponential=exponential) + counted(other, exponential=exponential)
    assert counted([*one, *other], exponential=exponential) == both


@given(value=st.integers(1, 400_000_000_000))
def test_an_exponential_bucket_holds_its_value_up_to_the_width_of_ours(value: int) -> None:
    (index,) = counted([value], exponential=True)
    low, high = 2 ** (index / 8), 2 ** ((index + 1) / 8)
    assert low * 0.992 <= value / 1e9 <= high * 1.008


def test_requests_beyond_the_most_frequent_ones_are_summed_up_and_none_is_lost() -> None:
    series = {
        ("request", f"r{place}"): Series(count=place + 1, statuses={"200": place}) for place in range(MOST_REQUESTS + 7)
    }
    load = LoadState(LoadName("7", "shop"), 0, Snapshot(series=series))
    told: Any = message([load], 1, exponential=False)
    (scope,) = told.resource_metrics[0].scope_metrics
    (requests,) = [metric.data for metric in scope.metrics if metric.name == "penstock.load.requests"]
    assert requests.is_monotonic
    labels = [point.attributes for point in requests.data_points]
    assert all(one["run"] == "7" and one["name"] == "shop" and "team" not in one for one in labels)
    assert len({one["request"] for one in labels}) == MOST_REQUESTS + 1
    assert sum(point.value for point in requests.data_points) == sum(one.count for one in series.values())
    others = {one["status"]: one for one in labels if one["request"] == OTHERS}
    assert set(others) == {"2xx", "none"}
