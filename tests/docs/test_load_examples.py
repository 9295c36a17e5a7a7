"""Every command that the guide to load shows begins to load the sample shop, and ends when it is asked to."""

from __future__ import annotations

import re
import shlex
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.apps import Recorder
from tests.e2e.conftest import ROOT

TEXT = (ROOT / "docs" / "guide" / "load.md").read_text()
COMMANDS = re.findall(r"^penstock (run flow\.py .*)$", TEXT, re.MULTILINE)


@pytest.fixture(scope="module")
def shop() -> Iterator[Recorder]:
    with Recorder() as started:
        yield started


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("load")
    (flow,) = re.findall(r"^cat > flow\.py <<'END'\n(.*?)^END$", TEXT, re.DOTALL | re.MULTILINE)
    (made / "flow.py").write_text(flow)
    return made


def test_there_are_commands() -> None:
    assert len(COMMANDS) > 12


@pytest.mark.parametrize("command", COMMANDS)
def test_a_command_of_the_guide_begins_and_ends_as_asked(command: str, shop: Recorder, folder: Path) -> None:
    arguments = shlex.split(command, comments=True)
    before = len(shop.requests)
    with subprocess.Popen(
        [sys.executable, "-m", "penstock", *arguments, "--base-url", shop.url],
        cwd=folder,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            end_s = time.monotonic() + 30
            while len(shop.requests) == before and process.poll() is None and time.monotonic() < end_s:
                time.sleep(0.02)
            reached = len(shop.requests) > before
            for _ in range(2):
                process.send_signal(signal.SIGINT)
                time.sleep(0.05)
            _, said = process.communicate(timeout=30)
        finally:
            process.kill()
    assert reached, said
    assert "Traceback" not in said, said
