"""From the parts of a snapshot to the JSON of `snapshot.v1`. Empty parts are left out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from penstock.metrics.histogram import Histogram
from penstock.metrics.measures import Agent, Iterated, Lags, Series, busy_us_of, peak_of
from penstock.metrics.own import OwnMetric
from penstock.metrics.reading import VERSION
from penstock.metrics.samples import Headers, ReceivedResponse, Sample, SentRequest


def write(
    *,
    span: tuple[int, int] | None,
    phase: str,
    agents: Mapping[str, Agent],
    user_us: int,
    iterations: Iterated,
    series: Mapping[tuple[str, str], Series],
    samples: tuple[Sample, ...],
    lags: Lags,
    own: Mapping[str, OwnMetric],
) -> dict[str, Any]:
    """Return the JSON of one agent's second in the agent's own form, of a sum with `agents` and `until_second`."""
    content: dict[str, Any] = {"version": VERSION, "phase": phase}
    users: dict[str, Any] = {"user_seconds": user_us / 1_000_000}
    health = _lags(lags)
    alone = next(iter(agents.items())) if len(agents) == 1 else None
    if alone and span and span[0] == span[1] and _said_by_a_second(alone[1], user_us):
        source, agent = alone
        content |= {"second": span[0], "source": source}
        users["active"] = agent.peak_users
        health |= _agent(agent)
    else:
        if span is not None:
            content |= {"second": span[0], "until_second": span[1]}
        content["agents"] = [
            {"source": source, "busy_s": agent.busy_us / 1_000_000, "peak_users": agent.peak_users, **_agent(agent)}
            for source, agent in sorted(agents.items())
        ]
    content |= {"users": users, "iterations": _iterated(iterations)}
    if series:
        content["series"] = [_series(kind, name, one) for (kind, name), one in sorted(series.items(), key=_key)]
    if samples:
        content["samples"] = [_sample(sample) for sample in samples]
    if health:
        content["health"] = health
    if own:
        content["own"] = [_own(name, metric) for name, metric in sorted(own.items())]
    return content


def _own(name: str, own: OwnMetric) -> list[Any]:
    numbers = [own.count, _exact(own.sum_micro), own.least_micro, own.most_micro, own.last_micro]
    histogram = _histogram(own.histogram) if own.histogram.count else None
    return [name, own.kind, *numbers, *own.last_at, histogram]


def _exact(number: int) -> int | str:
    """Return a number that readers of JSON keep as it is: beyond 64 bits as text."""
    return number if -(2**63) <= number < 2**63 else str(number)


def _key(item: tuple[tuple[str, str], Series]) -> tuple[str, str]:
    return item[0]


def _said_by_a_second(agent: Agent, user_us: int) -> bool:
    """Whether a reader finds out what it is not told: an agent's own form has neither busy time nor peak."""
    busy_us, peak = busy_us_of(agent.cpu_us, agent.wall_us), peak_of(agent.peak_users, user_us, agent.wall_us)
    return (agent.busy_us, agent.peak_users) == (busy_us, peak)


def _agent(agent: Agent) -> dict[str, Any]:
    return {
        "cpu_s": agent.cpu_us / 1_000_000,
        "wall_s": agent.wall_us / 1_000_000,
        "rss_bytes": agent.rss_bytes,
        "open_connections": agent.open_connections,
        "reconnects": agent.reconnects,
        "out_of_descriptors": agent.out_of_descriptors,
        "out_of_ports": agent.out_of_ports,
    }


def _iterated(iterations: Iterated) -> dict[str, int]:
    return {
        "started": iterations.started,
        "finished": iterations.finished,
        "failed": iterations.failed,
        "interrupted": iterations.interrupted,
        "late": iterations.late,
        "dropped": iterations.dropped,
    }


def _series(kind: str, name: str, series: Series) -> dict[str, Any]:
    content: dict[str, Any] = {
        "kind": kind,
        "name": name,
        "count": series.count,
        "failed": series.failed,
        "bytes_sent": series.bytes_sent,
        "bytes_received": series.bytes_received,
    }
    if series.slept_ns:
        content["slept_ns"] = series.slept_ns
    if series.cached:
        content["cached"] = series.cached
    if series.statuses:
        content["statuses"] = dict(sorted(series.statuses.items()))
    if series.errors:
        content["errors"] = [[*key, count] for key, count in sorted(series.errors.items())]
    if series.checks:
        content["checks"] = [[check, *counts] for check, counts in sorted(series.checks.items())]
    if series.phases:
        content["phases"] = _histograms(**series.phases)
    return content | _histograms(
        service=series.service,
        response=series.response,
        failed_service=series.failed_service,
        failed_response=series.failed_response,
        connect=series.connect,
    )


def _lags(lags: Lags) -> dict[str, Any]:
    content: dict[str, Any] = _histograms(
        start_lateness=lags.start_lateness, client_lag=lags.client_lag, loop_lag=lags.loop_lag
    )
    if lags.slow_steps:
        content["slow_steps"] = [[where, *slow] for where, slow in sorted(lags.slow_steps.items())]
    return content


def _histograms(**histograms: Histogram) -> dict[str, Any]:
    return {name: _histogram(histogram) for name, histogram in histograms.items() if histogram.count}


def _histogram(histogram: Histogram) -> dict[str, Any]:
    return {
        "n": histogram.count,
        "sum": histogram.sum_ns,
        "min": histogram.min_ns,
        "max": histogram.max_ns,
        "b": [value for pair in sorted(histogram.buckets.items()) for value in pair],
    }


def _sample(sample: Sample) -> dict[str, Any]:
    return {
        "kind": sample.kind,
        "name": sample.name,
        "error_kind": sample.error_kind,
        "message": sample.message,
        "second": sample.second,
        "source": sample.source,
        "request": None if sample.request is None else _request(sample.request),
        "response": None if sample.response is None else _response(sample.response),
    }


def _request(request: SentRequest) -> dict[str, Any]:
    return {
        "method": request.method,
        "url": request.url,
        "original_url": request.original_url,
        "headers": _headers(request.headers),
        "body": request.body,
    }


def _response(response: ReceivedResponse) -> dict[str, Any]:
    return {
        "status": response.status,
        "reason": response.reason,
        "headers": _headers(response.headers),
        "body": response.body,
    }


def _headers(headers: Headers) -> list[list[str]]:
    return [list(pair) for pair in headers]
