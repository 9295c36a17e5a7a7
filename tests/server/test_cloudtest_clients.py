"""The official clients of the cloud load test service, unchanged, from the upload to the results."""

from __future__ import annotations

import gzip
import io
import json
import os
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.apps import Recorder
from tests.apps.insights import APP, KEY, Insights
from tests.apps.penstock_server import PenstockServer
from tests.jmeter import jmx
from tests.server.vs_loads import load_test, web_test

SCRIPT = Path(__file__).with_name("cloudtest_calls.py")
OWN_FAILURES = {"vsts==0.1.25": ["create_test_drop", "get_test_drop", "get_test_run_messages"]}
"""Calls on which a client fails whatever the answer, since it does not find models of its own."""


def azure_devops(version: str) -> dict[str, Any]:
    package = f"azure.devops.{version}.cloud_load_test"
    return {
        "connection": "azure.devops.connection",
        "connection_class": "Connection",
        "client": f"{package}.cloud_load_test_client.CloudLoadTestClient",
        "models": f"{package}.models",
        "shared_models": "azure.devops._models",
    }


CLIENTS: dict[str, dict[str, Any]] = {
    "azure-devops==6.0.0b4": azure_devops("v6_0"),
    "azure-devops==5.1.0b7": azure_devops("v5_1"),
    "azure-devops==5.0.0b9": azure_devops("v5_0"),
    "vsts==0.1.25": {
        "connection": "vsts.vss_connection",
        "connection_class": "VssConnection",
        "client": "vsts.cloud_load_test.v4_1.cloud_load_test_client.CloudLoadTestClient",
        "models": "vsts.cloud_load_test.v4_1.models",
        "shared_models": "vsts.models.vss_json_collection_wrapper",
        "fix_up": True,
    },
}


@pytest.fixture(scope="session")
def clients_folder() -> Path:
    """Where clients are installed, each to a folder of its own: they cannot live side by side."""
    base = os.environ.get("PENSTOCK_TEST_CLIENTS") or Path.home() / ".cache" / "penstock-test-clients"
    return Path(base)


def installed(folder: Path, requirement: str) -> Path:
    target = folder / requirement.replace("==", "-")
    ready = target / "ready"
    if not ready.exists():
        command = [sys.executable, "-m", "pip", "install", "-q", "--upgrade", "--target", str(target), requirement]
        done = subprocess.run([*command, "setuptools<80"], capture_output=True, text=True, timeout=300)
        if done.returncode:
            reason = f"{requirement} cannot be installed here: {done.stderr.strip().splitlines()[-1:]}"
            if os.environ.get("CI"):
                pytest.fail(reason)
            pytest.skip(reason)
        ready.touch()
    return target


@pytest.fixture(scope="module")
def target() -> Iterator[Recorder]:
    with Recorder() as started:
        yield started


def called(
    folder: Path,
    server: PenstockServer,
    tmp_path: Path,
    requirement: str,
    name: str,
    files: dict[str, bytes],
    agents: int | None = None,
) -> dict[str, Any]:
    """Do everything that a caller does with a client; returns what came of it. A JMeter plan is done by `agents`."""
    paths = {}
    for file, content in files.items():
        path = tmp_path / file
        path.write_bytes(content)
        paths[file] = str(path)
    case = tmp_path / "case.json"
    case.write_text(json.dumps(CLIENTS[requirement] | {"name": name, "files": paths, "agents": agents}))
    client = installed(folder, requirement)
    command = [sys.executable, str(SCRIPT), str(client), f"{server.url}/fabrikam", server.token, str(case)]
    done = subprocess.run(
        command, capture_output=True, text=True, timeout=120, env={**os.environ, "HOME": str(tmp_path)}, cwd=tmp_path
    )
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def found_by(calls: list[dict[str, Any]], name: str) -> list[Any]:
    return [one["found"] for one in calls if one["call"] == name]


