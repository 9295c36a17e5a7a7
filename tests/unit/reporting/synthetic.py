"""One made-up run that has something of everything, for the tests of every report.

Two agents, a ramp of ten seconds and fifty at 24 users; requests that fail in several ways, with samples that try to
break out of every format (markup, control characters, formulas, long names, other scripts). Always the same numbers.
"""

from __future__ import annotations

import datetime
import functools
import random
from collections import Counter
from dataclasses import dataclass, field, replace
from statistics import NormalDist

from penstock.metrics.histogram import Histogram
from penstock.metrics.measures import BUSY_SHARE, Agent, Iterated, Lags, Series
from penstock.metrics.own import COUNTER, MICRO, OwnMetric
from penstock.metrics.samples import ReceivedResponse, Sample, SentRequest
from penstock.metrics.series import Timeline
from penstock.metrics.snapshot import Snapshot
from penstock.metrics.summary import summarise
from penstock.model import CounterName, CounterRule, CounterSettings, Finding, Origin, parse_threshold
from penstock.runs.applications import Application, ApplicationCounter
from penstock.runs.counters import CounterLog
from penstock.runs.counters.facts import Facts
from penstock.runs.nodes import Node, Spread
from penstock.runs.report import Machine, Report, RunFacts, ScenarioFacts
from penstock.runs.verdict import judge
from penstock.runs.watch import Watch

SECONDS = 60
SPREAD = Spread(
    (
        Node("rig-<1>", "10.0.0.5", 4, "6.1.0", "3.11.7", ("0/2",)),
        Node("10.0.0.6", "10.0.0.6", 8, "6.1.0", "3.11.9", ("1/2",)),
    ),
    0.0018,
)
"""Where the agents of a run on a cluster were."""

AGENTS = 2
USERS = 24
LONG_NAME = "GET /api/v2/stores/north-west/departments/stationery/items/{item}/availability"
HOSTILE_NAME = '=HYPERLINK("http://x","<b>Größe & 价格</b>")'
HOSTILE_MESSAGE = "price is not\nwhat <it> & 'they' said\x00"
HOSTILE_BODY = '{"error":"<script>alert(1)</script>","bell":"\x07","colour":"\x1b[31m"}'

THRESHOLDS = (
    "p95 < 800ms",
    "failed < 1%",
    "p95[POST /orders] < 400ms over 10s",
    "avg[browse] <= 1.5s",
    "p99[nobody] < 1s",
    "rate > 20",
)

Failure = tuple[float, str, str, str | None]
"""(share of the exchanges, kind, message, status of the response if there was one)."""


@dataclass(frozen=True)
class Kind:
    """One made-up request: its median latency, how far it spreads, in which iterations it is made, how it fails."""

    name: str
    median_ms: float
    spread: float
    every: int
    bytes_received: int
    status: str
    failures: tuple[Failure, ...] = ()
    checks: tuple[str, ...] = ()


KINDS = (
    Kind("GET /items", 14.0, 1.3, 1, 4_096, "200", checks=("list answers", "shop has items")),
    Kind(LONG_NAME, 8.5, 1.4, 1, 512, "200"),
    Kind(
        "POST /orders",
        180.0,
        1.5,
        2,
        900,
        "201",
        failures=(
            (0.03, "status", "HTTP status 503 - Service Unavailable", "503"),
            (0.005, "timeout", "no complete response within 5 s", None),
            (0.01, "check", "ordered", "201"),
        ),
        checks=("ordered",),
    ),
    Kind(HOSTILE_NAME, 2.1, 1.2, 8, 120, "200", failures=((0.1, "script", HOSTILE_MESSAGE, "200"),)),
    Kind("POST /login", 45.0, 1.2, 8, 300, "204"),
)


@dataclass
class _Made:
    """One series while it is being made up; latencies in nanoseconds."""

    sent: int = 0
    received: int = 0
    statuses: Counter[str] = field(default_factory=Counter)
    errors: Counter[tuple[str, str]] = field(default_factory=Counter)
    checks: dict[str, tuple[int, int]] = field(default_factory=dict)
    good: list[int] = field(default_factory=list)
    bad: list[int] = field(default_factory=list)

    def series(self, opened: list[int]) -> Series:
        return Series(
            count=len(self.good) + len(self.bad),
            failed=len(self.bad),
            bytes_sent=self.sent,
            bytes_received=self.received,
            statuses=dict(self.statuses),
            errors=dict(self.errors),
            checks=dict(self.checks),
            service=Histogram.of(value - 60_000 for value in self.good),
            response=Histogram.of(self.good),
            failed_service=Histogram.of(value - 60_000 for value in self.bad),
            failed_response=Histogram.of(self.bad),
            connect=Histogram.of(opened),
        )


