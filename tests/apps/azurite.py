"""Azurite, Microsoft's emulator of Azure Storage, from npm: its blob service, on a free port."""

from __future__ import annotations

import base64
import os
import secrets
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.apps.ports import lasting_port

VERSION = "3.35.0"
"""The newest that runs on the Node.js of Debian 12 and 13."""

ACCOUNT = "tests"
FOLDER = Path(os.environ.get("PENSTOCK_TEST_SERVERS") or Path.home() / ".cache" / "penstock-test-servers")


def program() -> str | None:
    """Return the path of Azurite's blob service: on the path, or where `.ci/run` puts it."""
    kept = FOLDER / "node_modules" / ".bin" / "azurite-blob"
    return shutil.which("azurite-blob") or (str(kept) if kept.exists() else None)


class Azurite:
    """The service, in memory or (`folder`) on disk. Ended and started again it has the same address and key."""

    def __init__(self, azurite: str, folder: Path | None = None) -> None:
        self._port = lasting_port()
        self._command = [azurite, "--blobPort", str(self._port), "--skipApiVersionCheck", "--disableTelemetry"]
        self._command += ["--location", str(folder)] if folder else ["--inMemoryPersistence"]
        self._key = base64.b64encode(secrets.token_bytes(32)).decode()
        self.process: subprocess.Popen[bytes] | None = None
        self._folder = tempfile.TemporaryDirectory(prefix="azurite")

    @property
    def url(self) -> str:
        """The account's address of blobs."""
        return f"http://127.0.0.1:{self._port}/{ACCOUNT}"

    def connection(self, key: str = "") -> str:
        """Return the connection string, with another key if one is given."""
        said = {"AccountName": ACCOUNT, "AccountKey": key or self._key, "BlobEndpoint": self.url}
        return ";".join(f"{name}={value}" for name, value in said.items())

    def start(self) -> None:
        """Start it and wait until it answers."""
        log = Path(self._folder.name) / "log"
        with log.open("wb") as out:
            self.process = subprocess.Popen(
                self._command,
                cwd=self._folder.name,
                stdout=out,
                stderr=subprocess.STDOUT,
                env={**os.environ, "AZURITE_ACCOUNTS": f"{ACCOUNT}:{self._key}"},
            )
        deadline = time.monotonic() + 60
        while f"listens on http://127.0.0.1:{self._port}" not in log.read_text():
            if self.process.poll() is not None or time.monotonic() > deadline:
                self.stop()
                pytest.fail(f"Azurite did not start: {log.read_text()}")
            time.sleep(0.05)

    def stop(self) -> None:
        """End it; all that it held in memory is gone."""
        if self.process is not None:
            self.process.kill()
            self.process.wait(10)
            self.process = None

    def clean(self) -> None:
        """End it for good."""
        self.stop()
        self._folder.cleanup()


@contextmanager
def running() -> Iterator[Azurite]:
    """Start one and end it; skips where it is not installed."""
    azurite = program()
    if azurite is None:
        how = f"npm install --prefix {FOLDER} azurite@{VERSION}"
        if os.environ.get("CI"):
            pytest.fail(f"Azurite is not installed, and in CI it must be: {how}")
        pytest.skip(f"Azurite is not installed ({how})")
    started = Azurite(azurite)
    try:
        started.start()
        yield started
    finally:
        started.clean()
