"""The three retired pipeline tasks, request by request: their order, their words, what they make of the answers."""

from __future__ import annotations

import gzip
import io
import re
import zipfile
from collections import Counter
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from azure.storage.blob import ContainerClient

from tests.apps import Answer, Recorder, Request
from tests.apps.penstock_server import PenstockServer, wait_until
from tests.jmeter import jmx
from tests.server.test_cloudtest_runs import home

SPS, CLT = "951917AC-A960-4999-8464-E3F0AA25B381", "6C404D78-EF65-4E65-8B6A-DF19D6361EAE"
MESSAGE_ORDER = ("info", "output", "warning", "error", "critical")


@pytest.fixture(scope="module")
def target() -> Iterator[Recorder]:
    def shop(request: Request) -> Answer:
        return Answer(status=503) if request.path == "/broken" else Answer.json({})

    with Recorder(shop) as started:
        yield started


class Task:
    """What all three share. Polls are as theirs, only closer together."""

    def __init__(self, server: PenstockServer, agent: str) -> None:
        headers = {"User-Agent": agent, "Content-Type": "application/json"}
        self._http = httpx.Client(auth=("user", server.token), headers=headers, timeout=60)
        location = f"{server.url}/fabrikam"
        for service in (SPS, CLT):
            found = self._http.get(f"{location}/_apis/servicedefinitions/LocationService2/{service}").json()
            location = found["locationMappings"][0]["location"]
        self._clt = f"{location}//_apis/clt"  # as their logs show it
        self.printed: list[str] = []

    def __enter__(self) -> Task:
        return self

    def __exit__(self, *_: object) -> None:
        self._http.close()

    def ask(self, method: str, path: str, body: Any = None, *, version: bool = True, **query: str) -> Any:
        """Do a request; of an error the task prints the message of its JSON."""
        parameters = {"api-version": "1.0", **query} if version else query
        answer = self._http.request(method, f"{self._clt}/{path}", params=parameters, json=body)
        if not answer.is_success:
            self.printed.append(answer.json()["message"])
            raise AssertionError(answer.text)
        return answer.json() if answer.content else None

    def upload(self, drop: dict[str, Any], files: dict[str, bytes]) -> dict[str, Any]:
        """Ask for the drop again and copy the tree with that access, as AzCopy does."""
        access = self.ask("GET", f"testdrops/{drop['id']}")["accessData"]
        url, _, place = access["dropContainerUrl"].rpartition("/")
        with ContainerClient.from_container_url(f"{url}{access['sasKey']}") as container:
            for name, content in files.items():
                container.upload_blob(f"{place}/{name}", content, overwrite=True)
        return drop

    def started(self, wish: dict[str, Any]) -> str:
        """Create a run and start it."""
        run = str(self.ask("POST", "testruns", wish)["id"])
        assert self.ask("PATCH", f"testruns/{run}", {"state": "queued"}) is None
        return run

    def watched(self, run: str, limit: int | None = None) -> dict[str, Any]:
        """Follow a run until it is neither queued nor in progress; more critical violations than the limit abort it."""
        assert self.ask("GET", f"testruns/{run}")["state"] in ("queued", "inProgress")
        aborted = False

        def left() -> Any:
            nonlocal aborted
            found = self.ask("GET", f"testruns/{run}")
            if found["state"] not in ("queued", "inProgress"):
                return found
            if limit is not None:
                errors = self.ask("GET", f"testruns/{run}/errors", type="ThresholdMessage", detailed="True")
                critical = sum(
                    sub["occurrences"]
                    for one in errors["types"]
                    for sub in one["subTypes"]
                    if sub["subTypeName"] == "Critical"
                )
                if critical > limit and not aborted:
                    aborted = True
                    self.ask("PATCH", f"testruns/{run}", {"state": "aborted"})
                    self.printed.append(f"aborted after {critical} violations")
                    return self.ask("GET", f"testruns/{run}")
            return None

        found: dict[str, Any] = wait_until(left, 40, every_s=0.2)  # type: ignore[assignment]
        return found

    def concluded(self, run: str) -> dict[str, Any]:
        """Print messages and errors, then what the run is called; returns the run."""
        found: dict[str, Any] = self.ask("GET", f"testruns/{run}")
        messages = self.ask("GET", f"testruns/{run}/messages")["value"]
        for one in sorted(messages, key=lambda one: str(one["loggedDate"])):
            assert one["messageType"] in MESSAGE_ORDER
            self.printed.append(one["message"])
        for kind in self.ask("GET", f"testruns/{run}/errors", detailed="true")["types"]:
            for sub in kind["subTypes"]:
                self.printed += [f"{sub['subTypeName']}: {one['messageText']}" for one in sub["errorDetailList"]]
        self.printed.append(f"{found['runNumber']} {found['name']} {found['webResultUrl']}")
        return found


