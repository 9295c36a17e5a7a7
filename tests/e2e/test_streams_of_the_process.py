"""Standard streams that nobody reads, that are closed or full: what a run does, and what it says."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.apps import Recorder
from tests.e2e.test_web_tests import request, write

pytestmark = pytest.mark.e2e

FLOW = "from penstock.script import http\n\n\nasync def journey(user):\n    await http.get('/')\n"


def shell(folder: Path, command: str) -> subprocess.CompletedProcess[str]:
    """Run a line of shell in which `$P` is the command; its last word is the exit code, on the third stream."""
    return subprocess.run(
        ["bash", "-c", command],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=60,
        env={**os.environ, "NO_COLOR": "1", "P": f"{sys.executable} -m penstock"},
        check=False,
    )


@pytest.mark.parametrize(
    ("reason", "line"),
    [
        (
            "who reads the talk goes away",
            "$P run flow.py $LOAD --json run.json 2>&1 >/dev/null | true; exit ${PIPESTATUS[0]}",
        ),
        ("stdout is closed", "$P run flow.py $LOAD --json run.json >&-"),
        ("stderr is closed", "$P run flow.py $LOAD --json run.json 2>&-"),
        ("stdin is closed", "$P run flow.py $LOAD --json run.json <&-"),
        ("all are closed", "$P run flow.py $LOAD --json run.json <&- >&- 2>&-"),
        ("stderr is full", "$P run flow.py $LOAD --json run.json 2>/dev/full"),
    ],
)
def test_a_run_goes_on_to_its_verdict_whoever_listens(tmp_path: Path, reason: str, line: str) -> None:
    (tmp_path / "flow.py").write_text(FLOW)
    with Recorder() as target:
        done = shell(tmp_path, f"LOAD='--base-url {target.url} --users 1 --iterations 3'; {line}")
        assert (done.returncode, len(target.requests)) == (0, 3), (reason, done.stderr)
    assert "Traceback" not in done.stderr
    assert json.loads((tmp_path / "run.json").read_text())["totals"]["requests"]["count"] == 3


@pytest.mark.parametrize(
    ("reason", "line", "said"),
    [
        ("a check into head", "$P check shop.webtest | true; exit ${PIPESTATUS[0]}", ""),
        ("a check onto a full disk", "$P check shop.webtest >/dev/full", "error: stdout: No space left on device\n"),
        ("all commands that print JSON", "$P check --json shop.webtest >/dev/full", "error: stdout: No space left"),
        ("a run onto a full disk", "$P run flow.py $LOAD --quiet --json - >/dev/full", "error: stdout: No space left"),
        (
            "a run into nobody",
            "$P run flow.py $LOAD --quiet --json - | true; exit ${PIPESTATUS[0]}",
            "error: stdout: Broken",
        ),
    ],
)
def test_data_that_cannot_be_written_is_an_exit_code_and_no_traceback(
    tmp_path: Path, reason: str, line: str, said: str
) -> None:
    (tmp_path / "flow.py").write_text(FLOW)
    write(tmp_path, request("/"))
    with Recorder() as target:
        done = shell(tmp_path, f"LOAD='--base-url {target.url} --users 1 --iterations 1'; {line}")
    assert done.returncode == 106, (reason, done.stderr)
    assert done.stderr.startswith(said)
    assert bool(done.stderr) == bool(said)
    assert "Traceback" not in done.stderr
