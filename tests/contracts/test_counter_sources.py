"""What every source of counters keeps to, and what Application Insights answers in all its forms."""

from __future__ import annotations

import asyncio
import datetime
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from penstock.apm.sources import ApplicationSource
from penstock.ports.counters import Access, CounterSource, Taken
from penstock.runners.machine import MachineCounters
from penstock.services.applications import described
from tests.apps import Answer, Authority, Recorder
from tests.apps.insights import APP, KEY, Insights
from tests.apps.prometheus import PASSWORD, USER, Monitored, Prometheus

SHARDS = {"a": 3.0, "b": 5.0}
KQL = "customMetrics | where name == 'queue' | summarize value = avg(value) by shard"


@pytest.fixture(scope="module")
def cloud() -> Iterator[Insights]:
    with Insights() as started:
        started.dimension = "shard"
        started.metrics["customMetrics/queue", "avg"] = {name: constant(value) for name, value in SHARDS.items()}
        columns = [{"name": "shard", "type": "string"}, {"name": "value", "type": "real"}]
        started.tables[KQL] = {"columns": columns, "rows": [["a", 3.0], ["b", "5.0"], ["c", None]]}
        yield started


@pytest.fixture(scope="module")
def watching() -> Iterator[Prometheus]:
    with Monitored() as shop:
        shop.gauges = {f'queue{{shard="{name}"}}': value for name, value in SHARDS.items()}
        with Prometheus([shop.port]) as started:
            started.wait_for("queue")
            yield started


def constant(value: float) -> Callable[[datetime.datetime], float]:
    return lambda _: value


def insights(cloud: Insights, **counter: Any) -> ApplicationSource:
    content = {"name": "shop", "kind": "application-insights", "url": cloud.url, "app": APP, "api_key": KEY}
    return ApplicationSource(*described({**content, "counters": {"queue": counter}}, "here"))


@pytest.fixture(params=["Prometheus", "a metric of Application Insights", "a query of Application Insights"])
def source(request: pytest.FixtureRequest) -> CounterSource:
    if request.param == "Prometheus":
        content = {"name": "shop", "kind": "prometheus", "url": request.getfixturevalue("watching").url}
        counters = {"queue": {"query": "queue", "instance": "shard"}}
        return ApplicationSource(*described({**content, "counters": counters}, "here"))
    query = KQL if "query" in request.param else "customMetrics/queue"
    return insights(request.getfixturevalue("cloud"), query=query, instance="shard", aggregation="avg")


def read(source: CounterSource) -> Taken:
    async def once() -> Taken:
        try:
            return await source.read()
        finally:
            await source.close()

    return asyncio.run(once())


def test_a_source_gives_each_instance_under_its_full_name(source: CounterSource) -> None:
    assert read(source) == Taken({f"shop/queue/{name}": value for name, value in SHARDS.items()})
    assert source.names() == ["shop/queue"]
    assert all(source.has(name) for name in ("shop/queue", "shop/queue/a", "shop/queue/not yet seen"))
    assert not any(source.has(name) for name in ("queue", "shop", "shop/cue", "other/queue"))
    assert source.every_s >= 1


def test_the_machine_gives_what_is_wanted_of_it() -> None:
    machine = MachineCounters(["memory"])
    assert read(machine).values.keys() == {"memory"}
    assert machine.has("cpu")
    assert not machine.has("shop/queue")


def test_a_minute_is_taken_once_and_only_when_it_is_whole() -> None:
    found = taken_twice()
    assert (found or taken_twice()) == [Taken({"shop/queue": 7.0}), Taken()]


def taken_twice() -> list[Taken] | None:
    """Read twice in one minute, which is 99 so far, after one of 7; None where the minute ended meanwhile."""
    minute = datetime.timedelta(minutes=1)
    now = datetime.datetime.now(datetime.UTC)
    this = now.replace(second=0, microsecond=0)
    values = {this: 99.0, this - minute: 7.0, this - 2 * minute: 6.0}
    with Insights() as cloud:
        cloud.metrics["requests/count", "sum"] = {"": values.get}
        source = insights(cloud, query="requests/count", aggregation="sum")

        async def twice() -> list[Taken]:
            try:
                return [await source.read(), await source.read()]
            finally:
                await source.close()

        found = asyncio.run(twice())
    return found if datetime.datetime.now(datetime.UTC).replace(second=0, microsecond=0) == this else None


