"""A run that could not be measured well says so in plain words: what ran out, what was late, and what to do."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.apps import Recorder
from tests.e2e.conftest import Command

pytestmark = pytest.mark.e2e


def test_code_that_holds_up_the_generator_is_said_with_its_line(penstock: Command, tmp_path: Path) -> None:
    (tmp_path / "flow.py").write_text(
        "import time\nfrom penstock.script import http\n\n\n"
        "async def journey(user):\n    await http.get('/')\n    time.sleep(0.1)\n    await http.get('/')\n"
    )
    with Recorder() as target:
        load = ("--rate", "20", "--duration", "3s")
        ended = penstock("run", "flow.py", "--base-url", target.url, *load, "--json", "-", expect=None)
    generator = ended.json()["generator"]
    assert any("late" in reason for reason in generator["distrust"]), generator
    assert "cannot be trusted" in ended.stderr
    assert any("flow.py:" in reason for reason in generator["distrust"]), generator


def test_a_machine_without_descriptors_is_said(tmp_path: Path) -> None:
    (tmp_path / "flow.py").write_text(
        "from penstock.script import http, sleep\n\n\n"
        "async def journey(user):\n    await http.get('/')\n    await sleep(1)\n"
    )
    with Recorder() as target:
        command = [sys.executable, "-m", "penstock", "run", "flow.py", "--base-url", target.url]
        load = ["--users", "100", "--ramp-up", "0s", "--duration", "2s"]
        ended = subprocess.run(
            ["bash", "-c", 'ulimit -n 64 && exec "$@"', "bash", *command, *load],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
            env={**os.environ, "NO_COLOR": "1", "COLUMNS": "200"},
        )
    assert "Traceback" not in ended.stderr
    assert ended.returncode == 99, ended.stderr
    assert "cannot be trusted" in ended.stderr
    assert "file descriptors" in ended.stderr
