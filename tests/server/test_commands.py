"""The commands that speak to a server, as a person or a build would use them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.apps import Recorder
from tests.apps.penstock_server import PenstockServer, wait_until
from tests.server.loads import configuration

SUITE = """
conf: {{meta: {{description: Shop}}}}
flows:
- id: 8a9d1f7e-3a61-4b43-9d43-0f0a4f5f2a01
  order: 0
  runInCi: true
  labels: [smoke]
  conf:
    meta: {{description: browse}}
    parameters: [{{who: ann}}]
    requests: [{{url: "{url}/items?for=${{who}}", delay: 50, description: items}}]
"""

Command = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture(scope="module")
def target() -> Iterator[Recorder]:
    with Recorder() as started:
        yield started


@pytest.fixture
def penstock(server: PenstockServer, tmp_path: Path) -> Command:
    def run(*arguments: str, expect: int = 0, token: str | None = None) -> subprocess.CompletedProcess[str]:
        shown = server.token if token is None else token
        done = subprocess.run(
            [sys.executable, "-m", "penstock", *arguments],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            timeout=60,
            env={
                **os.environ,
                "PENSTOCK_SERVER": server.url,
                "PENSTOCK_TOKEN": shown,
                "NO_COLOR": "1",
                "SHOP_WHO": "bob",
            },
            check=False,
        )
        assert done.returncode == expect, done
        assert "Traceback" not in done.stderr
        return done

    return run


def test_a_suite_is_imported_listed_run_watched_and_exported(
    penstock: Command, server: PenstockServer, target: Recorder, tmp_path: Path
) -> None:
    (tmp_path / "suite.yaml").write_text(SUITE.format(url=target.url))
    suite = penstock("suites", "import", "suite.yaml").stdout.strip()
    with server.client() as client:
        content = {"parameters": {"who": "ann"}}
        kept_set = client.post("/parameter-sets", json={"name": "test system", "content": content}).json()["id"]
    assert suite in penstock("suites", "list", "--search", "shop").stdout
    plan = penstock("plans", "create", "nightly", suite).stdout.strip()
    assert "nightly" in penstock("plans", "list").stdout
    assert "smoke" in penstock("labels", "list").stdout
    for launched in (
        penstock("suites", "run", suite, "--parameter-set", kept_set, "--ci", "--parameter-env", "who=SHOP_WHO"),
        penstock("plans", "run", plan, "--label", "smoke"),
    ):
        run = launched.stdout.strip()
        assert "passed" in penstock("runs", "watch", run).stderr
        shown = json.loads(penstock("runs", "show", run, "--json").stdout)
        assert shown["state"] == "passed"
        assert run in penstock("runs", "list", "--kind", shown["kind"]).stdout
    assert [request.target for request in target.requests] == ["/items?for=bob", "/items?for=ann"]
    penstock("suites", "export", suite, "-o", "out.yaml")
    assert "browse" in (tmp_path / "out.yaml").read_text()


def test_a_load_is_controlled_stopped_and_downloaded(
    penstock: Command, server: PenstockServer, target: Recorder, tmp_path: Path
) -> None:
    wish = {"entry": "a.json", "files": [{"name": "a.json", "text": configuration(target.url, maxIterations=9999)}]}
    with server.client() as client:
        run = client.post("/runs", json={"source": wish}).json()["id"]
        wait_until(lambda: client.get(f"/runs/{run}").json()["state"] == "running")
    penstock("runs", "control", run, "users=2")
    wrong = penstock("runs", "control", run, "users=many", expect=104)
    assert "not understood" in wrong.stderr
    penstock("runs", "stop", run)
    assert "stopped by admin" in penstock("runs", "watch", run, expect=105).stderr
    penstock("runs", "download", run, "--format", "html", "-o", "report.html")
    assert "items" in (tmp_path / "report.html").read_text()
    assert json.loads(penstock("runs", "download", run, "--format", "json").stdout)["run"]["end"] == "stopped"


def test_a_token_is_made_and_revoked(penstock: Command) -> None:
    secret = penstock("tokens", "create", "CI", "--scope", "read").stdout.strip()
    penstock("runs", "list", token=secret)
    listed = json.loads(penstock("tokens", "list", "--json").stdout)
    made = next(one for one in listed if secret.startswith(one["prefix"]))
    penstock("tokens", "revoke", made["id"])
    refused = penstock("runs", "list", token=secret, expect=104)
    assert "401" in refused.stderr


def test_what_is_wrong_is_said(penstock: Command) -> None:
    assert "a token is needed" in penstock("runs", "list", token="", expect=104).stderr
    assert "there is no run nothing" in penstock("runs", "show", "nothing", expect=104).stderr
    nobody = penstock("runs", "list", "--server", "http://127.0.0.1:1", expect=104)
    assert "does not answer" in nobody.stderr
    assert "No such file" in penstock("suites", "import", "missing.yaml", expect=104).stderr
