"""From the JSON of `snapshot.v1` to its parts, with every value looked at: numbers that reports rest on.

Consistency is checked inside a value (a histogram's buckets add up to its count), not between them: that is the
engine's own matter, and its tests'. What comes twice under one name is added.
"""

from __future__ import annotations

import functools
import operator
import re
from collections.abc import Callable
from typing import Any, TypeVar, cast

from penstock.metrics.buckets import all_lows, bucket_of
from penstock.metrics.fields import (
    Malformed,
    micros_at,
    object_at,
    objects,
    optional_text_at,
    rows,
    shown,
    text_at,
    typed,
    whole_at,
    within,
)
from penstock.metrics.histogram import EMPTY, Histogram
from penstock.metrics.measures import (
    EXCHANGE_PHASES,
    Agent,
    Iterated,
    Lags,
    Series,
    busy_us_of,
    merge_agents,
    merge_checks,
    merge_counts,
    merge_series,
    merge_slow_steps,
    peak_of,
)
from penstock.metrics.own import OwnMetric
from penstock.metrics.samples import ReceivedResponse, Sample, SentRequest, earliest

VERSION = 1
PHASES = ("warm-up", "cool-down", "main")
SERIES_KINDS = ("request", "group", "iteration", "page", "message", "tag")
OWN_KINDS = ("counter", "gauge", "trend")

Key = TypeVar("Key")
Item = TypeVar("Item")


def read(data: Any) -> dict[str, Any]:
    """Return the fields of a `Snapshot` by name. Raises `Malformed`."""
    if type(data) is not dict:
        raise Malformed("snapshot", f"is not an object but {shown(data)}")
    if data.get("version") != VERSION:
        raise Malformed("version", f"is {shown(data.get('version'))}; this Penstock reads version {VERSION}")
    users = object_at(data, "users")
    health = object_at(data, "health")
    lags = within("health", _lags, health)
    if "agents" in data:  # a sum
        agents = _summed(objects(data, "agents", _agent_of_sum), merge_agents)
        span = (whole_at(data, "second"), whole_at(data, "until_second")) if "second" in data else None
        if span and span[0] > span[1]:
            raise Malformed("until_second", "lies before second")
    else:
        source = text_at(data, "source", required=True)
        second = whole_at(data, "second", required=True)
        agents = {source: _agent(health, users)}
        span = (second, second)
    return {
        "span": span,
        "phase": _phase(data),
        "agents": agents,
        "user_us": within("users", micros_at, users, "user_seconds"),
        "iterations": within("iterations", _iterated, object_at(data, "iterations")),
        "series": _summed(objects(data, "series", _series), merge_series),
        "samples": earliest(objects(data, "samples", _sample)),
        "lags": lags,
        "own": _summed(rows(data, "own", _own), lambda own: functools.reduce(operator.add, own)),
    }


def _phase(data: dict[str, Any]) -> str:
    phase = text_at(data, "phase") or "main"
    if phase not in PHASES:
        raise Malformed("phase", f"is {shown(phase)}; known are {', '.join(PHASES)}")
    return phase


def _iterated(data: dict[str, Any]) -> Iterated:
    return Iterated(
        started=whole_at(data, "started"),
        finished=whole_at(data, "finished"),
        failed=whole_at(data, "failed"),
        interrupted=whole_at(data, "interrupted"),
        late=whole_at(data, "late"),
        dropped=whole_at(data, "dropped"),
    )


def _agent(health: dict[str, Any], users: dict[str, Any]) -> Agent:
    active, user_us = within("users", whole_at, users, "active"), within("users", micros_at, users, "user_seconds")
    cpu_us, wall_us = within("health", micros_at, health, "cpu_s"), within("health", micros_at, health, "wall_s")
    return Agent(
        cpu_us=cpu_us,
        wall_us=wall_us,
        busy_us=busy_us_of(cpu_us, wall_us),
        rss_bytes=within("health", whole_at, health, "rss_bytes"),
        open_connections=within("health", whole_at, health, "open_connections"),
        reconnects=within("health", whole_at, health, "reconnects"),
        peak_users=peak_of(active, user_us, wall_us),
        out_of_descriptors=within("health", whole_at, health, "out_of_descriptors"),
        out_of_ports=within("health", whole_at, health, "out_of_ports"),
    )


