"""Every load model, from the command line or a plan to what a real server sees."""

from __future__ import annotations

import asyncio
import json
import shlex
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from penstock.metrics.series import Timeline
from penstock.metrics.summary import Summary, summarise
from penstock.model import (
    Extract,
    Hole,
    Journey,
    JsonPathQuery,
    Load,
    Origin,
    Phase,
    Population,
    Scenario,
    Share,
    Text,
    Variable,
)
from penstock.model import Request as Asked
from penstock.runners.local import LocalRunner, LocalRunning
from penstock.runs.plan import HttpSettings, Plan, ScenarioWork
from tests.apps import Answer, Recorder, Request
from tests.e2e.conftest import Command

pytestmark = pytest.mark.e2e

FLOW = """
from penstock.script import Options, http, sleep
options = Options({options})
async def journey(user):
    await http.get(f"/a?user={{user.index}}&n={{user.iteration}}", name="a")
    await sleep({think})
"""


def flow(folder: Path, think: float = 0.0, **options: Any) -> Path:
    path = folder / "flow.py"
    path.write_text(FLOW.format(options=", ".join(f"{key}={value!r}" for key, value in options.items()), think=think))
    return path


def summary(penstock: Command, target: Recorder, path: Path, options: str) -> Any:
    """Run the flow with options as on a command line."""
    given = ["--base-url", target.url, "--json", "-", *shlex.split(options)]
    return json.loads(penstock("run", path, *given).stdout)


@pytest.mark.parametrize("workers", ["1", "2", "3"])
def test_a_rate_starts_as_many_iterations_whatever_the_number_of_agents(
    penstock: Command, tmp_path: Path, workers: str
) -> None:
    with Recorder() as target:
        path = flow(tmp_path, rate="6000/m", duration="1s")
        found = summary(penstock, target, path, f"--workers {workers}")
        assert len(target.requests) == 100
    assert found["iterations"]["started"] == 100
    assert found["scenario"]["load"] == "100 starts a second (even), at most 1,000 users"


@pytest.mark.parametrize("load", ["--rate 50 --max-users 2", "--requests-rate 50 --users 2"])
def test_starts_without_a_free_user_are_late_or_dropped_and_counted_from_their_schedule(
    penstock: Command, tmp_path: Path, load: str
) -> None:
    def slow(_: Request) -> Answer:
        time.sleep(0.1)
        return Answer(200)

    with Recorder(slow) as target:
        found = summary(
            penstock,
            target,
            flow(tmp_path),
            f"{load} --duration 2s",
        )
    iterations = found["iterations"]
    assert iterations["started"] + iterations["dropped"] == 100
    assert 10 <= iterations["started"] <= 44  # two users, a tenth of a second each at least
    assert iterations["late"] >= iterations["started"] - 4
    total = found["totals"]["requests"]
    assert total["all"]["response"]["p99_s"] > max(0.8, 2 * total["all"]["service"]["p50_s"])
    assert any("dropped" in reason for reason in found["generator"]["distrust"])


def test_poisson_starts_come_at_random(penstock: Command, tmp_path: Path) -> None:
    with Recorder() as target:
        found = summary(penstock, target, flow(tmp_path), "--rate 100 --arrivals poisson --duration 2s")
    assert 140 <= found["iterations"]["started"] <= 260


def test_a_rate_of_requests_is_held_by_its_users(penstock: Command, tmp_path: Path) -> None:
    with Recorder() as target:
        found = summary(penstock, target, flow(tmp_path), "--requests-rate 40 --users 4 --duration 2s")
        users = {request.target.partition("&")[0] for request in target.requests}
    assert 80 <= found["totals"]["requests"]["count"] <= 84
    assert len(users) == 4


def test_phases_can_be_written_down(penstock: Command, tmp_path: Path) -> None:
    with Recorder() as target:
        found = summary(penstock, target, flow(tmp_path, think=0.02), "--phases '0..4 in 500ms, 6 for 1s, 0 in 200ms'")
        assert len({request.target.split("&")[0] for request in target.requests}) == 6
    assert found["users"]["peak"] <= 6
    with Recorder() as target:
        found = summary(penstock, target, flow(tmp_path), "--phases 'steps 20..60 by 20 every 500ms' --arrivals even")
    assert found["iterations"]["started"] == 60


@pytest.mark.parametrize("workers", ["1", "3"])
def test_iterations_in_all_are_shared_without_talk(penstock: Command, tmp_path: Path, workers: str) -> None:
    with Recorder() as target:
        found = summary(penstock, target, flow(tmp_path), f"--users 2 --total-iterations 25 --workers {workers}")
        assert len(target.requests) == 25
    assert found["iterations"]["finished"] == 25