def test_minutes_without_a_value_are_passed_over() -> None:
    this = datetime.datetime.now(datetime.UTC).replace(second=0, microsecond=0)
    with Insights() as cloud:
        old = this - datetime.timedelta(minutes=4)
        cloud.metrics["requests/duration", "avg"] = {"": lambda at: 6.0 if at == old else None}
        assert read(insights(cloud, query="requests/duration")).values == {"shop/queue": 6.0}
        cloud.metrics["requests/duration", "avg"] = {"": lambda _: None}
        assert "no value in the last ten minutes" in read(insights(cloud, query="requests/duration")).problems["queue"]


@pytest.mark.parametrize(
    ("counter", "said"),
    [
        ({"query": "no/such"}, "is refused: PathNotFoundError: "),
        ({"query": "requests |"}, "is refused: BadArgumentError: The request had some invalid properties (A recog"),
        ({"query": KQL}, "gives 2 series, not one"),
        ({"query": KQL, "instance": "colour"}, "has no column colour, only shard, value"),
    ],
)
def test_what_application_insights_refuses_is_told(cloud: Insights, counter: dict[str, str], said: str) -> None:
    taken = read(insights(cloud, **counter))
    assert taken.problems["queue"].startswith(said)
    assert not taken.values


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (Answer(200, (), b"<html>"), "is no JSON"),
        (Answer.json([]), "is not that of Prometheus"),
        (Answer.json({"status": "success", "data": {}}), "is not known"),
        (Answer.json({"status": "success", "data": {"resultType": "scalar", "result": []}}), "not that of Prometheus"),
        (Answer.json({"status": "success", "data": {"resultType": "vector", "result": [{}]}}), "not that of"),
        (Answer(302, (("Location", "/login"),)), "sends to /login (302)"),
        (Answer(500, (), b"too much"), "answers 500: too much"),
        (Answer(200, (), b" " * 5_000_000), "is larger than"),
        (b"nonsense", "does not answer"),
        (Answer.json({"status": "success", "data": {"resultType": "scalar", "result": [1, "+Inf"]}}), "gives infinity"),
        (Answer.json({"status": "success", "data": {"resultType": "scalar", "result": [1, "1e13"]}}), "beyond what"),
    ],
)
def test_whatever_answers_is_a_problem_and_no_error(answer: Answer | bytes, said: str) -> None:
    with Recorder([answer]) as strange:
        content = {"name": "shop", "kind": "prometheus", "url": strange.url, "counters": {"queue": "queue"}}
        taken = read(ApplicationSource(*described(content, "here")))
        assert len(strange.requests) <= 2, "one more try at most"
    assert not taken.values
    assert said in json.dumps(dict(taken.problems))


def test_too_many_instances_are_told_and_not_kept() -> None:
    result = [{"metric": {"pod": str(place)}, "value": [1, "1"]} for place in range(21)]
    answer = Answer.json({"status": "success", "data": {"resultType": "vector", "result": result}})
    counters = {"queue": {"query": "queue", "instance": "pod"}}
    with Recorder([answer]) as many:
        content = {"name": "shop", "kind": "prometheus", "url": many.url, "counters": counters}
        taken = read(ApplicationSource(*described(content, "here")))
    assert taken.problems == {"queue": "gives 21 instances, more than the 20 that are kept: narrow it"}


def test_an_access_hides_its_secrets_from_logs() -> None:
    shown = repr(Access("http://h", password="sesame", bearer="sesame", api_key="sesame", headers=(("a", "sesame"),)))
    assert "sesame" not in shown


def test_the_address_that_is_judged_is_the_one_that_is_connected_to_over_tls_as_well(tmp_path: Path) -> None:
    authority = Authority()
    authority.save(tmp_path / "authority.pem")
    judged: list[tuple[str, str]] = []

    def may_reach(host: str, address: str) -> bool:
        judged.append((host, address))
        return address == "127.0.0.1"

    with Monitored() as shop, Prometheus([shop.port], guarded=authority) as guarded:
        content = {
            "name": "shop",
            "kind": "prometheus",
            "url": guarded.url,
            "user": USER,
            "password": PASSWORD,
            "authorities": (tmp_path / "authority.pem").read_text(),
            "counters": {"answer": "6 * 7"},
        }
        source = ApplicationSource(*described(content, "here"), may_reach)
        assert read(source) == Taken({"shop/answer": 42.0}), "its certificate is for the name, not for the address"
    assert ("localhost", "127.0.0.1") in judged