def _agent_of_sum(data: dict[str, Any]) -> tuple[str, Agent]:
    return text_at(data, "source", required=True), Agent(
        cpu_us=micros_at(data, "cpu_s"),
        wall_us=micros_at(data, "wall_s"),
        busy_us=micros_at(data, "busy_s"),
        rss_bytes=whole_at(data, "rss_bytes"),
        open_connections=whole_at(data, "open_connections"),
        reconnects=whole_at(data, "reconnects"),
        peak_users=whole_at(data, "peak_users"),
        out_of_descriptors=whole_at(data, "out_of_descriptors"),
        out_of_ports=whole_at(data, "out_of_ports"),
    )


def _lags(health: dict[str, Any]) -> Lags:
    return Lags(
        start_lateness=_histogram(health, "start_lateness"),
        client_lag=_histogram(health, "client_lag"),
        loop_lag=_histogram(health, "loop_lag"),
        slow_steps=merge_slow_steps(rows(health, "slow_steps", _slow_step)),
    )


def _slow_step(row: list[Any]) -> dict[str, tuple[int, float]]:
    where, times, longest_s = typed(row, str, int, float)
    return {where: (times, float(longest_s))}


_SUM = 3
_WHOLE = re.compile(r"-?[0-9]{1,40}")


def _own(row: list[Any]) -> tuple[str, OwnMetric]:
    *numbers, values = row or [None]
    if len(numbers) > _SUM and type(numbers[_SUM]) is str and _WHOLE.fullmatch(numbers[_SUM]):
        numbers[_SUM] = int(numbers[_SUM])  # beyond 64 bits
    kinds = (str, str, int, int, int, int, int, int, str)
    if len(numbers) != len(kinds) or any(type(one) is not kind for one, kind in zip(numbers, kinds, strict=True)):
        raise Malformed("", f"is no metric: {shown(row)}")
    name, kind, count, total, least, most, last, second, source = numbers
    if kind not in OWN_KINDS or count < 1 or second < 0:
        raise Malformed("", f"is no metric: {shown(row)}")
    histogram = EMPTY if values is None else _histogram({"values": values}, "values")
    return name, OwnMetric(kind, count, total, least, most, last, (second, source), histogram)


def _series(data: dict[str, Any]) -> tuple[tuple[str, str], Series]:
    kind = text_at(data, "kind", required=True)
    if kind not in SERIES_KINDS:
        raise Malformed("kind", f"is {shown(kind)}; known are {', '.join(SERIES_KINDS)}")
    series = Series(
        count=whole_at(data, "count"),
        failed=whole_at(data, "failed"),
        bytes_sent=whole_at(data, "bytes_sent"),
        bytes_received=whole_at(data, "bytes_received"),
        statuses=within("statuses", _counts, object_at(data, "statuses")),
        errors=merge_counts(rows(data, "errors", _error)),
        checks=merge_checks(rows(data, "checks", _check)),
        service=_histogram(data, "service"),
        response=_histogram(data, "response"),
        failed_service=_histogram(data, "failed_service"),
        failed_response=_histogram(data, "failed_response"),
        connect=_histogram(data, "connect"),
        phases=within("phases", _phases, object_at(data, "phases")),
        slept_ns=whole_at(data, "slept_ns"),
        cached=whole_at(data, "cached"),
    )
    if series.failed > series.count and kind == "request":
        raise Malformed("failed", f"is {series.failed}, more than the count, {series.count}")
    return (kind, text_at(data, "name", required=True)), series


