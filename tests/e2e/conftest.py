"""Whole commands and the servers they are run against."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Ended:
    """A command that is over."""

    code: int
    stdout: str
    stderr: str

    def json(self) -> Any:
        return json.loads(self.stdout)


Command = Callable[..., Ended]


def start(
    folder: Path, *arguments: str | Path, timeout: float = 60, expect: int | None = 0, columns: int = 120
) -> Ended:
    """Run `penstock ARGUMENTS` as a process of its own, in a folder."""
    process = subprocess.run(
        [sys.executable, "-m", "penstock", *map(str, arguments)],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=timeout,
        env={**os.environ, "NO_COLOR": "1", "COLUMNS": str(columns)},
        check=False,
    )
    ended = Ended(process.returncode, process.stdout, process.stderr)
    assert "Traceback" not in ended.stderr, ended.stderr
    if expect is not None:
        assert ended.code == expect, ended
    return ended


@pytest.fixture
def penstock(tmp_path: Path) -> Command:
    """Run `penstock ARGUMENTS` as a process of its own, in an empty folder."""
    return partial(start, tmp_path)
