"""`penstock cloud-run`: a load test goes from its files to its reports by way of a server."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import zipfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.apps import Recorder
from tests.apps.penstock_server import PenstockServer, wait_until
from tests.e2e.conftest import Ended
from tests.jmeter import jmx
from tests.server.test_cloudtest_samples import REAL, SAMPLES, shortened
from tests.server.vs_loads import load_test, web_test

CLT = "/_apis/clt"


@pytest.fixture(scope="module")
def target() -> Iterator[Recorder]:
    with Recorder() as started:
        yield started


@pytest.fixture
def files(tmp_path: Path, target: Recorder) -> Path:
    """A folder with a load test, its web test, and what no load test needs."""
    (tmp_path / "Home.loadtest").write_bytes(load_test(seconds=2))
    (tmp_path / "home.webtest").write_bytes(web_test(f"{target.url}/"))
    (tmp_path / "notes.txt").write_text("not for the server")
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "users.csv").write_text("name\nann\n")
    return tmp_path


def began(server: PenstockServer, folder: Path, *arguments: str, token: str | None = None) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "penstock", "cloud-run", *arguments],
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={
            **os.environ,
            "NO_COLOR": "1",
            "PENSTOCK_SERVER": f"{server.url}/fabrikam",
            "PENSTOCK_TOKEN": server.token if token is None else token,
        },
    )


def ended(process: subprocess.Popen[str]) -> Ended:
    stdout, stderr = process.communicate(timeout=60)
    assert "Traceback" not in stderr, stderr
    return Ended(process.returncode, stdout, stderr)


def run(server: PenstockServer, folder: Path, *arguments: str, token: str | None = None) -> Ended:
    return ended(began(server, folder, *arguments, token=token))


def runs_of(server: PenstockServer) -> list[dict[str, object]]:
    found: list[dict[str, object]] = httpx.get(f"{server.url}{CLT}/testruns", auth=("", server.token)).json()
    return found


def test_a_load_test_goes_from_its_folder_to_its_reports(server: PenstockServer, target: Recorder, files: Path) -> None:
    target.clear()
    done = run(
        *(server, files, "Home.loadtest", "--description", "nightly", "--include", "data/*"),
        *("--json", "-", "--junit", "junit.xml", "--html", "r.html", "--csv", "tables", "--archive", "kept.zip"),
    )
    assert done.code == 0, done.stderr
    summary = json.loads(done.stdout)
    count = summary["totals"]["requests"]["count"]
    assert 0 < count <= len(target.requests) <= count + 2, "each of the two users may be interrupted once at the end"
    assert summary["verdict"]["passed"]
    uploaded = re.findall(r"^uploading (\S+) ", done.stderr, re.M)
    assert sorted(uploaded) == ["Home.loadtest", "data/users.csv", "home.webtest"]
    assert "inProgress/runningTest" in done.stderr
    assert re.search(r"^interval \d+  users 2  [1-9]\S* req/s  avg \S+", done.stderr, re.M), "numbers while it runs"
    assert "info: The load has begun." in done.stderr
    assert "On the server: " in done.stderr
    assert 'failures="0"' in (files / "junit.xml").read_text()
    assert {"requests.csv", "counters.csv"} <= {path.name for path in (files / "tables").iterdir()}
    with zipfile.ZipFile(files / "kept.zip") as archive:
        assert b"The load" not in archive.read("archive.json")
        assert b"running" in archive.read("diagnostics/run.log")
    made = runs_of(server)[0]
    assert (made["name"], made["state"]) == ("Home.loadtest", "completed")
    told = subprocess.run(
        [sys.executable, "-m", "penstock", "report", "kept.zip", "--json", "-"],
        cwd=files,
        capture_output=True,
        timeout=60,
        check=True,
    )
    assert json.loads(told.stdout) == summary, "the archive says the same later"


def test_parameters_and_run_settings_go_with_the_load_test(
    server: PenstockServer, target: Recorder, files: Path
) -> None:
    (files / "home.webtest").write_bytes(web_test("{{Shop}}/?who={{Who}}"))
    whole = load_test(seconds=600).decode()
    other = '<RunConfiguration Name="Short" RunDuration="2" SampleRate="1" CoolDownTime="0"><ContextParameters>'
    other += '<ContextParameter Name="Who" Value="nobody" /></ContextParameters></RunConfiguration></RunConfigurations>'
    (files / "Home.loadtest").write_text(whole.replace("</RunConfigurations>", other))
    target.clear()
    done = run(
        *(server, files, "Home.loadtest", f"Shop={target.url}", "Who=<ann> & bob", "Typo=1"),
        *("--run-settings", "Short"),
    )
    assert done.code == 0, done.stderr
    assert "the parameter 'Typo' stands nowhere in the test" in done.stderr
    assert {request.target for request in target.requests} == {"/?who=%3Cann%3E%20&%20bob"}
    assert b"600" in (files / "Home.loadtest").read_bytes(), "the file itself stays as it is"


def test_a_url_is_loaded_without_any_file(server: PenstockServer, target: Recorder, tmp_path: Path) -> None:
    target.clear()
    done = run(server, tmp_path, f"{target.url}/", "--users", "2", "--duration", "2s", "--json", "-", "--quiet")
    assert (done.code, done.stderr) == (0, "")
    count = json.loads(done.stdout)["totals"]["requests"]["count"]
    assert 0 < count <= len(target.requests) <= count + 2


def test_violated_rules_fail_the_run_where_they_are_to(server: PenstockServer, target: Recorder, files: Path) -> None:
    (files / "Home.loadtest").write_bytes(load_test(seconds=2, most_requests_a_second=0))
    assert run(server, files, "Home.loadtest", "--quiet").code == 0
    done = run(server, files, ".", "--fail-on", "critical")
    assert done.code == 99, done.stderr
    assert "critical violation" in done.stderr


def test_a_target_that_fails_is_a_missed_verdict(server: PenstockServer, files: Path) -> None:
    (files / "home.webtest").write_bytes(web_test("http://127.0.0.1:9/"))
    assert run(server, files, "Home.loadtest").code == 99


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupt_aborts_the_run_and_its_results_are_fetched(
    server: PenstockServer, files: Path, number: signal.Signals
) -> None:
    (files / "Home.loadtest").write_bytes(load_test(seconds=60))
    process = began(server, files, "Home.loadtest", "--json", "r.json")
    wait_until(lambda: any(one["state"] == "inProgress" for one in runs_of(server)), 30)
    wait_until(lambda: summary_of(server)["requests"] > 0, 30)
    process.send_signal(number)
    done = ended(process)
    assert done.code == 105, done.stderr
    assert "the run is aborted" in done.stderr
    assert runs_of(server)[0]["state"] == "aborted"
    assert json.loads((files / "r.json").read_text())["run"]["end"] == "stopped"


def summary_of(server: PenstockServer) -> dict[str, int]:
    """Return how many requests the newest run has made so far."""
    id = runs_of(server)[0]["id"]
    asked = {"value": [{"counterInstanceId": "Els~1226640887"}]}
    found = httpx.post(f"{server.url}{CLT}/testruns/{id}/countersamples", json=asked, auth=("", server.token)).json()
    values = found["values"][0]["values"] if found["values"] else []
    return {"requests": values[-1]["rawValue"] if values else 0}


@pytest.mark.parametrize(
    ("arguments", "token", "part"),
    [
        (["gone.loadtest"], None, "there is no such file"),
        (["home.webtest"], None, "only tests whose names end with .loadtest or .jmx"),
        (["Home.loadtest", "--include", "*.ps1"], None, "*.ps1: there is no such file"),
        (["Home.loadtest", "--html", "nowhere/r.html"], None, "folder nowhere does not exist"),
        (["Home.loadtest"], "wrong", "the server says 401"),
        (["Home.loadtest"], "", "a token is needed"),
        (["ftp://127.0.0.1/"], None, "there is no such file"),
        (["http://127.0.0.1:9/", "--duration", "soon"], None, "soon"),
        (["http://127.0.0.1:9/", "name=ann"], None, "parameters and run settings are for load tests in files"),
        (["definition:1", "--run-settings", "Short"], None, "parameters and run settings are for load tests in files"),
        (["Home.loadtest", "--run-settings", "Short"], None, 'no run settings are called "Short"'),
        (["Home.loadtest", "a=\x01"], None, "the parameter 'a' cannot stand in XML"),
    ],
    ids=[
        *("no file", "web test", "no include", "no folder", "wrong token", "no token", "no web URL", "no duration"),
        *("parameter of a URL", "settings of a definition", "no such settings", "no XML"),
    ],
)
def test_what_cannot_be_run_is_said_and_nothing_begins(
    server: PenstockServer, files: Path, arguments: list[str], token: str | None, part: str
) -> None:
    before = len(runs_of(server))
    done = run(server, files, *arguments, token=token)
    assert (done.code, part in done.stderr) == (104, True), done.stderr
    assert len(runs_of(server)) == before


def test_a_test_that_cannot_run_is_refused_before_anything_is_uploaded(server: PenstockServer, files: Path) -> None:
    (files / "home.webtest").unlink()
    done = run(server, files, "Home.loadtest")
    assert done.code == 104
    assert "home.webtest" in done.stderr
    assert "uploading" not in done.stderr


def test_what_only_the_server_refuses_is_told_with_its_reason(
    tmp_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    server = PenstockServer(tmp_path_factory.mktemp("strict") / "data").start()
    try:
        done = run(server, tmp_path, "http://192.0.2.1/", "--users", "50")
    finally:
        assert server.stop() == 0
    assert done.code == 104, done.stderr
    assert "aborted" in done.stderr
    assert re.search(r"^error: The run was stopped before it began: 192.0.2.1 .*at most 5 users", done.stderr, re.M), (
        done.stderr
    )


def test_a_server_that_is_not_there_is_said_at_once(files: Path) -> None:
    done = run(PenstockServer(files, url="http://127.0.0.1:9", token="t"), files, "Home.loadtest")
    assert done.code == 104
    assert "http://127.0.0.1:9/fabrikam does not answer" in done.stderr


@pytest.mark.skipif(not SAMPLES.is_dir(), reason="the real files of others are not beside this checkout")
def test_a_real_load_test_of_someone_else_goes_all_the_way(
    server: PenstockServer, target: Recorder, tmp_path: Path
) -> None:
    author_load_test, author_web_test, name = REAL["cboudereau"]
    (tmp_path / "LoadTest1.loadtest").write_bytes(shortened((SAMPLES / author_load_test).read_bytes()))
    (tmp_path / name).write_bytes((SAMPLES / author_web_test).read_bytes())
    overrides = {"settings": {"target_overrides": {"*": target.url}}}
    with server.client() as native:
        assert native.put("/team", json=overrides).status_code == 200
        try:
            target.clear()
            done = run(server, tmp_path, "LoadTest1.loadtest", "--html", "report.html", "--json", "-")
        finally:
            assert native.put("/team", json={"settings": {}}).status_code == 200
    assert done.code in (0, 99), done.stderr
    assert json.loads(done.stdout)["totals"]["requests"]["count"] > 0
    assert target.requests
    assert "LoadTest1" in (tmp_path / "report.html").read_text()


@pytest.fixture
def plan(tmp_path: Path, target: Recorder) -> Path:
    """A folder with a JMeter plan of 2 users and 3 loops, and what it reads."""
    steps = [
        jmx.csv("rows.csv", "row"),
        jmx.get("${place}/${__P(which,none)}/${__threadNum}/${row}"),
        jmx.variables(place="before"),
    ]
    to = jmx.defaults(protocol="http", domain="127.0.0.1", port=target.port)
    group = jmx.threads(*steps, users=2, loops=3)
    (tmp_path / "plan.jmx").write_bytes(jmx.document(jmx.plan(to, group)))
    (tmp_path / "rows.csv").write_bytes(b"1\n2\n3\n4\n5\n6\n7\n")
    (tmp_path / "user.properties").write_bytes(b"other=1")
    return tmp_path


def test_a_jmeter_plan_is_done_whole_by_each_agent_with_the_values_that_are_given(
    server: PenstockServer, target: Recorder, plan: Path
) -> None:
    target.clear()
    done = run(
        server, plan, "plan.jmx", "place=affär", "which=a=b", "--agents", "2", "--duration", "50s", "--json", "-"
    )
    assert done.code == 0, done.stderr
    assert json.loads(done.stdout)["totals"]["requests"]["count"] == 2 * 2 * 3
    asked = [one.target.removeprefix("/aff%C3%A4r/a=b/").split("/") for one in target.requests]
    assert Counter(row for _, row in asked) == dict.fromkeys("123456", 2), "each agent has all rows"
    assert Counter(thread for thread, _ in asked) == {"1": 6, "2": 6}, "and counts its threads"
    assert re.findall(r"^uploading (\S+)", done.stderr, re.MULTILINE) == ["plan.jmx", "user.properties", "rows.csv"]
    assert (plan / "user.properties").read_bytes() == b"other=1", "the files here stay as they are"
    newest = runs_of(server)[0]
    assert newest["runType"] == "jMeterLoadTest"
    assert newest["runSpecificDetails"]["agentCount"] == 2  # type: ignore[index]


@pytest.mark.parametrize(
    ("arguments", "part"),
    [
        (("Home.loadtest", "--agents", "2"), "--agents: for JMeter plans"),
        (("Home.loadtest", "--duration", "5s"), "--duration: for JMeter plans"),
        (("plan.jmx", "--run-settings", "Run Settings1"), "leave out --run-settings"),
        (("plan.jmx", "--users", "5"), "--users: for a URL only"),
        (("http://127.0.0.1:9/", "--agents", "2"), "--agents: for a JMeter plan only"),
        (("notes.txt",), "notes.txt"),
    ],
)
def test_what_does_not_fit_the_kind_of_test_is_refused(
    server: PenstockServer, files: Path, plan: Path, arguments: tuple[str, ...], part: str
) -> None:
    done = run(server, files, *arguments)
    assert (done.code, part in done.stderr) == (104, True), done.stderr
