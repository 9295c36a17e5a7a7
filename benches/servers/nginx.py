"""nginx with a configuration of our own: one worker on a core of its own, counting what it serves."""

from __future__ import annotations

import contextlib
import os
import re
import socket
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import trustme

from benches.place import find_program
from benches.servers import pages

_CONFIGURATION = """
daemon off;
worker_processes 1;
pid {folder}/nginx.pid;
error_log {folder}/error.log warn;
{user}
worker_rlimit_nofile 15000;
events {{ worker_connections 12000; }}
http {{
  access_log off;
  keepalive_requests 1000000000;
  keepalive_timeout 300s;
  tcp_nodelay on;
  sendfile on;
  open_file_cache max=10;
  default_type application/json;
  client_body_temp_path {folder}/body;
  proxy_temp_path {folder}/proxy;
  fastcgi_temp_path {folder}/fastcgi;
  uwsgi_temp_path {folder}/uwsgi;
  scgi_temp_path {folder}/scgi;
  map $status $unwanted {{ 200 0; default 1; }}
  server {{
    listen 127.0.0.1:{http};
    listen 127.0.0.1:{https} ssl;
    listen 127.0.0.1:{h2} ssl http2;
    set $wanted "$server_port $server_protocol";
    if ($wanted ~ "^{h2} HTTP/1") {{ return 505; }}
    ssl_certificate {folder}/chain.pem;
    ssl_certificate_key {folder}/key.pem;
    ssl_protocols TLSv1.3;
    ssl_conf_command Ciphersuites TLS_AES_128_GCM_SHA256;
    access_log {folder}/unwanted.log combined if=$unwanted;
    location = /small {{ return 200 '{small}'; }}
    location = /big {{ root {folder}; }}
    location = /items {{ return 200 '{items}'; }}
    location ~ "^/items/([0-9a-f]+)$" {{ return 200 '{item}'; }}
    location / {{ return 404; }}
  }}
  server {{
    listen 127.0.0.1:{status};
    location = /status {{ stub_status; }}
  }}
}}
"""

READY_S = 5.0


class ServerFailed(Exception):
    """nginx is missing or did not start."""


@dataclass(frozen=True, slots=True)
class Nginx:
    """A running server."""

    folder: Path
    http: int
    https: int
    h2: int
    status: int
    worker: int

    def origin(self, scheme: str) -> str:
        """Return scheme, host and port, without a slash behind."""
        port = {"http": self.http, "https": self.https, "h2": self.h2}[scheme]
        return f"{'http' if scheme == 'http' else 'https'}://127.0.0.1:{port}"

    def served(self) -> int:
        """Return how many requests it has answered so far, this one included."""
        with urllib.request.urlopen(f"http://127.0.0.1:{self.status}/status", timeout=5) as answer:
            return read_served(answer.read().decode("ascii"))

    def unwanted(self) -> int:
        """Return how many of them were not answered by status 200."""
        return (self.folder / "unwanted.log").read_bytes().count(b"\n")


def read_served(text: str) -> int:
    """Return the number of requests of a stub_status page."""
    found = re.search(r"accepts handled requests\s+\d+\s+\d+\s+(\d+)", text)
    if found is None:
        raise ServerFailed(f"nginx's status page reads otherwise than expected: {text!r}")
    return int(found[1])


@contextlib.contextmanager
def serve(folder: Path, core: int) -> Iterator[Nginx]:
    """Run nginx on `core` with its files in `folder`; raises `ServerFailed`."""
    program = find_program("nginx")
    if program is None:
        raise ServerFailed("nginx is not installed (Debian: nginx-light); try python -m benches.install nginx")
    folder.mkdir(parents=True, exist_ok=True)
    http, https, h2, status = _free_ports(4)
    _write_files(folder, http=http, https=https, h2=h2, status=status)
    process = subprocess.Popen(
        [str(program), "-p", str(folder), "-c", str(folder / "nginx.conf"), "-e", str(folder / "error.log")],
        stdin=subprocess.DEVNULL,
        preexec_fn=lambda: os.sched_setaffinity(0, {core}),  # no threads here yet
    )
    try:
        yield Nginx(folder, http, https, h2, status, _await_worker(process, http, folder))
    finally:
        process.terminate()
        process.wait(timeout=10)


def _write_files(folder: Path, **ports: int) -> None:
    certificate = trustme.CA().issue_cert("127.0.0.1", "localhost")
    (folder / "chain.pem").write_bytes(b"".join(blob.bytes() for blob in certificate.cert_chain_pems))
    (folder / "key.pem").write_bytes(certificate.private_key_pem.bytes())
    (folder / "big").write_text(pages.big(), encoding="ascii")
    (folder / "unwanted.log").write_bytes(b"")
    (folder / "nginx.conf").write_text(
        _CONFIGURATION.format(
            folder=folder,
            **ports,
            user="user root;" if os.geteuid() == 0 else "",  # the worker reads the files of whoever started the bench
            small=pages.small(),
            items=pages.items(),
            item=pages.item("$1"),
        ),
        encoding="utf-8",
    )


def _free_ports(count: int) -> list[int]:
    with contextlib.ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(count)]
        for one in sockets:
            one.bind(("127.0.0.1", 0))
        return [one.getsockname()[1] for one in sockets]


def _await_worker(process: subprocess.Popen[bytes], port: int, folder: Path) -> int:
    """Return the pid of the worker when it answers."""
    end = time.monotonic() + READY_S
    children = Path(f"/proc/{process.pid}/task/{process.pid}/children")
    while time.monotonic() < end and process.poll() is None:
        workers = children.read_text(encoding="ascii").split()
        if workers:
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
                return int(workers[0])
        time.sleep(0.05)
    said = (folder / "error.log").read_text(encoding="utf-8", errors="replace")[-500:]
    raise ServerFailed(f"nginx did not start: {said}")
