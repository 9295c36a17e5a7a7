"""What a load gave, in the terms of Prometheus."""

from __future__ import annotations

from collections.abc import Mapping

from penstock.metrics.histogram import Histogram
from penstock.metrics.measures import Series
from penstock.metrics.snapshot import Snapshot
from penstock.reporting.bounds import BOUNDS_S
from penstock.reporting.exposition import MOST_REQUESTS, OTHERS, LoadMeasures, LoadName, families

MS = 1_000_000


def series(*took_ms: float, failed_ms: tuple[float, ...] = ()) -> Series:
    good, bad = (Histogram.of(int(one * MS) for one in times) for times in (took_ms, failed_ms))
    count = len(took_ms) + len(failed_ms)
    return Series(count=count, failed=len(failed_ms), response=good, failed_response=bad)


def measured(by_name: Mapping[str, Series]) -> LoadMeasures:
    return LoadMeasures.in_the_end(Snapshot(series={("request", name): one for name, one in by_name.items()}))


def test_latencies_are_counted_up_to_each_bound_and_failed_ones_with_them() -> None:
    one = measured({"buy": series(1, 4, 20, 70_000, failed_ms=(300,))}).requests["buy"]
    assert dict(zip(BOUNDS_S, one.buckets, strict=True)) == {
        **dict.fromkeys((0.005, 0.01), 2),
        **dict.fromkeys((0.025, 0.05, 0.1, 0.25), 3),
        **dict.fromkeys((0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0), 4),
    }
    assert (one.count, one.failed, one.timed, one.sum_s) == (5, 1, 5, 70.325)


def test_requests_beyond_the_most_frequent_ones_are_summed_up_and_none_is_lost() -> None:
    named = {f"r{place}": series(*[1] * (place + 1)) for place in range(MOST_REQUESTS + 7)}
    requests = measured(named).requests
    assert len(requests) == MOST_REQUESTS + 1
    assert set(named) - set(requests) == {f"r{place}" for place in range(7)}
    assert requests[OTHERS].count == sum(range(1, 8))
    assert sum(one.count for one in requests.values()) == sum(one.count for one in named.values())


def test_pages_and_groups_are_no_requests() -> None:
    total = Snapshot(series={("group", "cart"): series(1), ("request", "buy"): series(1)})
    assert set(LoadMeasures.in_the_end(total).requests) == {"buy"}


def test_names_of_any_kind_are_told_as_they_are() -> None:
    name = 'a "b"\\\nc'
    told = list(families([(LoadName("1", name, "team"), measured({name: series(1)}))]))
    (requests,) = (family for family in told if family.name == "penstock_load_requests")
    assert requests.samples[0].labels == {"run": "1", "name": name, "team": "team", "request": name}
