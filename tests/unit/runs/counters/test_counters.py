"""Counters are derived from snapshots: defined as Visual Studio defines them, and the same however a run is split."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from penstock.metrics.histogram import Histogram
from penstock.metrics.measures import Agent, Iterated, Series
from penstock.metrics.snapshot import Snapshot, merge
from penstock.model import CounterName, CounterRule, CounterSettings, Origin
from penstock.runs.counters import CounterLog, CounterReport
from penstock.runs.counters.facts import Facts
from penstock.runs.counters.failures import subtype_of, type_of

MS = 1_000_000
PLACE = Origin("l.loadtest")


def series(count: int, failed: int = 0, ms: int = 100, **others: object) -> Series:
    good = Histogram.of([ms * MS] * (count - failed))
    bad = Histogram.of([ms * MS] * failed)
    return Series(count=count, failed=failed, service=good, failed_service=bad, **others)  # type: ignore[arg-type]


def snapshot(second: int = 0, source: str = "0/1", finished: int = 4, failed: int = 1, **kinds: object) -> Snapshot:
    found = {
        ("request", "GET /a"): series(8, 2, 100, bytes_received=800, connect=Histogram.of([80 * MS] * 4),
                                      cached=3,
                                      phases={"send": Histogram.of([1 * MS] * 8), "wait": Histogram.of([59 * MS] * 8),
                                              "pool": Histogram.of([10 * MS] * 8)},
                                      errors={("status", "HTTP status 404 - Not Found"): 1, ("timeout", "t"): 1}),
        ("request", "GET /a (redirect)"): series(2),
        ("group", "buy"): series(3, 0, 200),
        ("iteration", "test"): series(4, 1, 300),
        ("iteration", "login (initialize)"): series(1, 0, 50),
    }  # fmt: skip
    return Snapshot(
        span=(second, second),
        agents={source: Agent(cpu_us=250_000, wall_us=1_000_000)},
        user_us=5_000_000,
        iterations=Iterated(started=5, finished=finished, failed=failed),
        series=found,
        **kinds,  # type: ignore[arg-type]
    )


FACTS = Facts(goals={"GET /a": 0.05}, tests={"Scenario1": ("test",)})


def report(
    *parts: Snapshot, rules: tuple[CounterRule, ...] = (), sample_s: float = 5, most: int = 1000
) -> CounterReport:
    log = CounterLog(CounterSettings(sample_s, rules, most), FACTS)
    for part in parts:
        assert part.span is not None
        log.add(part, part.span[1])
    return log.report(merge(parts))


EXPECTED = [
    ("LoadTest:Scenario", "User Load", "_Total", 5.0),
    ("LoadTest:Scenario", "User Load", "Scenario1", 5.0),
    ("LoadTest:Scenario", "Tests Running", "_Total", 1.0),
    ("LoadTest:Test", "Total Tests", "_Total", 4),
    ("LoadTest:Test", "Passed Tests", "_Total", 3),
    ("LoadTest:Test", "Failed Tests", "test", 1),
    ("LoadTest:Test", "Tests/Sec", "_Total", 4.0),
    ("LoadTest:Test", "Avg. Requests/Test", "_Total", 2.5),
    ("LoadTest:Test", "Avg. Test Time", "test", 0.3),
    ("LoadTest:Transaction", "Total Transactions", "_Total", 3),
    ("LoadTest:Transaction", "Avg. Response Time", "buy", 0.2),
    ("LoadTest:Errors", "Http Errors", "_Total", 1),
    ("LoadTest:Errors", "Requests Timed Out", "_Total", 1),
    ("LoadTest:Errors", "Total Errors", "_Total", 2),
    ("LoadTest:Errors", "Errors/Sec", "_Total", 2.0),
    ("LoadTest:Page", "Total Pages", "_Total", 8),
    ("LoadTest:Page", "Avg. Page Time", "_Total", 0.1),
    ("LoadTest:Page", "Page Response Time Goal", "_Total", 0.05),
    ("LoadTest:Page", "% Pages Meeting Goal", "_Total", 0.0),
    ("LoadTest:Request", "Total Requests", "_Total", 10),
    ("LoadTest:Request", "Passed Requests", "GET /a", 6),
    ("LoadTest:Request", "Avg. Response Time", "_Total", 0.1),
    ("LoadTest:Request", "Cached Requests", "_Total", 3),
    ("LoadTest:Request", "Avg. First Byte Time", "GET /a", 0.06),
    ("LoadTest:Request", "Avg. Connection Wait Time", "GET /a", 0.05),
    ("LoadTest:Request", "Avg. Content Length", "GET /a", 100.0),
    ("Processor", "% Processor Time", "_Total", 25.0),
]


@pytest.mark.parametrize(("category", "counter", "instance", "value"), EXPECTED)
def test_counters_mean_what_they_mean_in_visual_studio(
    category: str, counter: str, instance: str, value: float
) -> None:
    found = report(snapshot()).totals[CounterName(category, counter, instance)]
    assert found == pytest.approx(value, rel=0.01)


def test_a_test_that_is_done_once_a_user_is_no_test_of_the_mix() -> None:
    assert not [name for name in report(snapshot()).totals if "initialize" in name.instance]


def test_an_average_over_nothing_is_left_out() -> None:
    empty = Snapshot(span=(0, 0), agents={"0/1": Agent(wall_us=1_000_000)})
    names = {name.counter for name in report(empty).totals}
    assert "Total Tests" in names
    assert not names & {"Avg. Test Time", "Avg. Page Time", "% Pages Meeting Goal"}


def test_samples_are_as_wide_as_asked_for_and_add_up() -> None:
    told = report(*(snapshot(second) for second in range(12)))
    assert [(one.second, one.seconds) for one in told.samples] == [(0, 5), (5, 5), (10, 5)]
    name = CounterName("LoadTest:Request", "Total Requests", "_Total")
    assert sum(one.values[name] for one in told.samples) == told.totals[name] == 120
    running = CounterName("LoadTest:Scenario", "Tests Running", "_Total")
    assert [one.values[running] for one in told.samples] == [5, 10, 12]


def test_long_runs_are_told_in_wider_samples_that_still_add_up() -> None:
    told = report(*(snapshot(second) for second in range(1100)), sample_s=1)
    assert len(told.samples) <= 1000
    name = CounterName("LoadTest:Test", "Total Tests", "_Total")
    assert sum(one.values[name] for one in told.samples) == 4400
    assert told.samples[0].seconds == 2


PAGE = CounterName("LoadTest:Page", "Avg. Page Time", "GET /a")


def rule(warning: float | None, critical: float | None, *, over: bool = True, counter: CounterName = PAGE,
         against: CounterName | None = None) -> CounterRule:  # fmt: skip
    return CounterRule(counter, warning, critical, PLACE, over, against)


RULES = [
    (rule(0.05, 0.2), "warning", "over the warning level only"),
    (rule(0.05, 0.08), "critical", "over both is critical, once"),
    (rule(0.2, 0.3), None, "within"),
    (rule(0.1, 0.1), None, "at the limit is not over it"),
    (rule(0.2, 0.05, over=False), "warning", "under the warning level only"),
    (rule(0.3, 0.2, over=False), "critical", "under both"),
    (rule(None, 0.05), "critical", "one level"),
    (rule(0.05, None), "warning", "the other level"),
    (rule(0.05, None, counter=CounterName("LoadTest:Page", "Avg. Page Time", "gone")), None, "no such instance"),
]


@pytest.mark.parametrize(("judged", "level", "why"), RULES, ids=[why for _, _, why in RULES])
def test_rules_have_two_levels_and_a_direction(judged: CounterRule, level: str | None, why: str) -> None:
    found = report(snapshot(), rules=(judged,)).violations
    assert [one.level for one in found] == ([level] if level else []), why


def test_a_rule_without_an_instance_judges_each() -> None:
    every = CounterName("LoadTest:Request", "Avg. Response Time")
    found = report(snapshot(), rules=(rule(None, 0.05, counter=every),)).violations
    assert {one.counter.instance for one in found} == {"_Total", "GET /a", "GET /a (redirect)"}


def test_a_rule_between_counters_takes_the_level_as_a_factor() -> None:
    wait = CounterName("LoadTest:Request", "Avg. Connection Wait Time", "GET /a")
    page = CounterName("LoadTest:Page", "Avg. Page Time", "_Total")
    (found,) = report(snapshot(), rules=(rule(0.25, 0.5, counter=wait, against=page),)).violations
    assert (found.level, found.limit) == ("warning", pytest.approx(0.025, rel=0.01))


def test_violations_are_kept_up_to_a_number_and_counted_beyond() -> None:
    told = report(*(snapshot(second) for second in range(10)), rules=(rule(None, 0.05),), sample_s=1, most=3)
    assert len(told.violations) == 3
    assert told.criticals == 10
    rate = CounterName("LoadTest:Errors", "Threshold Violations/Sec", "_Total")
    assert told.totals[rate] == pytest.approx(1.0)


@settings(max_examples=40, deadline=None)
@given(st.permutations([(second, agent) for second in range(6) for agent in range(2)]), st.integers(1, 4))
def test_the_order_and_the_number_of_agents_do_not_matter(order: list[tuple[int, int]], width: int) -> None:
    def told(parts: list[tuple[int, int]]) -> CounterReport:
        log = CounterLog(CounterSettings(width, (rule(0.05, None),)), FACTS)
        every = [snapshot(second, f"{agent}/2") for second, agent in parts]
        for part in every:
            log.add(part, None)
        return log.report(merge(every))

    assert told(order) == told(sorted(order))


@pytest.mark.parametrize(
    ("kind", "message", "type_", "subtype"),
    [
        ("status", "HTTP status 404 - Not Found", "HttpError", "404 - NotFound"),
        ("status", "HTTP status 599", "HttpError", "599 - Unknown"),
        ("check", "ValidationRuleFindText: text not found", "ValidationRuleError", "ValidationRuleFindText"),
        ("extract", "ExtractionRuleError: ExtractText: nothing", "ExtractionRuleError", "ExtractText"),
        ("timeout", "no answer within 300 s", "Timeout", "Timeout"),
        ("connect", "refused", "Exception", "SocketException"),
        ("script", "ValueError: x", "Exception", "Plug-in"),
        ("expression", "Context parameter 'x' not found in test context", "TestError", "TestError"),
        ("something-new", "x", "Exception", "something-new"),
    ],
)
def test_failures_have_types_and_subtypes(kind: str, message: str, type_: str, subtype: str) -> None:
    assert (type_of(kind), subtype_of(kind, message)) == (type_, subtype)
