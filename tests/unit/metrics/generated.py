"""Strategies for snapshots: every measure, with few names so that parts meet each other."""

from __future__ import annotations

from hypothesis import strategies as st

from penstock.metrics.histogram import Histogram
from penstock.metrics.measures import Agent, Iterated, Lags, Series
from penstock.metrics.samples import ReceivedResponse, Sample, SentRequest, earliest
from penstock.metrics.snapshot import Snapshot

counts = st.integers(0, 10**9)
few = st.integers(0, 5)
texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
latencies_ns = st.one_of(st.integers(0, 600), st.integers(0, 10**12))
histograms = st.lists(latencies_ns, max_size=6).map(Histogram.of)
sources = st.sampled_from(["0/3", "1/3", "2/3"])
names = st.sampled_from(["GET /items", "POST /orders", "(other)"])
kinds = st.sampled_from(["request", "group", "iteration"])
error_kinds = st.sampled_from(["status", "timeout"])
messages = st.sampled_from(["HTTP status 503 - Service Unavailable", "no complete response within 5 s", "'"])
headers = st.lists(st.tuples(texts, texts), max_size=2).map(tuple)

samples = st.builds(
    Sample,
    kind=kinds,
    name=names,
    error_kind=error_kinds,
    message=messages,
    second=st.integers(0, 20),
    source=sources,
    request=st.none() | st.builds(SentRequest, texts, texts, st.none() | texts, headers, st.none() | texts),
    response=st.none() | st.builds(ReceivedResponse, st.integers(100, 599), texts, headers, st.none() | texts),
)


@st.composite
def series(draw: st.DrawFn) -> Series:
    count = draw(counts)
    return Series(
        count=count,
        failed=draw(st.integers(0, count)),
        bytes_sent=draw(counts),
        bytes_received=draw(counts),
        slept_ns=draw(counts),
        statuses=draw(st.dictionaries(st.sampled_from(["200", "404", "503"]), counts)),
        errors=draw(st.dictionaries(st.tuples(error_kinds, messages), counts, max_size=3)),
        checks=draw(st.dictionaries(texts, st.tuples(counts, counts), max_size=2)),
        service=draw(histograms),
        response=draw(histograms),
        failed_service=draw(histograms),
        failed_response=draw(histograms),
        connect=draw(histograms),
    )


agents = st.builds(
    Agent,
    cpu_us=counts,
    wall_us=st.integers(0, 2_000_000),
    busy_us=st.integers(0, 2_000_000),
    rss_bytes=counts,
    open_connections=counts,
    reconnects=counts,
    peak_users=few,
)
lags = st.builds(
    Lags,
    start_lateness=histograms,
    client_lag=histograms,
    loop_lag=histograms,
    slow_steps=st.dictionaries(texts, st.tuples(counts, st.floats(0, 1e3, allow_nan=False)), max_size=2),
)


@st.composite
def snapshots(draw: st.DrawFn) -> Snapshot:
    """One second of one agent."""
    second = draw(st.integers(0, 30))
    return Snapshot(
        span=(second, second),
        agents={draw(sources): draw(agents)},
        user_us=draw(counts),
        iterations=Iterated(draw(counts), draw(counts), draw(counts), draw(counts)),
        series=draw(st.dictionaries(st.tuples(kinds, names), series(), max_size=3)),
        samples=earliest(draw(st.lists(samples, max_size=3))),
        lags=draw(lags),
    )


@st.composite
def plain_snapshots(draw: st.DrawFn, last_second: int) -> Snapshot:
    """One second of one agent, with requests and little else."""
    second = draw(st.integers(0, last_second))
    good, bad = draw(histograms), draw(histograms)
    measured = Series(count=good.count + bad.count, failed=bad.count, response=good, failed_response=bad)
    return Snapshot(
        span=(second, second),
        agents={draw(sources): Agent(cpu_us=draw(counts), wall_us=1_000_000)},
        user_us=draw(counts),
        series={("request", draw(names)): measured},
    )
