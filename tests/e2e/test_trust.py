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


def with_descriptors(most: int, folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run a command that may have so many file descriptors."""
    return subprocess.run(
        ["bash", "-c", f'ulimit -n {most} && exec "$@"', "bash", sys.executable, "-m", "penstock", *arguments],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        env={**os.environ, "NO_COLOR": "1", "COLUMNS": "200"},
    )


def test_a_machine_without_descriptors_is_said(tmp_path: Path) -> None:
    (tmp_path / "flow.py").write_text(
        "from penstock.script import http, sleep\n\n\n"
        "async def journey(user):\n    await http.get('/')\n    await sleep(1)\n"
    )
    with Recorder() as target:
        load = ("--users", "100", "--ramp-up", "0s", "--duration", "2s")
        ended = with_descriptors(64, tmp_path, "run", "flow.py", "--base-url", target.url, *load)
    assert "Traceback" not in ended.stderr
    assert ended.returncode == 99, ended.stderr
    assert "cannot be trusted" in ended.stderr
    assert "file descriptors" in ended.stderr


def test_too_few_descriptors_for_an_agent_are_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "flow.py").write_text("async def journey(user):\n    pass\n")
    ended = with_descriptors(14, tmp_path, "run", "flow.py", "--agents", "4")
    assert (ended.returncode, ended.stderr) == (
        103,
        "error: an agent process could not be started: Too many open files\n",
    )