def users_at(second: int) -> float:
    """Return how many users of all agents are there in a second."""
    return min(1.0, (second + 0.5) / 10) * USERS


def snapshots() -> list[Snapshot]:
    """Return every agent's snapshot of every second, second by second."""
    return list(_snapshots())


@functools.cache
def _snapshots() -> tuple[Snapshot, ...]:
    return tuple(_snapshot(second, agent) for second in range(SECONDS) for agent in range(AGENTS))


def _snapshot(second: int, agent: int) -> Snapshot:
    dice = random.Random(second * AGENTS + agent)
    source = f"{agent}/{AGENTS}"
    users = users_at(second) / AGENTS
    made = {kind.name: _Made() for kind in KINDS}
    samples: list[Sample] = []
    iterations = round(users * 1.5)
    failed = 0
    for iteration in range(iterations):
        failures = [
            (kind, failure)
            for kind in KINDS
            if iteration % kind.every == 0
            and (failure := _exchange(kind, made[kind.name], dice, slow=20 <= second < 30)) is not None
        ]
        failed += bool(failures)
        samples += [_sample(kind, failure, second, source) for kind, failure in failures]
    opened = [1_000_000 + dice.randrange(400_000) for _ in range(2 if second < 10 else 0)]
    browse = Histogram.of(int((25 + dice.random() * 30) * 1e6) for _ in range(iterations))
    broken = second == 42 and agent == 1
    series = {("request", name): one.series(opened) for name, one in made.items() if one.good or one.bad}
    series["group", "browse"] = Series(count=iterations, response=browse, service=browse)
    series["iteration", "shopper"] = Series(
        count=iterations, failed=failed, errors={("script", "KeyError: 'token' (flow.py:31)"): 1} if broken else {}
    )
    cpu_us = int((0.18 + 0.2 * users / USERS + 0.05 * dice.random()) * 1e6)
    return Snapshot(
        span=(second, second),
        agents={
            source: Agent(
                cpu_us=cpu_us,
                wall_us=1_000_000,
                busy_us=1_000_000 if cpu_us > BUSY_SHARE * 1e6 else 0,
                rss_bytes=31_000_000 + 12_000 * second,
                open_connections=int(users),
                reconnects=int(second % 13 == 12),
                peak_users=int(users + 0.5),
            )
        },
        user_us=int(users * 1e6),
        iterations=Iterated(iterations, iterations, failed, 3 if second == SECONDS - 1 else 0),
        series=series,
        samples=tuple(samples),
        lags=Lags(
            start_lateness=Histogram.of(20_000 + dice.randrange(150_000) for _ in range(iterations)),
            client_lag=Histogram.of(5_000 + dice.randrange(80_000) for _ in range(4 * iterations)),
            loop_lag=Histogram.of(2_000 + dice.randrange(200_000) for _ in range(100)),
            slow_steps={"flow.py:12": (1, 0.075 + second / 1000)} if second in (17, 23) else {},
        ),
    )


def _exchange(kind: Kind, made: _Made, dice: random.Random, *, slow: bool) -> Failure | None:
    """Make up one exchange; returns how it failed."""
    median_ms = kind.median_ms * (2.5 if slow and kind.name == "POST /orders" else 1)
    latency_ns = int(median_ms * 1e6 * kind.spread ** NormalDist().inv_cdf(0.0005 + 0.999 * dice.random()))
    draw, failure = dice.random(), None
    for candidate in kind.failures:
        if draw < candidate[0]:
            failure = candidate
            break
        draw -= candidate[0]
    made.sent += 180
    status = failure[3] if failure else kind.status
    if status is not None:
        made.statuses[status] += 1
        made.received += kind.bytes_received
    if failure:
        made.errors[failure[1], failure[2]] += 1
    if not failure or failure[1] == "check":
        for check in kind.checks:
            held, missed = made.checks.get(check, (0, 0))
            made.checks[check] = (held, missed + 1) if failure else (held + 1, missed)
    if failure and failure[1] == "timeout":
        latency_ns = 5_000_000_000 + dice.randrange(3_000_000)
    (made.bad if failure else made.good).append(latency_ns)
    return failure


def _sample(kind: Kind, failure: Failure, second: int, source: str) -> Sample:
    _, error, message, status = failure
    hostile = kind.name == HOSTILE_NAME
    response = None
    if status is not None:
        response = ReceivedResponse(
            status=int(status),
            reason="Service Unavailable" if status == "503" else "",
            headers=(("Content-Type", "application/json"), ("Retry-After", "1")),
            body=HOSTILE_BODY if hostile else '{"error":"try again"}',
        )
    return Sample(
        kind="request",
        name=kind.name,
        error_kind=error,
        message=message,
        second=second,
        source=source,
        request=SentRequest(
            method="POST",
            url="http://shop.example.com/orders?draft=<no>&n=1",
            original_url="http://shop.example.com/order" if hostile else None,
            headers=(("Host", "shop.example.com"), ("Content-Type", "application/json")),
            body='{"item":7,"quantity":1}',
        ),
        response=response,
    )


