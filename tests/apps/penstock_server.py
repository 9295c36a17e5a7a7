"""`penstock serve` as a process of its own, on a free port."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import httpx


@dataclass
class PenstockServer:
    """A server on a data folder. Starting it again goes on with what it kept."""

    data: Path
    options: tuple[str, ...] = ()
    environment: Mapping[str, str] = field(default_factory=dict)
    url: str = ""
    user: str = ""
    password: str = ""
    token: str = ""
    process: subprocess.Popen[bytes] | None = None

    @property
    def log(self) -> str:
        """What it has logged, over all its starts."""
        return self._log.read_text()

    @property
    def _log(self) -> Path:
        return self.data.parent / f"{self.data.name}.log"

    def start(self) -> PenstockServer:
        """Start it and wait until it answers."""
        known = {name: value for name, value in os.environ.items() if not name.startswith("PENSTOCK_")}
        said = self.data.parent / f"{self.data.name}.out"
        with self._log.open("ab") as log, said.open("wb") as out:
            before = log.tell()
            self.process = subprocess.Popen(
                [sys.executable, "-m", "penstock", "serve", "--port", "0", "--data", str(self.data), *self.options],
                stdout=out,
                stderr=log,
                env={**known, **self.environment},
                cwd=self.data.parent,
            )
        process = self.process

        def answers() -> object:
            found = re.search(r"penstock serves on (\S+)", self._log.read_bytes()[before:].decode())
            return found[1] if found else process.poll() is not None

        found = wait_until(answers, every_s=0.02)
        if not isinstance(found, str):
            raise AssertionError(f"the server did not start:\n{self.log}")
        self.url = found
        first = dict(line.split(": ", 1) for line in said.read_text().splitlines())
        self.user, self.password = first.get("user", self.user), first.get("password", self.password)
        self.token = first.get("token", self.token)
        return self

    def client(self, token: str | None = None, **options: object) -> httpx.Client:
        """Return a client of our own API with a token; an empty one sends none."""
        shown = self.token if token is None else token
        headers = {"Authorization": f"Bearer {shown}"} if shown else {}
        return httpx.Client(base_url=f"{self.url}/api/penstock/v1", headers=headers, timeout=30, **options)  # type: ignore[arg-type]

    def stranger(self) -> str:
        """Make another team and return a token of its admin, who signs in for it as a person does."""
        name = f"stranger-{uuid.uuid4()}"
        wish = {"name": name, "admin": name, "password": "correct horse"}
        with self.client() as admin:
            assert admin.post("/teams", json=wish).status_code == 201
        with self.client("") as nobody:
            made = nobody.post("/sign-in", json={"user": name, "password": "correct horse", "description": "mine"})
        assert made.status_code == 201, made.text
        return str(made.json()["token"])

    def kill(self) -> None:
        """End it as a power cut would."""
        if self.process is not None:
            self.process.kill()
            self.process.wait(10)

    def stop(self) -> int:
        """Ask it to end; return its exit code."""
        assert self.process is not None
        self.process.send_signal(signal.SIGTERM)
        try:
            return self.process.wait(30)
        except subprocess.TimeoutExpired:
            self.process.kill()
            raise


def wait_until(condition: object, timeout_s: float = 30.0, every_s: float = 0.05) -> object:
    """Return the first true value of `condition()`; fails after `timeout_s`."""
    deadline = time.monotonic() + timeout_s
    while time.monotonic() < deadline:
        if value := condition():  # type: ignore[operator]
            return value
        time.sleep(every_s)
    raise AssertionError("it did not come to that in time")
