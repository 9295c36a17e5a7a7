"""The composition root: the only module that knows the concrete parts. Tests call it with their own."""

from __future__ import annotations

from penstock.ports.runner import Runner
from penstock.runners.local import LocalRunner


def local_runner() -> Runner:
    """Return the runner of this machine: agents in child processes."""
    return LocalRunner()
