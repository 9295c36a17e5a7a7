"""Loads on a Ray cluster that wants a token: of the command and of the server, and when something breaks."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from penstock.errors import NotBegun
from penstock.model import Load, Phase, Population
from penstock.runners.ray.runner import RayRunner
from penstock.runs.plan import FlowWork, HttpSettings, Plan
from tests.apps import Recorder
from tests.apps.penstock_server import PenstockServer
from tests.apps.ray_cluster import RayCluster
from tests.e2e.conftest import Command
from tests.server import loads
from tests.server.loads import source

pytestmark = pytest.mark.e2e


@pytest.fixture
def target() -> Iterator[Recorder]:
    with Recorder() as recorder:
        yield recorder


def written(folder: Path, target: Recorder, body: str, seconds: int = 60) -> Path:
    """Write a flow of four users, who tell the target about their agents."""
    test = folder / "test"
    test.mkdir()
    (test / "beside.py").write_text("WORDS = 'said by a test'\n")
    flow = test / "flow.py"
    flow.write_text(
        "import os\nimport signal\nfrom beside import WORDS\nfrom penstock.script import Options, http, sleep\n"
        f"options = Options(users=4, duration='{seconds}s', base_url={target.url!r})\n"
        "async def journey(user):\n"
        "    await http.get(f'/{os.getpid()}/{user.index}', name='a')\n"
        f"    {body}\n"
    )
    return flow


def until(holds: Callable[[], bool], within_s: float = 60) -> None:
    deadline = time.monotonic() + within_s
    while not holds():
        assert time.monotonic() < deadline, "it never came to that"
        time.sleep(0.05)


def alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"


def agents_of(target: Recorder) -> set[int]:
    return {int(request.path.split("/")[1]) for request in target.requests}


def nodes_of(report: Any) -> dict[str, list[str]]:
    return {node["name"]: node["agents"] for node in report["run"]["nodes"]}


def test_a_load_runs_on_all_machines_and_its_report_says_so(
    penstock: Command, ray_cluster: RayCluster, target: Recorder, tmp_path: Path
) -> None:
    flow = written(tmp_path, target, "user.iteration == 0 and print(WORDS)\n    await sleep(0.1)", seconds=2)
    done = penstock("run", flow, *ray_cluster.options, "--agents", 2, "--json", "-", "--html", "report.html")
    report = done.json()
    nodes = nodes_of(report)
    assert sorted(nodes) == ["left", "right"]
    assert sorted(nodes.values()) == [["0/2"], ["1/2"]]
    assert report["requests"][0]["count"] == len(target.requests)
    assert len(agents_of(target)) == 2
    assert report["run"]["start_skew_s"] >= 0
    assert done.stderr.count("said by a test") == 4
    assert "2 agents · on 2 nodes (" in done.stderr.replace("\n  ", " ")
    page = (tmp_path / "report.html").read_text()
    assert all(f"<dt>Node {name}</dt>" in page for name in ("left", "right"))
    assert not any(alive(pid) for pid in agents_of(target))


def test_more_agents_than_free_cores_are_refused_at_once(
    penstock: Command, ray_cluster: RayCluster, target: Recorder, tmp_path: Path
) -> None:
    flow = written(tmp_path, target, "pass")
    done = penstock("run", flow, *ray_cluster.options, "--agents", 9, expect=103)
    assert "9 agents need 9 cores, and there are 4 free cores on the 2 machines" in done.stderr
    assert target.requests == []


def test_a_run_that_waits_for_cores_can_be_stopped(ray_cluster: RayCluster, target: Recorder, tmp_path: Path) -> None:
    flow = FlowWork(str(written(tmp_path, target, "pass")))
    plan = Plan("test", flow, (Population("all", Load((Phase(1, 1, 1),))),), HttpSettings(base_url=target.url))

    async def wait() -> None:
        stop = asyncio.Event()
        stop.set()
        await RayRunner(ray_cluster.address, wait_s=600).start(plan, 9, stop)

    with pytest.raises(NotBegun, match="stopped while it waited for cores"):
        asyncio.run(wait())


def test_an_actor_that_dies_ends_the_run_with_its_name_and_keeps_the_numbers(
    penstock: Command, ray_cluster: RayCluster, target: Recorder, tmp_path: Path
) -> None:
    dies = "if user.index == 1 and user.iteration == 3:\n        os.kill(os.getppid(), signal.SIGKILL)"
    flow = written(tmp_path, target, f"await sleep(0.5)\n    {dies}")
    done = penstock("run", flow, *ray_cluster.options, "--agents", 2, "--json", "-", expect=103)
    report = done.json()
    (node,) = [name for name, agents in nodes_of(report).items() if "1/2" in agents]
    assert report["run"]["message"].startswith(f"agent 1/2 on {node} (")
    assert "its actor has died" in report["run"]["message"]
    assert report["requests"][0]["count"] >= 4
    assert any("agent 1/2 on" in reason and "is missing" in reason for reason in report["generator"]["distrust"])
    until(lambda: not any(alive(pid) for pid in agents_of(target)))


def test_a_command_that_is_killed_leaves_no_agent_on_any_machine(
    ray_cluster: RayCluster, target: Recorder, tmp_path: Path
) -> None:
    flow = written(tmp_path, target, "await sleep(0.1)")
    with UnderWay(flow, ray_cluster, "--agents", "2") as command:
        until(lambda: len(agents_of(target)) == 2)
        os.kill(command.pid, signal.SIGKILL)
        until(lambda: not any(alive(pid) for pid in agents_of(target)))


class UnderWay:
    """A run of the command under way; what is left of it is ended with the block."""

    def __init__(self, flow: Path, cluster: RayCluster, *options: str) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "penstock", "run", str(flow), *cluster.options, *options, "--quiet"],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )

    def __enter__(self) -> subprocess.Popen[bytes]:
        return self._process

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        self._process.wait()


def test_a_server_runs_its_loads_on_the_cluster(ray_cluster: RayCluster, target: Recorder, tmp_path: Path) -> None:
    options = ("--ray-address", ray_cluster.address, "--allow-private-targets")
    server = PenstockServer(tmp_path / "data", options).start()
    try:
        with server.client() as client:
            wish = {"source": source(target.url, concurrency=4), "workers": 2}
            run = client.post("/runs", json=wish).json()["id"]
            assert loads.until(client, run, timeout_s=90)["state"] == "passed"
            report = client.get(f"/runs/{run}/report", params={"format": "json"}).json()
            assert sorted(nodes_of(report)) == ["left", "right"]
            assert report["requests"][0]["count"] == len(target.requests) == 20
    finally:
        server.stop()


def test_a_machine_that_is_lost_ends_the_run_with_its_name_within_seconds(
    ray_cluster: RayCluster, target: Recorder, tmp_path: Path
) -> None:
    """The last of the tests: the cluster has one machine less from then on."""
    flow = written(tmp_path, target, "await sleep(0.1)")
    with UnderWay(flow, ray_cluster, "--agents", "2", "--json", str(tmp_path / "report.json")) as command:
        until(lambda: len(agents_of(target)) == 2)
        ray_cluster.tell("lose right")
        assert command.wait(60) == 103
    report = json.loads((tmp_path / "report.json").read_text())
    assert "on right (" in report["run"]["message"]
    assert "on left (" not in report["run"]["message"]
    until(lambda: not any(alive(pid) for pid in agents_of(target)))
