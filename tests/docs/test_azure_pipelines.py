"""The steps in the guide to Azure Pipelines do what they say, as an agent would run them."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.apps import Recorder
from tests.apps.penstock_server import PenstockServer
from tests.e2e.conftest import ROOT
from tests.server.vs_loads import load_test, web_test

GUIDE = (ROOT / "docs" / "guide" / "azure-pipelines.md").read_text()
PLACE = "https://load.example.com"
STEPS: list[dict[str, Any]] = [
    yaml.safe_load(block)["steps"][0] for block in re.findall(r"```yaml\n(.*?)```", GUIDE, re.DOTALL)
]
WITH_PENSTOCK, WITH_CURL = STEPS

needs_unzip = pytest.mark.skipif(
    not shutil.which("unzip") and not os.environ.get("CI"), reason="unzip is not installed; install unzip"
)


@pytest.fixture(scope="module")
def target() -> Iterator[Recorder]:
    with Recorder() as started:
        yield started


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PenstockServer]:
    started = PenstockServer(tmp_path_factory.mktemp("server") / "data", ("--allow-private-targets",)).start()
    yield started
    assert started.stop() == 0


@pytest.fixture
def sources(tmp_path: Path, target: Recorder) -> Path:
    """What an agent has checked out."""
    folder = tmp_path / "tests" / "load"
    folder.mkdir(parents=True)
    (folder / "home.loadtest").write_bytes(load_test(seconds=2))
    (folder / "home.webtest").write_bytes(web_test(f"{target.url}/"))
    (tmp_path / "staging").mkdir()
    return tmp_path


def run(step: dict[str, Any], server: PenstockServer, sources: Path) -> subprocess.CompletedProcess[str]:
    """Do a step with the variables of an agent in their places."""
    variables = {
        "Build.ArtifactStagingDirectory": str(sources / "staging"),
        "Build.BuildId": "7",
        "Build.BuildNumber": "20200331.1",
        "Build.DefinitionName": "Shop",
        "System.DefinitionId": "3",
        "loadTestToken": server.token,
    }
    known = re.compile("|".join(rf"\$\({re.escape(name)}\)" for name in variables))

    def filled(text: str) -> str:
        return known.sub(lambda found: variables[found[0][2:-1]], text).replace(PLACE, server.url)

    script = filled(step.get("script") or step["bash"])
    environment = {name: filled(value) for name, value in step["env"].items()}
    return subprocess.run(
        ["bash", "--noprofile", "--norc", "-e", "-o", "pipefail", "-c", script],
        cwd=sources,
        env={"PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}", **environment},
        capture_output=True,
        text=True,
        timeout=90,
    )


def test_the_step_with_our_command_line(server: PenstockServer, target: Recorder, sources: Path) -> None:
    target.clear()
    done = run(WITH_PENSTOCK, server, sources)
    assert done.returncode == 0, done.stderr
    assert target.requests
    assert {path.name for path in (sources / "staging").iterdir()} == {
        "load-test.xml",
        "load-test.html",
        "load-test.zip",
    }


@needs_unzip
def test_the_step_with_curl_alone(server: PenstockServer, target: Recorder, sources: Path) -> None:
    target.clear()
    done = run(WITH_CURL, server, sources)
    assert done.returncode == 0, done.stderr
    assert "The run is completed." in done.stdout
    assert target.requests
    assert 'failures="0"' in (sources / "staging" / "junit.xml").read_text()
    with zipfile.ZipFile(sources / "staging" / "load-test.zip") as archive:
        assert "archive.json" in archive.namelist()


@needs_unzip
@pytest.mark.parametrize("step", STEPS, ids=["penstock", "curl"])
def test_a_step_fails_where_the_test_cannot_be_run(step: dict[str, Any], server: PenstockServer, sources: Path) -> None:
    (sources / "tests" / "load" / "home.webtest").write_text("<WebTest")
    done = run(step, server, sources)
    assert done.returncode != 0
    assert "home.webtest" in done.stdout + done.stderr


@needs_unzip
def test_the_step_with_curl_fails_for_critical_violations(
    server: PenstockServer, target: Recorder, sources: Path
) -> None:
    (sources / "tests" / "load" / "home.loadtest").write_bytes(load_test(seconds=2, most_requests_a_second=0))
    assert run(WITH_CURL, server, sources).returncode == 1
