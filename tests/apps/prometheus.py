"""Prometheus: a real one, which looks at targets of ours every second.

with Monitored() as shop, Prometheus([shop.port]) as watching:
    ...                                    # watching.url answers PromQL
"""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import tempfile
import urllib.request
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.parse import quote

import pytest

from tests.apps.http import Answer, Request
from tests.apps.penstock_server import wait_until
from tests.apps.ports import lasting_port
from tests.apps.recorder import Recorder
from tests.apps.tls import Authority

USER, PASSWORD = "watcher", "opensesame"
_HASH = "$2b$04$abcdefghijklmnopqrstuuFuhxWRTXIsURoluSTZ1N4tYaWGn9oOi"


class Monitored(Recorder):
    """An application that counts its requests by path, and tells of them at `/metrics`; others are answered 200.

    `gauges` are told as they are (`'queue{shard="a"}': 3`).
    """

    def __init__(self) -> None:
        super().__init__(self._told)
        self.gauges: dict[str, float] = {}

    def _told(self, request: Request) -> Answer:
        if request.path != "/metrics":
            return Answer.json({"ok": True})
        counts = Counter(one.path for one in self.requests if one.path != "/metrics")
        lines = ["# TYPE shop_requests_total counter"]
        lines += [f'shop_requests_total{{path="{path}"}} {count}' for path, count in sorted(counts.items())]
        lines += [f"{name} {value}" for name, value in self.gauges.items()]
        return Answer(200, (("Content-Type", "text/plain; version=0.0.4"),), "\n".join([*lines, ""]).encode())


class Prometheus:
    """A server while the block runs. With `guarded` it speaks TLS and wants `USER` and `PASSWORD`.

    It shows the `token` to its targets.
    """

    def __init__(self, ports: Sequence[int], guarded: Authority | None = None, token: str = "") -> None:
        if shutil.which("prometheus") is None:
            if os.environ.get("CI"):
                pytest.fail("Prometheus is not installed, and in CI it must be: apt-get install prometheus")
            pytest.skip("Prometheus is not installed (apt-get install prometheus)")
        self._ports = ports
        self._guarded = guarded
        self._shown = {"authorization": {"credentials": token}} if token else {}

    def __enter__(self) -> Self:
        self._folder = tempfile.TemporaryDirectory()
        folder = Path(self._folder.name)
        jobs = [
            {"job_name": f"target{place}", "static_configs": [{"targets": [f"127.0.0.1:{port}"]}], **self._shown}
            for place, port in enumerate(self._ports)
        ]
        every = {"scrape_interval": "1s", "scrape_timeout": "1s"}
        (folder / "prometheus.yml").write_text(json.dumps({"global": every, "scrape_configs": jobs}))
        options = []
        if self._guarded is not None:
            certificate = self._guarded.issue()
            certificate.private_key_pem.write_to_path(str(folder / "key.pem"))
            (folder / "chain.pem").write_bytes(b"".join(blob.bytes() for blob in certificate.cert_chain_pems))
            tls = {"cert_file": str(folder / "chain.pem"), "key_file": str(folder / "key.pem")}
            (folder / "web.yml").write_text(json.dumps({"tls_server_config": tls, "basic_auth_users": {USER: _HASH}}))
            options = [f"--web.config.file={folder}/web.yml"]
        self._log = (folder / "log").open("wb")
        self._start(folder, options)
        wait_until(lambda: self._ended() or self._listens())
        if self._ended():
            raise AssertionError((folder / "log").read_text())
        if self._guarded is None:
            for place in range(len(self._ports)):
                self.wait_for(f'up{{job="target{place}"}} == 1')
        return self

    def _start(self, folder: Path, options: Sequence[str]) -> None:
        self.port = lasting_port()
        self._process = subprocess.Popen(
            [
                *("prometheus", f"--config.file={folder}/prometheus.yml", f"--storage.tsdb.path={folder}/data"),
                *(f"--web.listen-address=127.0.0.1:{self.port}", "--log.level=warn", *options),
            ],
            stdout=self._log,
            stderr=self._log,
            env={**os.environ, "GOMAXPROCS": "1"},
        )

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._process.terminate()
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait(10)
        self._log.close()
        self._folder.cleanup()

    @property
    def url(self) -> str:
        """Where it answers."""
        return f"http://127.0.0.1:{self.port}" if self._guarded is None else f"https://localhost:{self.port}"

    def wait_for(self, expression: str) -> None:
        """Wait until an expression gives something."""

        def gives() -> bool:
            try:
                return bool(self.values(expression))
            except OSError:
                return False

        wait_until(gives)

    def values(self, expression: str) -> list[float]:
        """Return what an expression gives now."""
        asked = f"{self.url}/api/v1/query?query={quote(expression)}"
        with urllib.request.urlopen(asked, timeout=5) as answer:
            return [float(one["value"][1]) for one in json.load(answer)["data"]["result"]]

    def _ended(self) -> bool:
        return self._process.poll() is not None

    def _listens(self) -> bool:
        with socket.socket() as one:
            return one.connect_ex(("127.0.0.1", self.port)) == 0


def promtool() -> str:
    """Return the path of the tool that checks what is meant for Prometheus; it comes with it."""
    found = shutil.which("promtool")
    if found is None:
        if os.environ.get("CI"):
            pytest.fail("promtool is not installed, and in CI it must be: apt-get install prometheus")
        pytest.skip("promtool is not installed (apt-get install prometheus)")
    return found
