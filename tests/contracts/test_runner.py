"""What every runner promises (`penstock.ports.runner`)."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections import deque
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from penstock.errors import InvalidFlow
from penstock.metrics.series import Timeline
from penstock.metrics.snapshot import Snapshot, merge
from penstock.metrics.summary import Summary, summarise
from penstock.model import Load, Phase, Population
from penstock.ports.runner import Outcome, Runner
from penstock.runners.local import LocalRunner
from penstock.runners.ray.runner import RayRunner
from penstock.runs.plan import FlowWork, HttpSettings, Plan
from tests.apps import Recorder
from tests.apps.ray_cluster import RayCluster


@pytest.fixture(params=["local", "ray"])
def runner(request: pytest.FixtureRequest) -> Runner:
    """Each implementation in turn."""
    if request.param == "local":
        return LocalRunner()
    cluster: RayCluster = request.getfixturevalue("ray_cluster")
    return RayRunner(cluster.address)


@pytest.fixture
def target() -> Iterator[Recorder]:
    with Recorder() as recorder:
        yield recorder


def plan_of(
    folder: Path, body: str, target: Recorder, *, users: int = 4, seconds: float = 60, iterations: int | None = 5
) -> Plan:
    flow = folder / "flow.py"
    flow.write_text(
        f"import os\nfrom penstock.script import StopUser, http, sleep\nasync def journey(user):\n    {body}\n"
    )
    load = Load((Phase(users, users, seconds),), iterations_per_user=iterations)
    everyone = Population("all", load)
    return Plan("test", FlowWork(str(flow)), (everyone,), HttpSettings(base_url=target.url))


async def carry_out(
    runner: Runner, plan: Plan, workers: int, stop_once: Callable[[], bool] = lambda: False
) -> tuple[Outcome, Summary]:
    running = await runner.start(plan, workers)

    async def stop() -> None:
        while not stop_once():
            await asyncio.sleep(0.02)
        await asyncio.sleep(0.5)  # so that what was asked is answered, and counted
        await running.stop(0.0)

    stopping = asyncio.create_task(stop())
    timeline = Timeline()
    async for snapshot in running.snapshots():
        timeline.add(snapshot)
    stopping.cancel()
    return await running.outcome(), summarise(timeline)


@pytest.mark.parametrize("workers", [1, 3])
def test_a_run_ends_when_all_is_done_and_counts_everything_once(
    runner: Runner, target: Recorder, tmp_path: Path, workers: int
) -> None:
    plan = plan_of(tmp_path, "await http.get('/a', name='a')", target)
    outcome, summary = asyncio.run(carry_out(runner, plan, workers))
    assert (outcome.reason, outcome.message) == ("finished", "")
    assert (summary.total.count, summary.iterations.finished) == (20, 20)
    assert len(target.requests) == 20


def test_a_stopped_run_keeps_what_it_measured(runner: Runner, target: Recorder, tmp_path: Path) -> None:
    asks = "await http.get('/a', name='a'); await sleep(600)"
    plan = plan_of(tmp_path, asks, target, seconds=600, iterations=None)

    async def cut() -> tuple[Outcome, Summary]:
        async with asyncio.timeout(50):  # and not the ten minutes of a sleep
            return await carry_out(runner, plan, 2, lambda: len(target.requests) == 4)

    outcome, summary = asyncio.run(cut())
    assert outcome.reason == "stopped"
    assert summary.total.count == 4
    assert summary.iterations.interrupted == 4


def test_agents_that_have_nobody_come_in_when_the_load_rises(runner: Runner, target: Recorder, tmp_path: Path) -> None:
    asks = "await http.get(f'/{user.index}', name='a'); await sleep(0.02)"
    plan = plan_of(tmp_path, asks, target, users=1, iterations=None)

    async def raised() -> Outcome:
        running = await runner.start(plan, 3)
        await running.set_level(0, 3)
        async with asyncio.timeout(30):
            while {request.target for request in target.requests} != {"/0", "/1", "/2"}:
                await asyncio.sleep(0.02)
        await running.stop(0.0)
        return await running.outcome()

    assert asyncio.run(raised()).reason == "stopped"


def test_agents_that_have_nobody_leave_with_the_others(runner: Runner, target: Recorder, tmp_path: Path) -> None:
    leaves = "await http.get('/', name='a'); raise StopUser"
    plan = plan_of(tmp_path, leaves, target, users=1, seconds=600, iterations=None)

    async def done() -> tuple[Outcome, Summary]:
        async with asyncio.timeout(50):
            return await carry_out(runner, plan, 3)

    outcome, summary = asyncio.run(done())
    assert (outcome.reason, outcome.message, summary.total.count) == ("finished", "", 1)


def test_a_broken_agent_is_told_and_the_others_results_are_kept(
    runner: Runner, target: Recorder, tmp_path: Path
) -> None:
    body = """await http.get('/a', name='a')
    if user.index == 1 and user.iteration == 3:
        os._exit(7)
    await sleep(0.6)"""
    outcome, summary = asyncio.run(carry_out(runner, plan_of(tmp_path, body, target), 2))
    assert outcome.reason == "failed"
    assert "exit code 7" in outcome.message
    # The other agent's two users do all their iterations on this machine; on a cluster the run ends with the agent.
    assert summary.total.count >= (10 if isinstance(runner, LocalRunner) else 4)


def test_work_that_no_agent_can_load_is_refused_before_anything_runs(
    runner: Runner, target: Recorder, tmp_path: Path
) -> None:
    plan = plan_of(tmp_path, "await http.get('/a')", target)
    (tmp_path / "flow.py").write_text("async def other(): pass\n")
    with pytest.raises(InvalidFlow, match="no journey"):
        asyncio.run(carry_out(runner, plan, 2))
    assert target.requests == []


FLOW_WITH_FILES = """
import urllib.request

