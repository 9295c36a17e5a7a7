"""The server with a known delay keeps it."""

import json
import signal
import socket
import subprocess
import sys
import time

import pytest

from benches.place import ROOT

DELAY_MS = 20


@pytest.mark.e2e
def test_an_answer_comes_after_the_delay_and_never_before() -> None:
    command = [sys.executable, "-m", "benches.servers.delay", str(DELAY_MS)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT) as server:
        assert server.stdout is not None
        try:
            port = int(server.stdout.readline())
            waits_s = []
            with socket.create_connection(("127.0.0.1", port), timeout=5) as connection:
                for _ in range(10):
                    asked = time.monotonic()
                    connection.sendall(b"GET /small HTTP/1.1\r\nHost: x\r\n\r\n")
                    assert connection.recv(65536).startswith(b"HTTP/1.1 200 OK")
                    waits_s.append(time.monotonic() - asked)
        finally:
            server.send_signal(signal.SIGTERM)
            said = json.loads(server.communicate(timeout=10)[0])
    assert min(waits_s) >= DELAY_MS / 1000 - 0.0005  # two clocks may differ by a hair
    assert said["answered"] == 10
    assert said["median_s"] >= DELAY_MS / 1000
