"""A real HTTP/1.1 server in front of the same function that the fake loop calls; it notes what it is asked."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from tests.engine.fake_http import Server


class Recording:
    """Where the server listens, what answers, and what was asked: (method, target, headers, body)."""

    def __init__(self) -> None:
        self.server: Server
        self.origin = ""
        self.requests: list[tuple[str, str, dict[str, str], bytes]] = []


@contextmanager
def recording_server() -> Iterator[Recording]:
    """Serve on a free port of the loopback until the block ends."""
    recording = Recording()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def answer(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length") or 0))
            headers = {name.lower(): _utf8(value) for name, value in self.headers.items()}
            recording.requests.append((self.command, self.path, headers, body))
            answer = recording.server(self.command, f"{recording.origin}{self.path}", headers, body)
            if answer.elapsed_s > 0.01:
                time.sleep(answer.elapsed_s)
            self.send_response(answer.status, answer.reason)
            for name, value in answer.headers:
                self.send_header(name, value)
            if answer.status not in (204, 304):
                self.send_header("Content-Length", str(len(answer.body)))
            self.end_headers()
            if self.command != "HEAD" and answer.status not in (204, 304):
                self.wfile.write(answer.body)

        do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = do_HEAD = do_OPTIONS = answer  # noqa: N815 — their names

        def log_message(self, format: str, *args: Any) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        recording.origin = f"http://127.0.0.1:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield recording
        finally:
            server.shutdown()
            thread.join()


def _utf8(value: str) -> str:
    """Return a header that the library has read as Latin-1."""
    sent = value.encode("latin-1")
    try:
        return sent.decode("utf-8")
    except UnicodeDecodeError:  # what Latin-1 can hold is sent as that
        return value