from beside import NAME
from penstock.script import data, http, shared

rows = data.csv("rows.csv", pick="unique")


def ask(run, path):
    urllib.request.urlopen(run.base_url + path, timeout=10).close()


def setup(run):
    ask(run, "/setup")
    return "made"


def teardown(run):
    ask(run, "/teardown")


async def journey(user):
    await http.get(f"/{NAME}/{shared()}/{rows.next()['id']}", name="a")
"""


def test_files_beside_a_flow_are_there_rows_stay_unique_and_setup_is_done_once(
    runner: Runner, target: Recorder, tmp_path: Path
) -> None:
    plan = plan_of(tmp_path, "pass", target)
    (tmp_path / "flow.py").write_text(FLOW_WITH_FILES)
    (tmp_path / "beside.py").write_text("NAME = 'beside'\n")
    (tmp_path / "rows.csv").write_text("\n".join(["id", *map(str, range(100))]))
    outcome, summary = asyncio.run(carry_out(runner, plan, 3))
    assert (outcome.reason, outcome.message, summary.total.failed) == ("finished", "", 0)
    asked = [request.path for request in target.requests]
    assert (asked[0], asked[-1]) == ("/setup", "/teardown")
    assert all(path.startswith("/beside/made/") for path in asked[1:-1])
    assert len(set(asked)) == len(asked) == 22


def test_a_run_is_paused_and_goes_on(runner: Runner, target: Recorder, tmp_path: Path) -> None:
    async def steer() -> Outcome:
        running = await runner.start(plan_of(tmp_path, "await sleep(0.05)", target, users=2, iterations=None), 2)
        snapshots = running.snapshots()

        async def until(holds: Callable[[Snapshot], bool]) -> None:
            last: deque[Snapshot] = deque(maxlen=2)
            for _ in range(60):
                last.append(await anext(snapshots))
                if len(last) == 2 and holds(merge(last)):
                    return
            raise AssertionError(f"it never came to that: {merge(last)}")

        try:
            await running.pause()
            await until(lambda told: told.iterations.started == 0)
            await running.resume()
            await until(lambda told: told.iterations.started > 0)
        finally:
            await running.stop(0.0)
        return await running.outcome()

    assert asyncio.run(steer()).reason == "stopped"


def test_a_process_that_gives_way_has_less_priority_than_its_agents(target: Recorder, tmp_path: Path) -> None:
    code = (
        "import asyncio, os\n"
        "from penstock.runners.local import LocalRunner\n"
        "from tests.contracts.test_runner import plan_of\n"
        "import pathlib, types\n"
        f"target = types.SimpleNamespace(url={target.url!r})\n"
        f"plan = plan_of(pathlib.Path({str(tmp_path)!r}), 'await sleep(0.3)', target)\n"
        "async def main():\n"
        "    before = os.nice(0)\n"
        "    running = await LocalRunner(gives_way=True).start(plan, 2)\n"
        "    agents = [agent.process.pid for agent in running._agents]\n"
        "    print(os.nice(0) > before, [os.getpriority(os.PRIO_PROCESS, pid) == before for pid in agents])\n"
        "    await running.stop(0.0)\n"
        "    await running.outcome()\n"
        "asyncio.run(main())\n"
    )
    root = Path(__file__).resolve().parents[2]
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True, cwd=root
    )
    assert done.stdout == "True [True, True]\n"