@functools.cache
def report(thresholds: tuple[str, ...] = THRESHOLDS, max_failures: float = 0.05) -> Report:
    """Return the report of the made-up run; the same one each time it is asked for."""
    return report_of(snapshots(), thresholds, max_failures)


def report_of(parts: list[Snapshot], thresholds: tuple[str, ...] = (), max_failures: float = 0.0) -> Report:
    """Return a report of any snapshots, judged as a run of the shop."""
    limits = tuple(parse_threshold(text) for text in thresholds)
    timeline, watch = Timeline(), Watch(limits)
    for part in parts:
        timeline.add(part)
        watch.add(part, timeline.complete())
    watch.finish()
    summary = summarise(timeline)
    started = datetime.datetime(2026, 3, 14, 15, 9, 26, tzinfo=datetime.UTC)
    check = Origin("shop.json", "requests[2].assert[0]", 48)
    return Report(
        run=RunFacts(
            name="Shop: browse & order",
            file="tests/shop.json",
            started=started,
            ended=started + datetime.timedelta(seconds=SECONDS + 1.25),
            arguments=("run", "tests/shop.json", "--agents", "2", "--threshold", "p95 < 800ms"),
            version="0.1.0",
            workers=AGENTS,
            machine=Machine(cores=4, kernel="Linux 6.1.0", python="3.11.7"),
        ),
        scenario=ScenarioFacts(
            users=USERS,
            duration_s=float(SECONDS),
            iterations_per_user=None,
            journeys=("shopper",),
            base_url="http://shop.example.com",
            target_overrides=(("https://images.example.com", "http://10.0.0.5:8080"),),
        ),
        findings=(
            Finding(
                "warning", "approximated", "geo", "countries have no meaning here", Origin("shop.json", "countries")
            ),
            Finding("note", "dropped", "label", "a label <kept> & ignored", check, "delete it"),
        ),
        summary=summary,
        points=timeline.points(),
        verdict=judge(summary, limits, max_failures, watch),
    )


@functools.cache
def counted_report() -> Report:
    """Return the same report with counters, as a load test of Visual Studio wants them."""
    place = Origin("shop.loadtest", "CounterSets", 9)
    rules = (
        CounterRule(CounterName("LoadTest:Page", "Avg. Page Time"), 0.001, 2.0, place),
        CounterRule(
            CounterName("LoadTest:Request", "Requests/Sec", "_Total"),
            None,
            5.0,
            place,
            alerts_if_over=False,
            against=CounterName("LoadTest:Page", "Pages/Sec"),
        ),
    )
    facts = Facts(goals={"POST /orders": 0.25}, tests={"Shop": ("shopper",)})
    log, timeline = CounterLog(CounterSettings(10, rules, most_violations=3), facts), Timeline()
    for part in snapshots():
        timeline.add(part)
        log.add(part, timeline.complete())
    return replace(report(), counters=log.report(timeline.total))


WATCHED = Application(
    "shop",
    "prometheus",
    (
        ApplicationCounter("memory", "max(process_resident_memory_bytes)", "B"),
        ApplicationCounter("queue", "queue", "</script>", instance="shard"),
    ),
    5.0,
)


@functools.cache
def watched_report() -> Report:
    """Return the same report with counters of the server under test; the sum of one is beyond 64 bits."""
    return replace(report_of(watched_snapshots()), applications=(WATCHED,))


def watched_snapshots() -> list[Snapshot]:
    """Return the snapshots with samples of every fifth second, in those of the first agent."""
    parts = snapshots()
    told = set()
    for place, part in enumerate(parts):
        second = part.span[0] if part.span else 0
        if second % 5 or second in told:
            continue
        told.add(second)
        values = {"shop/memory": 900_000_000_000 + second, "shop/queue/a": second, "shop/queue/<b>": 7}
        own = {COUNTER + name: gauge(value * MICRO, second) for name, value in values.items()}
        parts[place] = replace(part, own={**part.own, **own})
    return parts


def gauge(micro: int, second: int) -> OwnMetric:
    return OwnMetric("gauge", 1, micro, micro, micro, micro, (second, ""))


def spread_report() -> Report:
    """Return the same run, on the machines of a cluster."""
    report_ = report()
    return replace(report_, run=replace(report_.run, spread=SPREAD))