@pytest.fixture(scope="module")
def kept_server(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[PenstockServer]:
    """A server that keeps its tables and its drops where the parameter says."""
    database, _, drops = request.param.partition(", ")
    environment = {}
    if database == "PostgreSQL":
        environment["PENSTOCK_DATABASE_URL"] = request.getfixturevalue("postgres").database()
    if drops == "Azurite":
        environment["PENSTOCK_DROPS_STORAGE"] = request.getfixturevalue("azurite").connection()
    data = tmp_path_factory.mktemp("server") / "data"
    started = PenstockServer(data, ("--allow-private-targets",), environment).start()
    yield started
    assert started.stop() == 0


@pytest.mark.parametrize("requirement", CLIENTS)
@pytest.mark.parametrize("kept_server", ["SQLite, own folder", "PostgreSQL, Azurite"], indirect=True)
def test_an_official_client_goes_from_its_files_to_their_results(
    kept_server: PenstockServer, target: Recorder, clients_folder: Path, tmp_path: Path, requirement: str
) -> None:
    goes_from_files_to_results(kept_server, target, clients_folder, tmp_path, requirement)


@pytest.mark.parametrize("kept_server", ["SQLite, Azurite", "PostgreSQL, own folder"], indirect=True)
def test_the_newest_client_does_so_wherever_things_are_kept(
    kept_server: PenstockServer, target: Recorder, clients_folder: Path, tmp_path: Path
) -> None:
    goes_from_files_to_results(kept_server, target, clients_folder, tmp_path, next(iter(CLIENTS)))


@pytest.mark.parametrize("requirement", ["azure-devops==6.0.0b4", "vsts==0.1.25"])
def test_an_official_client_runs_a_jmeter_plan_on_its_agents(
    server: PenstockServer, target: Recorder, clients_folder: Path, tmp_path: Path, requirement: str
) -> None:
    target.clear()
    to = jmx.defaults(protocol="http", domain="127.0.0.1", port=target.port)
    once = jmx.transaction("buy", jmx.get("/first"), jmx.get("/second"))
    files = {"plan.jmx": jmx.document(jmx.plan(to, jmx.threads(once, users=2, loops=2)))}
    with Insights() as cloud, watched(server, cloud):
        done = called(clients_folder, server, tmp_path, requirement, "plan.jmx", files, agents=2)
    calls = done["calls"]
    assert not [one for one in calls if "found" not in one]
    assert done["states"][-1] == "completed/success"
    (run,) = found_by(calls, "get_test_run")
    assert run["run_type"] == "jMeterLoadTest"
    details = run["run_specific_details"]
    assert (details["agent_count"], details["virtual_user_count"]) == (2, 4)
    assert sorted(one.target for one in target.requests) == ["/first"] * 8 + ["/second"] * 8
    names = {(one["category_name"], one["instance_name"]) for one in found_by(calls, "get_counters")[0]}
    assert {("LoadTest:Page", "/first"), ("LoadTest:Transaction", "buy"), ("LoadTest:Request", "/second")} <= names
    assert found_by(calls, "get_load_test_result")[0]["results_url"]


@contextmanager
def watched(server: PenstockServer, cloud: Insights) -> Iterator[None]:
    """Let the team have an application, as long as the block lasts."""
    duration = {"query": "requests/duration", "aggregation": "avg", "unit": "ms"}
    shop = {
        "name": "shop",
        "kind": "application-insights",
        "url": cloud.url,
        "app": APP,
        "api_key": KEY,
        "counters": {"Average Response Time": duration},
    }
    with server.client() as client:
        made = client.post("/applications", json=shop)
        assert made.status_code == 201, made.text
        yield
        assert client.delete(f"/applications/{made.json()['id']}").status_code == 204


def goes_from_files_to_results(
    server: PenstockServer, target: Recorder, clients_folder: Path, tmp_path: Path, requirement: str
) -> None:
    files = {
        "home.loadtest": load_test(seconds=2, most_requests_a_second=0.5),
        "home.webtest": web_test(f"{target.url}/missing.html"),
    }
    target.clear()
    with Insights() as cloud:
        cloud.metrics["requests/duration", "avg"] = {"": lambda _: 12.5}
        with watched(server, cloud):
            done = called(clients_folder, server, tmp_path, requirement, "Home.loadtest", files)
    calls = done["calls"]
    assert len(calls) == 28
    helped = [one for one in calls if "error" in one and "found" in one]
    assert [one["call"] for one in helped] == OWN_FAILURES.get(requirement, []), helped
    assert {one["error"].partition(":")[0] for one in helped} <= {"KeyError"}, "of the client, not of the server"
    failed = [one for one in calls if "found" not in one]
    assert not failed
    states = done["states"]
    assert states[0].startswith(("queued/", "inProgress/"))
    assert states[-1] == "completed/success"
    assert "inProgress/runningTest" in states

    (run,) = found_by(calls, "get_test_run")
    assert run["run_specific_details"]["virtual_user_count"] == 2
    assert run["run_specific_details"]["duration"] == 2
    assert run["created_date"] <= run["queued_date"] <= run["started_date"] <= run["execution_started_date"]
    assert run["execution_started_date"] < run["execution_finished_date"] <= run["finished_date"]
    nameless = "5.0.0b9" in requirement or "vsts" in requirement
    assert ("created_by" in run) is not nameless
    by_name, detailed = found_by(calls, "get_test_runs")
    assert run["id"] in [one["id"] for one in by_name]
    assert run["id"] in [one["id"] for one in detailed]

    texts = [one["message"] for one in found_by(calls, "get_test_run_messages")[0]]
    assert "The load has begun." in texts
    plugins = found_by(calls, "get_plugins")[0]
    assert [(one["type"], one["is_enabled"]) for one in plugins] == [
        ("ApplicationInsights", True),
        ("Prometheus", True),
    ]
    assert found_by(calls, "get_plugin")[0]["type"] == "ApplicationInsights"
    assert [one["application_id"] for one in found_by(calls, "get_applications")[0]] == ["ApplicationInsights~shop"]
    assert found_by(calls, "get_application")[0]["name"] == "shop"
    (kept,) = found_by(calls, "get_application_counters")[0]
    assert kept["id"] == "APM_AvgTimeInMs"
    assert kept["path"] == "\\shop\\Default Metrics\\Average Response Time\\Average"

    counters = found_by(calls, "get_counters")[0]
    by_counter = {(one["category_name"], one["counter_name"], one["instance_name"]): one for one in counters}
    assert by_counter["LoadTest:Scenario", "User Load", "_Total"]["counter_instance_id"] == "Els~-1828439162"
    duration = by_counter["Default Metrics", "Average Response Time", "_Total"]
    assert duration["counter_instance_id"].startswith("ApplicationInsights~")
    assert (duration["machine_name"], duration["counter_units"]) == ("shop", "ms")
    assert duration["part_of_counter_groups"] == ["Application"]
    assert duration["summary_data"]["max"] == 12.5
    rate = by_counter["LoadTest:Request", "Requests/Sec", "_Total"]
    assert rate["summary_data"]["max"] > 0
    samples = found_by(calls, "get_counter_samples")[0]
    assert samples["count"] == len(counters)
    values = next(one for one in samples["values"] if one["counter_instance_id"] == rate["counter_instance_id"])[
        "values"
    ]
    received = len([one for one in target.requests if one.target == "/missing.html"])
    assert received - 2 <= values[-1]["raw_value"] <= received, "what two users had under way at the end is cut"

    plain, detailed_errors = found_by(calls, "get_load_test_run_errors")
    assert plain["occurrences"] == detailed_errors["occurrences"] >= 2
    (thresholds,) = [one for one in detailed_errors["types"] if one["typeName"] == "ThresholdMessage"]
    (critical,) = thresholds["subTypes"]
    assert critical["subTypeName"] == "Critical"
    assert "exceeds the critical threshold value of 0.5" in critical["errorDetailList"][0]["messageText"]

    url = found_by(calls, "get_load_test_result")[0]["results_url"]
    assert url.partition("?")[0].endswith(".zip")
    with zipfile.ZipFile(io.BytesIO(gzip.decompress(httpx.get(url).content))) as archive:
        assert {"report.html", "report.json", "junit.xml"} < set(archive.namelist())
        assert json.loads(archive.read("report.json"))