def test_the_load_test_task_goes_its_way(server: PenstockServer, target: Recorder) -> None:
    with Task(server, "CloudLoadTestBuildTask") as task:
        drop = task.upload(task.ask("POST", "testdrops", {"dropType": "TestServiceBlobDrop"}), home(target, seconds=2))
        settings = {"cleanupCommand": "", "hostProcessPlatform": "x64", "setupCommand": ""}
        wish = {
            "name": "home.loadtest",
            "description": "nightly",
            "testSettings": settings,
            "testDrop": {"id": drop["id"]},
            "runSourceIdentifier": "build/12/345",
        }
        run = task.started(wish)
        assert task.watched(run, limit=0)["state"] == "completed", "every other end means failure to the task"
        over = task.concluded(run)
    assert (over["runSource"], over["runSourceIdentifier"]) == ("CloudLoadTestTask", "build/12/345")
    assert re.search(r"^\d+ home.loadtest http\S+$", task.printed[-1])
    assert "The run is completed." in task.printed
    assert httpx.get(over["webResultUrl"], follow_redirects=True).status_code == 200, "a page, behind the sign-in"


def test_the_load_test_task_aborts_a_run_that_violates_too_often(server: PenstockServer, target: Recorder) -> None:
    with Task(server, "CloudLoadTestReleaseTask") as task:
        files = home(target, seconds=60, most_requests_a_second=0)
        drop = task.upload(task.ask("POST", "testdrops", {"dropType": "TestServiceBlobDrop"}), files)
        machines = {
            "loadGeneratorMachinesType": "2",
            "staticAgentRunSettings": {"loadGeneratorMachinesType": "userLoadAgent", "staticAgentGroupName": "rig"},
        }
        details = {"agentCount": 2, "loadGeneratorMachinesType": "userLoadAgent"}
        wish = {"name": "home.loadtest", "testDrop": {"id": drop["id"]}, "superSedeRunSettings": machines}
        run = task.started({**wish, "runSpecificDetails": details, "runSourceIdentifier": "release/1/2"})
        assert task.watched(run, limit=2)["state"] in ("stopping", "aborted")
        wait_until(lambda: task.ask("GET", f"testruns/{run}")["state"] == "aborted", 30)
        task.concluded(run)
    assert any(re.fullmatch(r"aborted after [3-9] violations", line) for line in task.printed), task.printed
    assert any("exceeds the critical threshold value of 0" in line for line in task.printed)
    assert any("rig" in line for line in task.printed), "that the group is this server is said"


@pytest.mark.parametrize(("threshold_ms", "passes"), [(30_000, True), (0, False)])
def test_the_quick_test_task_goes_its_way(
    server: PenstockServer, target: Recorder, threshold_ms: int, passes: bool
) -> None:
    definition = {
        "loadTestName": "quick.loadtest",
        "runDuration": 2,
        "urls": [f"{target.url}/"],
        "browserMixs": [
            {"browserName": "Internet Explorer 11.0", "browserPercentage": 60.0},
            {"browserName": "Chrome 2", "browserPercentage": 40.0},
        ],
        "loadPatternName": "Constant",
        "maxVusers": 5,
        "loadGenerationGeoLocations": [{"Location": "Default", "Percentage": 100}],
    }
    with Task(server, "QuickPerfTestBuildTask") as task:
        drop = task.ask("POST", "testdrops", {"dropType": "InplaceDrop", "loadTestDefinition": definition})
        assert drop["dropType"] == "InPlaceDrop", "the task goes on only then"
        wish = {"name": "quick.loadtest", "description": "Quick perf test from an automation task"}
        more = {"testDrop": {"id": drop["id"]}, "runSourceIdentifier": "build/1/2"}
        run = task.started({**wish, **more, "superSedeRunSettings": {"loadGeneratorMachinesType": "0"}})
        assert task.watched(run)["state"] == "completed"
        over = task.concluded(run)
        summary = task.ask("GET", f"testRuns/{run}/ResultSummary", version=False)["overallRequestSummary"]
    assert over["runSource"] == "QuickPerfTestTask"
    assert over["runSpecificDetails"]["virtualUserCount"] == 5
    assert summary["averageResponseTime"] > 0, "0 would mean that there is no summary"
    assert (summary["averageResponseTime"] < threshold_ms / 1000) is passes, "seconds against milliseconds"


