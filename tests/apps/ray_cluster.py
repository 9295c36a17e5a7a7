"""A Ray cluster of two nodes on this machine, called left and right; `python -m tests.apps.ray_cluster` runs one.

The process is told on its stdin what to do: `lose right` kills that node (its raylet, with -9). It ends with its stdin,
and takes everything with it.
"""

from __future__ import annotations

import contextlib
import importlib.util
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import pytest

CORES = 2
"""Of each node."""

_STORE_BYTES = 80 * 1024 * 1024

_VARIABLES = {
    "RAY_USAGE_STATS_ENABLED": "0",
    "RAY_AUTH_MODE": "token",
    "RAY_AUTH_TOKEN": "0123456789abcdef0123456789abcdef",
    "RAY_health_check_initial_delay_ms": "0",
    "RAY_health_check_period_ms": "1000",
    "RAY_health_check_timeout_ms": "1000",
    "RAY_health_check_failure_threshold": "3",
}
"""As docs/guide/cluster.md has them."""


@dataclass
class RayCluster:
    """A cluster under way, by the address that drivers use."""

    address: str
    _process: subprocess.Popen[str]

    @property
    def options(self) -> tuple[str, ...]:
        """Those of `penstock run` for a load on it."""
        return "--runner", "ray", "--ray-address", self.address

    def tell(self, command: str) -> None:
        """Let something happen to it, and wait until it has."""
        assert self._process.stdin is not None
        self._process.stdin.write(f"{command}\n")
        self._process.stdin.flush()
        assert _line(self._process) == "done"


def _line(process: subprocess.Popen[str]) -> str:
    stream: IO[str] | None = process.stdout
    assert stream is not None
    return stream.readline().strip()


@contextlib.contextmanager
def running() -> Iterator[RayCluster]:
    """Start a cluster, end it with the block. Meanwhile drivers of this process have its token."""
    if importlib.util.find_spec("ray") is None:
        if os.environ.get("CI"):
            pytest.fail("ray is not installed, and in CI it must be: pip install 'penstock[ray]'")
        pytest.skip("ray is not installed (pip install 'penstock[ray]')")
    folder = tempfile.mkdtemp(prefix="ray")  # short: paths of sockets may have 107 characters
    Path(folder, "ray").mkdir()  # where a cluster of this machine's user is noted, instead of theirs
    noise = Path(folder, "noise").open("w+")  # noqa: SIM115 — closed below
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.apps.ray_cluster"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=noise,
        text=True,
        env={**os.environ, **_VARIABLES, "RAY_TMPDIR": folder},
    )
    before = {name: os.environ.get(name) for name in _VARIABLES}
    os.environ.update(_VARIABLES)
    try:
        address = _line(process)
        assert address, f"the cluster did not start:\n{Path(noise.name).read_text()}"
        yield RayCluster(address, process)
    finally:
        for name, value in before.items():
            os.environ.pop(name)
            if value is not None:
                os.environ[name] = value
        process.communicate(timeout=60)
        noise.close()
        shutil.rmtree(folder, ignore_errors=True)


def main() -> None:
    """Run a cluster until stdin ends."""
    from ray.cluster_utils import Cluster

    told = os.fdopen(os.dup(1), "w", 1)
    os.dup2(2, 1)  # Ray prints
    head = {"node_name": "left", "num_cpus": CORES, "object_store_memory": _STORE_BYTES, "include_dashboard": False}
    cluster = Cluster(initialize_head=True, head_node_args=head)
    try:
        right = cluster.add_node(node_name="right", num_cpus=CORES, object_store_memory=_STORE_BYTES)
        told.write(f"{cluster.address}\n")
        for line in sys.stdin:
            assert line == "lose right\n", line
            cluster.remove_node(right, allow_graceful=False)
            told.write("done\n")
    finally:
        cluster.shutdown()
        shutil.rmtree(os.environ["RAY_TMPDIR"], ignore_errors=True)  # whoever started it may have been killed


if __name__ == "__main__":
    main()