def _phases(data: dict[str, Any]) -> dict[str, Histogram]:
    for name in data:
        if name not in EXCHANGE_PHASES:
            raise Malformed(name, f"is no phase; known are {', '.join(EXCHANGE_PHASES)}")
    return {name: found for name in EXCHANGE_PHASES if (found := _histogram(data, name)).count}


def _counts(data: dict[str, Any]) -> dict[str, int]:
    return {key: whole_at(data, key) for key in data}


def _error(row: list[Any]) -> dict[tuple[str, str], int]:
    kind, message, count = typed(row, str, str, int)
    return {(kind, message): count}


def _check(row: list[Any]) -> dict[str, tuple[int, int]]:
    name, held, missed = typed(row, str, int, int)
    return {name: (held, missed)}


def _sample(data: dict[str, Any]) -> Sample:
    request = data.get("request")
    response = data.get("response")
    return Sample(
        kind=text_at(data, "kind", required=True),
        name=text_at(data, "name", required=True),
        error_kind=text_at(data, "error_kind", required=True),
        message=text_at(data, "message", required=True),
        second=whole_at(data, "second", required=True),
        source=text_at(data, "source", required=True),
        request=None if request is None else within("request", _request, object_at(data, "request")),
        response=None if response is None else within("response", _response, object_at(data, "response")),
    )


def _request(data: dict[str, Any]) -> SentRequest:
    return SentRequest(
        method=text_at(data, "method", required=True),
        url=text_at(data, "url", required=True),
        original_url=optional_text_at(data, "original_url"),
        headers=tuple(rows(data, "headers", _header)),
        body=optional_text_at(data, "body"),
    )


def _response(data: dict[str, Any]) -> ReceivedResponse:
    return ReceivedResponse(
        status=whole_at(data, "status", required=True),
        reason=text_at(data, "reason"),
        headers=tuple(rows(data, "headers", _header)),
        body=optional_text_at(data, "body"),
    )


def _header(row: list[Any]) -> tuple[str, str]:
    name, value = typed(row, str, str)
    return name, value


def _histogram(data: dict[str, Any], key: str) -> Histogram:
    given = data.get(key)
    if given is None:
        return EMPTY
    return within(key, _buckets, object_at(data, key))


def _buckets(data: dict[str, Any]) -> Histogram:
    count = whole_at(data, "n", required=True)
    flat = data.get("b", [])
    # A snapshot holds tens of thousands of these numbers: each is looked at, but not by a line of Python.
    if type(flat) is not list or len(flat) % 2 or not set(map(type, flat)) <= {int} or min(flat, default=0) < 0:
        raise Malformed("b", "is not a list of pairs of whole numbers")
    lows, counts = cast("list[int]", list(map(all_lows().get, flat[::2]))), flat[1::2]
    buckets = dict(zip(lows, counts, strict=True))
    if None in buckets or len(buckets) != len(lows) or lows != sorted(lows):
        raise Malformed("b", "its buckets are not those of the border, in rising order")
    if sum(counts) != count or 0 in counts:
        raise Malformed("n", f"is {count}, but the buckets hold {sum(counts)}")
    if not count:
        return EMPTY
    total, least, most = (whole_at(data, key, required=True) for key in ("sum", "min", "max"))
    if bucket_of(least) != lows[0] or bucket_of(most) != lows[-1]:
        raise Malformed("min", "with max is not what the buckets say")
    if not count * least <= total <= count * most:
        raise Malformed("sum", f"is {total}, which {count} values from {least} to {most} cannot give")
    return Histogram(count, total, least, most, buckets)


def _summed(pairs: list[tuple[Key, Item]], merge: Callable[[list[Item]], Item]) -> dict[Key, Item]:
    every: dict[Key, list[Item]] = {}
    for key, item in pairs:
        every.setdefault(key, []).append(item)
    return {key: merge(items) for key, items in every.items()}
