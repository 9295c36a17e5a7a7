"""`penstock run` against real servers: what is sent, what is measured, how it ends."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from tests.apps import FAULTS, Answer, Authority, Faulty, Recorder, Request
from tests.e2e.conftest import Command, Ended

pytestmark = pytest.mark.e2e


def write_config(folder: Path, **keys: Any) -> Path:
    """Write a small load-test configuration: one user, quick, unless told otherwise."""
    given = {"duration": 60_000, "concurrency": 1, "rampUp": 0, "maxIterations": 5, **keys}
    path = folder / "test.json"
    path.write_text(json.dumps(given))
    return path


def summary_of(ended: Ended) -> Any:
    return json.loads(ended.stdout)


def test_a_configuration_runs_as_written(penstock: Command, tmp_path: Path) -> None:
    def shop(request: Request) -> Answer:
        if request.path == "/login":
            return Answer.json({"token": "t-1"})
        return Answer.json({"items": [{"id": 7, "name": "pen"}]})

    with Recorder(shop) as target:
        config = write_config(
            tmp_path,
            parameters=[{"user": "ann"}],
            requests=[
                {
                    "method": "POST",
                    "url": f"{target.url}/login",
                    "description": "log in",
                    "headers": [{"X-Client": "${user}"}],
                    "postData": {"mimeType": "application/json", "text": '{"user":"${user}"}'},
                    "extract": [{"token": {"jsonPath": "token"}}],
                    "assert": [{"check": "token"}],
                },
                {
                    "url": f"{target.url}/items",
                    "headers": {"Authorization": "Bearer ${token}"},
                    "extract": {"id": {"jsonPath": "$.items[0].id"}},
                    "assert": [{"check": "id", "equals": "7"}],
                },
                {"url": f"{target.url}/items/${{id}}", "assert": [{"check": "__status", "equals": "200"}]},
            ],
        )
        ended = penstock("run", config, "user=bob", "--no-think", "--json", "-")
        assert [request.path for request in target.requests[:3]] == ["/login", "/items", "/items/7"]
        assert len(target.requests) == 15
        login, items, _ = target.requests[:3]
    assert login.body == b'{"user":"bob"}'
    assert login.header("x-client") == "bob"
    assert login.header("content-type") == "application/json"
    assert items.header("authorization") == "Bearer t-1"
    summary = summary_of(ended)
    assert summary["verdict"]["passed"] is True
    assert summary["totals"]["requests"]["count"] == 15
    assert "log in" in ended.stderr


def test_a_flow_runs_on_the_same_loop(penstock: Command, tmp_path: Path) -> None:
    flow = tmp_path / "flow.py"
    flow.write_text(
        "from penstock.script import Options, check, group, http, sleep\n"
        "options = Options(users=3, iterations=4)\n"
        "async def journey(user):\n"
        "    async with group('browse'):\n"
        "        response = await http.get('/items', params={'page': user.iteration}, name='list')\n"
        "        check(response.json()['method'] == 'GET', 'was a GET')\n"
        "        await sleep(0.01)\n"
        "    await http.post('/cart', json={'user': user.index}, name='cart')\n"
    )
    with Recorder() as target:
        ended = penstock("run", flow, "--base-url", target.url, "--json", "-")
        sent = target.requests
    assert len(sent) == 24
    assert sorted({json.loads(request.body)["user"] for request in sent if request.path == "/cart"}) == [0, 1, 2]
    summary = summary_of(ended)
    assert {row["name"]: row["all"]["count"] for row in summary["requests"]} == {"list": 12, "cart": 12}
    assert summary["iterations"]["finished"] == 12


@pytest.mark.parametrize(("option", "agents"), [("--agents", 1), ("--agents", 2), ("--workers", 3)])
def test_totals_do_not_depend_on_the_number_of_agents(
    penstock: Command, tmp_path: Path, option: str, agents: int
) -> None:
    with Recorder() as target:
        config = write_config(tmp_path, concurrency=7, requests=[{"url": f"{target.url}/a"}])
        ended = penstock("run", config, "--no-think", "--iterations", "3", option, str(agents), "--json", "-")
        assert len(target.requests) == 21
    assert summary_of(ended)["totals"]["requests"]["count"] == 21
    assert summary_of(ended)["run"]["workers"] == agents


def test_base_url_re_points_every_request(penstock: Command, tmp_path: Path) -> None:
    with Recorder() as target:
        config = write_config(
            tmp_path, requests=[{"url": "https://shop.example.com:8443/a?b=c"}, {"url": "shop.example.com/d"}]
        )
        penstock("run", config, "--no-think", "--base-url", target.url)
        first, second = target.requests[:2]
        assert first.header("host") == target.url.removeprefix("http://")
    assert (first.target, second.target) == ("/a?b=c", "/d")


@pytest.mark.parametrize(
    ("options", "status", "code"),
    [
        ([], 200, 0),
        (["--threshold", "p95 < 10s"], 200, 0),
        (["--threshold", "p95 < 0.001us"], 200, 99),
        (["--threshold", "p95[nobody] < 1s"], 200, 99),
        ([], 500, 99),  # no successful request at all
        (["--max-failures", "100%"], 500, 99),  # a run without one successful request never passes
    ],
)
def test_the_exit_code_is_the_verdict(
    penstock: Command, tmp_path: Path, options: list[str], status: int, code: int
) -> None:
    with Recorder(lambda _: Answer(status)) as target:
        config = write_config(tmp_path, requests=[{"url": f"{target.url}/a"}])
        penstock("run", config, "--no-think", *options, expect=code)


def test_half_of_the_iterations_of_a_configuration_may_fail_and_none_of_a_flow(
    penstock: Command, tmp_path: Path
) -> None:
    def every_third_fails(request: Request) -> Answer:
        fails = int(request.target.partition("=")[2] or 0) % 3 == 0
        return Answer(503 if fails else 200)

    flow = tmp_path / "flow.py"
    flow.write_text(
        "from penstock.script import Options, http\n"
        "options = Options(iterations=6)\n"
        "async def journey(user):\n"
        "    await http.get(f'/a?n={user.iteration}', name='a')\n"
    )
    with Recorder(every_third_fails) as target:
        penstock("run", flow, "--base-url", target.url, expect=99)
        penstock("run", flow, "--base-url", target.url, "--max-failures", "50%")


@pytest.mark.parametrize("fault", sorted(FAULTS))
def test_a_server_that_breaks_the_rules_is_a_counted_and_named_failure(
    penstock: Command, tmp_path: Path, fault: str
) -> None:
    with Faulty(fault) as target:
        config = write_config(tmp_path, requests=[{"url": f"{target.url}/a", "timeout": 700}])
        ended = penstock("run", config, "--no-think", "--iterations", "2", "--json", "-", expect=None)
    summary = summary_of(ended)
    totals = summary["totals"]["requests"]
    assert ended.code in (0, 99)
    assert totals["count"] == 2
    if totals["failed"]:
        assert sum(error["count"] for error in summary["errors"]) == totals["failed"]
        assert all(error["message"] for error in summary["errors"])


def test_a_refused_connection_is_a_named_failure(penstock: Command, tmp_path: Path) -> None:
    with Recorder() as target:
        url = target.url
    config = write_config(tmp_path, requests=[{"url": f"{url}/a"}])
    ended = penstock("run", config, "--no-think", "--json", "-", expect=99)
    errors = summary_of(ended)["errors"]
    assert [error["kind"] for error in errors] == ["connect"]
    assert "refused" in errors[0]["message"]


def test_a_certificate_that_does_not_verify_fails_unless_told_otherwise(penstock: Command, tmp_path: Path) -> None:
    with Recorder(context=Authority().context()) as target:
        config = write_config(tmp_path, requests=[{"url": f"{target.url}/a"}])
        ended = penstock("run", config, "--no-think", "--json", "-", expect=99)
        assert {error["kind"] for error in summary_of(ended)["errors"]} == {"tls"}
        penstock("run", config, "--no-think", "--insecure")
        assert len(target.requests) == 5


@pytest.mark.alone
def test_ctrl_c_stops_within_a_second_and_still_reports(tmp_path: Path) -> None:
    with Recorder() as target:
        config = write_config(tmp_path, maxIterations=None, requests=[{"url": f"{target.url}/a", "delay": 50}])
        config.write_text(config.read_text().replace('"maxIterations": null, ', ""))
        process = subprocess.Popen(
            [sys.executable, "-m", "penstock", "run", str(config), "--json", "-"],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        deadline = time.monotonic() + 20
        while not target.requests and time.monotonic() < deadline:
            time.sleep(0.05)
        process.send_signal(signal.SIGINT)
        asked = time.monotonic()
        time.sleep(1.0)
        sent_after_a_second = len(target.requests)
        stdout, stderr = process.communicate(timeout=20)
        assert len(target.requests) == sent_after_a_second
    assert time.monotonic() - asked < 10
    assert process.returncode == 105, stderr
    assert json.loads(stdout)["totals"]["requests"]["count"] > 0
    assert "Traceback" not in stderr


def test_all_reports_are_written(penstock: Command, tmp_path: Path) -> None:
    with Recorder() as target:
        config = write_config(tmp_path, requests=[{"url": f"{target.url}/a"}])
        targets = ["--json", "r.json", "--html", "r.html", "--junit", "r.xml", "--csv", "tables"]
        ended = penstock("run", config, "--no-think", *targets)
    assert (tmp_path / "r.html").read_text().startswith("<!doctype html>")
    assert (tmp_path / "r.xml").read_text().startswith("<?xml")
    assert json.loads((tmp_path / "r.json").read_text())["verdict"]["passed"]
    assert {path.name for path in (tmp_path / "tables").iterdir()} >= {"requests.csv", "timeline.csv", "errors.csv"}
    assert "r.html" in ended.stderr


def test_everything_is_written_into_one_folder(penstock: Command, tmp_path: Path) -> None:
    with Recorder() as target:
        config = write_config(tmp_path, requests=[{"url": f"{target.url}/a"}])
        penstock("run", config, "--no-think", "--out", "kept/run", "--json", "own.json")
        suite = f"meta: {{description: Once}}\nrequests: [{{url: '{target.url}/a'}}]\n"
        (tmp_path / "flow.yaml").write_text(suite)
        penstock("run", "flow.yaml", "--out", "kept/suite")
    made = {path.name for path in (tmp_path / "kept" / "run").iterdir()}
    assert made == {"report.html", "junit.xml", "csv", "results.zip"}
    assert json.loads((tmp_path / "own.json").read_text())["verdict"]["passed"]
    assert penstock("report", "kept/run/results.zip", "--json", "-").json()["totals"]["requests"]["count"] > 0
    assert {path.name for path in (tmp_path / "kept" / "suite").iterdir()} == {
        "report.html",
        "report.json",
        "junit.xml",
    }
    assert "--out own.json: File exists" in penstock("run", config, "--out", "own.json", expect=104).stderr


def test_quiet_says_nothing(penstock: Command, tmp_path: Path) -> None:
    with Recorder() as target:
        config = write_config(tmp_path, requests=[{"url": f"{target.url}/a"}])
        ended = penstock("run", config, "--no-think", "--quiet")
    assert (ended.stdout, ended.stderr) == ("", "")


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["run", "missing.json"], 104, "there is no such file"),
        (["run"], 2, "file"),
        (["run", "test.json", "--nonsense"], 2, "--nonsense"),
        (["run", "test.json", "name"], 104, "name=value"),
        (["run", "test.json", "--duration", "soon"], 104, "write it like 30s"),
        (["run", "test.json", "--users", "0"], 104, "users"),
        (["run", "test.json", "--threshold", "p95"], 104, "p95 < 800ms"),
        (["run", "test.json", "--max-failures", "200%"], 104, "between 0% and 100%"),
        (["run", "test.json", "--base-url", "shop"], 104, "http://host:8080"),
        (["run", "test.json", "--html", "no/such/folder/r.html"], 104, "does not exist"),
        (["run", "test.json", "--json", "-", "--html", "-"], 104, "only one"),
        (["run", "test.json", "--pool", "missing.csv"], 104, "missing.csv"),
        (["run", "malformed.json"], 104, "malformed.json"),
        (["run", "other.json"], 104, "other.json"),
        (["run", "broken.py"], 104, "broken.py:2"),
        (["run", "empty.py"], 104, "no journey"),
        (["check", "malformed.json"], 104, "malformed.json"),
    ],
)
def test_bad_input_is_a_sentence_and_an_exit_code(
    penstock: Command, tmp_path: Path, arguments: list[str], code: int, words: str
) -> None:
    write_config(tmp_path, requests=[{"url": "http://127.0.0.1:1/a"}])
    (tmp_path / "malformed.json").write_text('{"requests": [}')
    (tmp_path / "other.json").write_text('{"hello": "world"}')
    (tmp_path / "broken.py").write_text("x = 1\ny = (\n")
    (tmp_path / "empty.py").write_text("x = 1\n")
    ended = penstock(*arguments, expect=code)
    assert words in ended.stderr
    assert len(ended.stderr.splitlines()) <= 6, ended.stderr


def test_check_runs_nothing_and_says_what_is_lost(penstock: Command, tmp_path: Path) -> None:
    with Recorder() as target:
        config = write_config(tmp_path, requests=[{"url": f"{target.url}/a"}], targetedCountries=["US"])
        said = penstock("check", config)
        machine = penstock("check", config, "--json").json()
        assert target.requests == []
    assert "targetedCountries" in said.stdout
    assert machine["runnable"] is True
    assert any(finding["path"] == "targetedCountries" for finding in machine["findings"])
