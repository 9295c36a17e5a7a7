"""What the numbers were made on: machine, versions, commit. Names no host, no path."""

from __future__ import annotations

import os
import platform
import subprocess
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from benches import interpreter
from benches.place import ROOT, find_program
from benches.tools import Tool
from benches.tools.base import Missing, said


def stamp() -> list[str]:
    """Return when, of which commit and on which machine something is measured."""
    kernel = platform.release().partition("-")[0]
    return [
        f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC, commit {_commit()}",
        f"{_processor()}, {os.cpu_count()} cores, {_memory_gb():.0f} GB; {_system()}, Linux {kernel}",
    ]


def server() -> str:
    """Return what answers the clients."""
    nginx = find_program("nginx")
    return f"Server: {said([str(nginx), '-v']).partition(': ')[2] if nginx else 'none'}, one worker"


def clients(tools: Sequence[Tool]) -> str:
    """Return the clients that are there with their versions, and the Python that ours runs on."""
    versions = []
    for tool in tools:
        try:
            version = tool.version()
        except Missing:
            continue
        if version not in versions:
            versions.append(version)
    return f"{interpreter.choose().words}; clients: {', '.join(versions)}"


def _commit() -> str:
    git = ["git", "-C", str(ROOT)]
    commit = said([*git, "rev-parse", "--short", "HEAD"])
    changed = subprocess.run([*git, "diff", "--quiet", "HEAD", "--", ":!benches/RESULTS.md"], check=False).returncode
    return f"{commit}, with changes that are not committed" if changed else commit


def _field(file: str, name: str, separator: str) -> str:
    for line in Path(file).read_text(encoding="utf-8", errors="replace").splitlines():
        key, _, value = line.partition(separator)
        if key.strip() == name:
            return value.strip().strip('"')
    return ""


def _processor() -> str:
    return _field("/proc/cpuinfo", "model name", ":") or platform.machine()


def _memory_gb() -> float:
    return int(_field("/proc/meminfo", "MemTotal", ":").split()[0]) / 1e6


def _system() -> str:
    return _field("/etc/os-release", "PRETTY_NAME", "=") or "Linux"