def test_pacing_is_from_start_to_start(penstock: Command, tmp_path: Path) -> None:
    with Recorder() as target:
        found = summary(penstock, target, flow(tmp_path, think=0.1), "--users 1 --duration 1500ms --pacing 600ms")
        assert len(target.requests) == 3
        late = summary(penstock, target, flow(tmp_path, think=0.1), "--users 1 --duration 1s --pacing 50ms")
    assert found["iterations"]["late"] == 0
    assert late["iterations"]["late"] >= late["iterations"]["started"] - 1


def test_warm_up_and_cool_down_are_run_and_left_out(penstock: Command, tmp_path: Path) -> None:
    with Recorder() as target:
        options = "--rate 20 --duration 1s --warm-up 1500ms --cool-down 2s"
        found = summary(penstock, target, flow(tmp_path), options)
        sent = len(target.requests)
    assert sent == 35  # 15 while the rate rises from 0, 20 at the rate
    assert found["totals"]["requests"]["count"] in range(19, 22)


def test_thinks_can_be_left_out_and_users_renewed(penstock: Command, tmp_path: Path) -> None:
    def with_cookie(request: Request) -> Answer:
        return Answer(200, (("Set-Cookie", "seen=1"),))

    for share, cookies in (("0%", 4), ("100%", 0)):
        with Recorder(with_cookie) as target:
            started = time.monotonic()
            summary(
                penstock,
                target,
                flow(tmp_path, think=30.0),
                f"--think off --iterations 5 --new-users {share}",
            )
            assert time.monotonic() - started < 20
            assert sum(request.header("cookie") is not None for request in target.requests) == cookies


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ("--rate 10", "say for how long"),
        ("--rate 0 --duration 1s", "rate: 0 a second is not more than 0 and at most 1,000,000"),
        ("--duration 40d", "duration: 3,456,000 s is not more than 0 and at most 31 days"),
        ("--warm-up 5s --iterations 3", "warm-up: the load ends with its iterations; say how long it lasts"),
        ("--rate -5 --duration 1s", "rate"),
        ("--rate 1e99 --duration 1s", "rate"),
        ("--rate 10 --users 5 --duration 1s", "contradict"),
        ("--rate 10 --requests-rate 5 --duration 1s", "contradict"),
        ("--rate 10 --pacing 1s --duration 1s", "contradict"),
        ("--rate 10 --iterations 5 --duration 1s", "contradict"),
        ("--arrivals even --duration 1s", "--rate"),
        ("--arrivals sometimes", "even or poisson"),
        ("--max-users 5", "max-users"),
        ("--max-users 0 --rate 5 --duration 1s", "max users"),
        ("--phases 5", "phases"),
        ("--phases '0 for 5s'", "0 all the time"),
        ("--phases '5 for 0s'", "no time"),
        ("--total-iterations 0", "total iterations"),
        ("--pacing never", "write it like 30s"),
        ("--warm-up 40d --duration 1s", "warm-up"),
        ("--think maybe", "normal"),
        ("--no-think --think on", "contradict"),
        ("--new-users 200%", "--new-users"),
        ("--users 2000000", "users"),
    ],
)
def test_loads_that_cannot_be_are_refused(penstock: Command, tmp_path: Path, options: str, words: str) -> None:
    ended = penstock("run", flow(tmp_path), "--base-url", "http://127.0.0.1:1", *shlex.split(options), expect=104)
    assert words in ended.stderr
    assert len(ended.stderr.splitlines()) <= 3, ended.stderr


# plans that only importers make


def scenario(url: str, *paths: str) -> Scenario:
    origin = Origin("test")
    journeys = tuple(
        Journey(path, (Asked(name=path, method="GET", url=Text.constant(f"{url}/{path}"), origin=origin),), origin)
        for path in paths
    )
    return Scenario("s", "loadmill", journeys, (), origin)


def execute(plan: Plan, act: Callable[[LocalRunning], Awaitable[None]] | None = None, workers: int = 2) -> Summary:
    async def run() -> Summary:
        running = await LocalRunner().start(plan, workers)
        acting = asyncio.create_task(_nothing() if act is None else act(running))  # type: ignore[arg-type]
        timeline = Timeline()
        async for snapshot in running.snapshots():
            timeline.add(snapshot)
        await acting
        assert (await running.outcome()).reason == "finished"
        return summarise(timeline)

    async def _nothing() -> None:
        return None

    return asyncio.run(run())


def plan(url: str, *populations: Population, paths: tuple[str, ...] = ("a",)) -> Plan:
    return Plan("test", ScenarioWork(scenario(url, *paths)), populations, HttpSettings(), seed=7)


def test_populations_have_their_own_loads_and_mixes() -> None:
    buyers = Load((Phase(2, 2, 60),), iterations_total=40)
    readers = Load((Phase(0, 0, 0.2), Phase(50, 50, 1)), model="arrivals", max_users=10)
    with Recorder() as target:
        found = execute(
            plan(
                target.url,
                Population("buyers", buyers, (Share("a", 3), Share("b", 1)), "tests"),
                Population("readers", readers, (Share("c"),)),
                paths=("a", "b", "c"),
            )
        )
        counts = Counter(request.path for request in target.requests)
    assert counts == {"/a": 30, "/b": 10, "/c": 50}
    assert found.iterations.finished == 90


