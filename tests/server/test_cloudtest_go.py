"""The official Go client of the cloud load test service, unchanged: every method once."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.apps import Recorder
from tests.apps.insights import Insights
from tests.apps.penstock_server import PenstockServer
from tests.server.test_cloudtest_clients import watched
from tests.server.vs_loads import load_test, web_test

SOURCE = Path(__file__).with_name("cloudtest_go")
METHODS = 24


@pytest.fixture(scope="module")
def calls() -> Path:
    """The program that does the calls, built once for as long as its source stays the same."""
    base = os.environ.get("PENSTOCK_TEST_CLIENTS") or Path.home() / ".cache" / "penstock-test-clients"
    said = b"".join(path.read_bytes() for path in sorted(SOURCE.iterdir()))
    program = Path(base) / f"go-{hashlib.sha256(said).hexdigest()[:16]}"
    if program.exists():
        return program
    go = shutil.which("go")
    if go is None:
        reason = "Go is not installed (apt-get install golang-go)"
        if os.environ.get("CI"):
            pytest.fail(f"in CI it must be: {reason}")
        pytest.skip(reason)
    done = subprocess.run(
        [go, "build", "-o", str(program), "."],
        cwd=SOURCE,
        env={**os.environ, "GOTOOLCHAIN": "local", "GOFLAGS": "-mod=readonly"},
        capture_output=True,
        text=True,
        timeout=240,
    )
    assert done.returncode == 0, done.stderr
    return program


@pytest.mark.timeout(300)  # the first time the client is built
def test_every_method_of_the_go_client_gets_its_answer(calls: Path, server: PenstockServer, tmp_path: Path) -> None:
    with Recorder() as target, Insights() as cloud, watched(server, cloud):
        cloud.metrics["requests/duration", "avg"] = {"": lambda _: 12.5}
        files = {"home.loadtest": load_test(seconds=2, most_requests_a_second=0), "home.webtest": web_test(target.url)}
        for name, content in files.items():
            (tmp_path / name).write_bytes(content)
        command = [str(calls), f"{server.url}/fabrikam", server.token, "home.loadtest"]
        command += [str(tmp_path / name) for name in files]
        done = subprocess.run(command, capture_output=True, text=True, timeout=90)
        assert done.returncode == 0, done.stderr
        sent = len(target.requests)
    found = json.loads(done.stdout)
    assert len(found) == METHODS
    assert not {name: outcome["error"] for name, outcome in found.items() if "error" in outcome}

    run = found["GetTestRun"]["found"]
    assert (run["state"], run["subState"]) == ("completed", "success")
    errors = found["GetLoadTestRunErrors"]["found"]
    assert errors["occurrences"] == errors["types"][0]["subTypes"][0]["occurrences"] >= 2
    rate = next(one for one in found["GetCounters"]["found"] if one["counterInstanceId"] == "Els~1226640887")
    assert rate["counterName"] == "Requests/Sec"
    samples = found["GetCounterSamples"]["found"]["values"]
    of_rate = next(one for one in samples if one["counterInstanceId"] == rate["counterInstanceId"])["values"]
    assert 0 <= sent - of_rate[-1]["rawValue"] <= 2, "each user may have one under way at the end"
    assert found["GetLoadTestResult"]["found"]["resultsUrl"]
    assert found["GetTestDefinition"]["found"]["name"] == "renamed"
    assert found["GetApplication"]["found"]["name"] == "shop"
    assert found["DeleteStaticAgent"]["found"].startswith("Successfully deleted")
