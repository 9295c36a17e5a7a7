"""Each limit of `metrics.trust`, from both sides."""

from __future__ import annotations

import re

import pytest

from penstock.metrics.histogram import Histogram
from penstock.metrics.measures import Agent, Iterated, Lags, Series
from penstock.metrics.series import Timeline
from penstock.metrics.snapshot import Snapshot
from penstock.metrics.summary import summarise

MS = 1_000_000


def ms(*values: float) -> Histogram:
    return Histogram.of(int(value * MS) for value in values)


def reasons(
    *,
    busy_s: float = 0.0,
    lags: Lags | None = None,
    response_ms: float = 100,
    interrupted: int = 0,
    errors: dict[tuple[str, str], int] | None = None,
    sources: tuple[str, ...] = ("0/1",),
    name: str = "a",
) -> tuple[str, ...]:
    agent = Agent(cpu_us=500_000, wall_us=10_000_000, busy_us=int(busy_s * 1e6))
    return summarise(
        Timeline(
            [
                Snapshot(
                    span=(0, 9),
                    agents=dict.fromkeys(sources, agent),
                    iterations=Iterated(interrupted=interrupted),
                    series={("request", name): Series(count=1, response=ms(response_ms), errors=errors or {})},
                    lags=lags or Lags(),
                )
            ]
        )
    ).distrust


def test_nothing_speaks_against_a_generator_that_kept_up() -> None:
    assert reasons() == ()


SUSPECT = [
    ("an agent short of processor time", {"busy_s": 1.5}, "agent 0/1 used over 90% of its core for 15% of the time"),
    ("responses left unread", {"lags": Lags(client_lag=ms(12))}, "lay unread for up to 12.0 ms"),
    ("late starts", {"lags": Lags(start_lateness=ms(10.5))}, "started up to 10.5 ms late"),
    ("a late loop", {"lags": Lags(loop_lag=ms(10.5))}, "own loop was up to 10.5 ms late"),
    (
        "slow user code",
        {"lags": Lags(slow_steps={"flow.py:12": (3, 0.2)})},
        "at worst flow.py:12: 3 times over 50.0 ms, 200 ms the longest",
    ),
    ("interrupted iterations", {"interrupted": 1}, "1 iteration was interrupted"),
    (
        "no descriptors",
        {"errors": {("connect", "out of file descriptors"): 7}},
        "this machine ran out of open file descriptors: 7 requests failed here, not at the server",
    ),
    ("no ports", {"errors": {("connect", "out of local ports"): 1}}, "ran out of local ports: 1 request failed here"),
    (
        "no descriptors for looking up names",
        {"errors": {("dns", "Too many open files (os error 24)"): 2}},
        "ran out of open file descriptors",
    ),
    ("no memory", {"errors": {("connect", "No buffer space available"): 2}}, "ran out of memory for sockets"),
    ("an agent that said nothing", {"sources": ("0/3", "2/3")}, "agent 1/3 never reported anything"),
    ("too many names", {"name": "(other)"}, "more request names than are kept apart"),
]


@pytest.mark.parametrize(("what", "measured", "reason"), SUSPECT)
def test_what_speaks_against_the_numbers_is_said(what: str, measured: dict[str, object], reason: str) -> None:
    (said,) = reasons(**measured)  # type: ignore[arg-type] # rows of a table
    assert re.search(re.escape(reason), said), what


HARMLESS = [
    ("a tenth of the time", {"busy_s": 1.0}),
    ("unread for less than a tenth of the latency", {"lags": Lags(client_lag=ms(9.9))}),
    ("unread for less than a millisecond", {"lags": Lags(client_lag=ms(0.9)), "response_ms": 0.05}),
    ("starts late by the limit", {"lags": Lags(start_lateness=ms(10))}),
    ("a single slow step in ten seconds", {"lags": Lags(slow_steps={"flow.py:12": (1, 0.1)})}),
    ("a connection that the server refused", {"errors": {("connect", "connection refused (shop:80)"): 5}}),
    ("a host with a name like that", {"errors": {("connect", "connection refused (descriptors:80)"): 5}}),
    ("words of a server that sound like ours", {"errors": {("check", "too many open files"): 5}}),
    ("all agents there", {"sources": ("0/2", "1/2")}),
    ("a source that does not count agents", {"sources": ("laptop",)}),
]


@pytest.mark.parametrize(("what", "measured"), HARMLESS)
def test_what_does_not_is_not(what: str, measured: dict[str, object]) -> None:
    assert reasons(**measured) == (), what  # type: ignore[arg-type] # rows of a table