def test_users_begin_and_end_with_journeys_of_their_own() -> None:
    origin = Origin("test")
    login = Asked(
        name="login",
        method="GET",
        url=Text.constant("/login"),
        origin=origin,
        extracts=((Extract("token", JsonPathQuery(Text.constant("token")), origin),),),
    )
    work = Asked(name="work", method="GET", url=Text(("/work/", Hole(Variable("token"), "${token}"))), origin=origin)
    bye = Asked(name="bye", method="GET", url=Text(("/bye/", Hole(Variable("token"), "${token}"))), origin=origin)
    journeys = tuple(Journey(step.name, (step,), origin) for step in (login, work, bye))
    users = Population("p", Load((Phase(3, 3, 60),), iterations_per_user=2), on_start="login", on_stop="bye")
    test = Scenario("s", "loadmill", journeys, (users,), origin)
    with Recorder(lambda _: Answer.json({"token": "t7"})) as target:
        found = execute(Plan("test", ScenarioWork(test), (users,), HttpSettings(base_url=target.url)))
        counts = Counter(request.path for request in target.requests)
    assert counts == {"/login": 3, "/work/t7": 6, "/bye/t7": 3}
    assert (found.iterations.started, found.iterations.finished) == (6, 6)
    assert {row.name: row.count for row in found.journeys} == {"login": 3, "work": 6, "bye": 3}


def test_users_do_a_sequence_in_order_and_keep_their_pace() -> None:
    paced = Load((Phase(3, 3, 2),))
    with Recorder() as target:
        sequence = Population("s", Load((Phase(1, 1, 9),), iterations_per_user=5), mix="sequential")
        execute(plan(target.url, sequence, paths=("a", "b")), workers=1)
        assert [request.path for request in target.requests] == ["/a", "/b", "/a", "/b", "/a"]
        target.clear()
        pace = (Share("a", 3600 * 5), Share("b", 0))
        execute(plan(target.url, Population("p", paced, pace, "pace"), paths=("a", "b")))
        counts = Counter(request.path for request in target.requests)
    assert set(counts) == {"/a"}
    assert 15 <= counts["/a"] <= 34  # three users, five a second, for two seconds; a busy machine starts fewer


@pytest.mark.alone
def test_the_level_can_be_changed_and_the_run_be_paused() -> None:
    async def act(running: LocalRunning) -> None:
        await asyncio.sleep(1.0)
        await running.set_level(0, 200)
        await asyncio.sleep(1.0)
        await running.pause()
        await asyncio.sleep(1.0)
        await running.resume()
        await asyncio.sleep(0.5)
        await running.set_level(0, 0)

    load = Load((Phase(20, 20, 4),), model="arrivals", max_users=20)
    with Recorder() as target:
        started = time.monotonic()
        found = execute(plan(target.url, Population("p", load)), act)
        took_s = time.monotonic() - started
        sent = len(target.requests)
    assert 250 <= sent <= 420  # 20, then 200, then nothing, then 100
    assert found.iterations.finished == sent
    assert took_s > 3.8  # a level of 0 may rise again


@pytest.mark.alone
def test_more_users_come_and_go_by_command() -> None:
    async def act(running: LocalRunning) -> None:
        await asyncio.sleep(0.5)
        await running.set_level(0, 6)
        await asyncio.sleep(0.7)
        await running.set_level(0, 1)

    load = Load((Phase(2, 2, 2),), pause_s=0.05)
    with Recorder() as target:
        found = execute(plan(target.url, Population("p", load)), act)
        assert len(target.requests) > 50
    assert found.users.peak == 6
    assert 4 < found.users.user_seconds < 8  # 2 × 0.5 + 6 × 0.7 + 1 × 0.8, and what starting takes


def test_an_open_model_does_not_wait_for_a_server_that_stalls() -> None:
    def stalls(request: Request) -> Answer:
        time.sleep(0.5)
        return Answer(200)

    load = Load((Phase(50, 50, 1),), model="arrivals", max_users=100)
    with Recorder(stalls) as target:
        found = execute(plan(target.url, Population("p", load)))
    assert (found.iterations.started, found.iterations.dropped) == (50, 0)
    assert found.total.response.p99_s < 1.5


def test_what_happens_in_the_warm_up_misses_no_threshold(penstock: Command, tmp_path: Path) -> None:
    began = time.monotonic()

    def cold_at_first(_: Request) -> Answer:
        return Answer(503 if time.monotonic() - began < 2.5 else 200)

    with Recorder(cold_at_first) as target:
        options = "--users 1 --warm-up 4s --duration 2s --threshold 'failed < 50% over 1s stop' --max-failures 0%"
        path = flow(tmp_path, think=0.05)
        began = time.monotonic()
        penstock("run", path, "--base-url", target.url, *shlex.split(options))