def test_the_quick_test_task_tells_the_errors_of_a_page(server: PenstockServer, target: Recorder) -> None:
    definition = {"loadTestName": "q.loadtest", "runDuration": 2, "urls": [f"{target.url}/broken"], "maxVusers": 1}
    with Task(server, "QuickPerfTestReleaseTask") as task:
        drop = task.ask("POST", "testdrops", {"dropType": "InplaceDrop", "loadTestDefinition": definition})
        run = task.started({"name": "q.loadtest", "testDrop": {"id": drop["id"]}})
        assert task.watched(run)["state"] == "completed"
        task.concluded(run)
    assert any(line.startswith("503 - ServiceUnavailable: ") for line in task.printed), task.printed


PLAN = "plan.jmx"


def sizing(agents: int, seconds: int = 60) -> dict[str, Any]:
    """Return the definition that the task puts into its drop."""
    return {
        "loadTestName": PLAN,
        "runDuration": str(seconds),
        "urls": [],
        "browserMixs": [],
        "loadPatternName": "Constant",
        "maxVusers": -1,
        "loadGenerationGeoLocations": [{"Location": "Default", "Percentage": 100}],
        "agentCount": str(agents),
        "coresPerAgent": 2,
        "coreCount": 2 * agents,
        "samplingRate": 15,
        "thinkTime": 0,
    }


def jmeter_run(drop: str, agents: int) -> dict[str, Any]:
    """Return the run that the task creates."""
    return {
        "name": PLAN,
        "description": "",
        "testDrop": {"id": drop},
        "runType": "jMeterLoadTest",
        "runSpecificDetails": {"coreCount": str(2 * agents), "duration": "60", "samplingInterval": 15},
        "superSedeRunSettings": {"loadGeneratorMachinesType": "0"},
        "runSourceIdentifier": "build/1/2",
    }


def plan_of(target: Recorder, *steps: jmx.Element, users: int = 2, loops: int = 3) -> bytes:
    to = jmx.defaults(protocol="http", domain="127.0.0.1", port=target.port)
    return jmx.document(jmx.plan(to, jmx.threads(*steps, users=users, loops=loops)))


def test_the_jmeter_task_goes_its_way_with_the_whole_plan_on_each_agent(
    server: PenstockServer, target: Recorder
) -> None:
    target.clear()
    with Task(server, "ApacheJmeterTestBuildTask") as task:
        wish = {"dropType": "TestServiceBlobDrop", "loadTestDefinition": sizing(2)}
        plan = plan_of(target, jmx.get("/first"), jmx.get("/broken"))
        files = {PLAN: plan, "data/users.csv": b"ann\n", "lib/extra.jar": bytes(64)}
        drop = task.upload(task.ask("POST", "testdrops", wish), files)
        run = task.started(jmeter_run(drop["id"], 2))
        assert task.watched(run, limit=0)["state"] == "completed"
        over = task.concluded(run)
        summary = task.ask("GET", f"testRuns/{run}/ResultSummary", version=False)["overallRequestSummary"]
        url = task.ask("GET", f"testruns/{run}/results")["resultsUrl"]
    assert (over["runType"], over["runSource"]) == ("jMeterLoadTest", "ApacheJMeterTask")
    details = over["runSpecificDetails"]
    assert (details["agentCount"], details["virtualUserCount"], details["coreCount"]) == (2, 4, 2)
    assert Counter(one.target for one in target.requests) == {"/first": 12, "/broken": 12}, "2 agents, 2 users, 3 loops"
    assert (summary["totalRequests"], summary["failedRequests"]) == (24, 12)
    assert any(line.startswith("503 - ServiceUnavailable: ") for line in task.printed), task.printed
    assert "Each of the 2 agents does the whole plan." in task.printed
    with zipfile.ZipFile(io.BytesIO(gzip.decompress(httpx.get(url).content))) as results:
        assert {"csv/requests.csv", "diagnostics/run.log", "report.html"} <= set(results.namelist())


def test_the_jmeter_task_prints_why_its_plan_does_not_run(server: PenstockServer) -> None:
    with Task(server, "ApacheJmeterTestReleaseTask") as task:
        wish = {"dropType": "TestServiceBlobDrop", "loadTestDefinition": sizing(1)}
        drop = task.upload(task.ask("POST", "testdrops", wish), {PLAN: b"<jmeterTestPlan/>"})
        run = task.started(jmeter_run(drop["id"], 1))
        assert task.ask("GET", f"testruns/{run}")["state"] == "aborted", "the task fails then, and prints the messages"
        over = task.concluded(run)
    assert (over["runType"], over["runSource"]) == ("jMeterLoadTest", "ApacheJMeterTask")
    assert over["runSpecificDetails"] == {"coreCount": 2, "duration": 60, "samplingInterval": 15}
    assert any(PLAN in line for line in task.printed[:-1]), task.printed
