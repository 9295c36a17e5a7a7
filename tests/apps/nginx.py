"""nginx with HTTP/2: a real server, over TLS and without.

with Nginx({"item": b"..."}, authority) as server:
    ...                          # server.secure_url (HTTP/2 by ALPN), server.plain_url (by prior knowledge)
"""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Self

from tests.apps.ports import lasting_port
from tests.apps.tls import Authority

PATH = os.environ.get("PATH", "") + ":/usr/sbin"

_CONFIGURATION = """
daemon off; worker_processes 1; {user} pid {folder}/pid; error_log {folder}/error.log;
events {{ worker_connections 1024; }}
http {{
  log_format told "$request $request_length"; access_log {folder}/access.log told;
  client_max_body_size 32m; keepalive_requests {requests};
  client_body_temp_path {folder}/b; proxy_temp_path {folder}/p; fastcgi_temp_path {folder}/f;
  uwsgi_temp_path {folder}/u; scgi_temp_path {folder}/s;
  server {{
    listen 127.0.0.1:{plain} http2; listen 127.0.0.1:{secure} ssl http2; listen 127.0.0.1:{old};
    ssl_certificate {folder}/chain.pem; ssl_certificate_key {folder}/key.pem; {clients}
    root {folder}/files;
    location /protocol {{ add_header X-Client $ssl_client_s_dn; return 200 $server_protocol; }}
    location /moved {{ return 302 /protocol; }}
    location /cookie {{ add_header Set-Cookie "a=1; Path=/"; return 200 $http_cookie; }}
    location /read {{ proxy_pass http://127.0.0.1:{old}/item; proxy_method GET; }}
  }}
}}
"""


def is_installed() -> bool:
    """Return whether there is an nginx on this machine."""
    return shutil.which("nginx", path=PATH) is not None


class Nginx:
    """A server while the block runs; `clients` is the authority whose client certificates it insists on."""

    def __init__(
        self,
        files: Mapping[str, bytes] = {},
        authority: Authority | None = None,
        clients: Authority | None = None,
        requests_a_connection: int = 100_000,
    ) -> None:
        self._files = files
        self._authority = authority or Authority()
        self._clients = clients
        self._requests = requests_a_connection

    def __enter__(self) -> Self:
        self._folder = tempfile.TemporaryDirectory()
        folder = Path(self._folder.name)
        folder.chmod(0o755)
        (folder / "files").mkdir()
        for name, content in self._files.items():
            (folder / "files" / name).write_bytes(content)
        certificate = self._authority.issue()
        certificate.private_key_pem.write_to_path(str(folder / "key.pem"))
        (folder / "chain.pem").write_bytes(b"".join(blob.bytes() for blob in certificate.cert_chain_pems))
        clients = ""
        if self._clients is not None:
            self._clients.save(folder / "clients.pem")
            clients = f"ssl_client_certificate {folder}/clients.pem; ssl_verify_client on;"
        plain, secure, old = (lasting_port() for _ in range(3))
        self.plain_url, self.secure_url = f"http://127.0.0.1:{plain}", f"https://127.0.0.1:{secure}"
        configuration = _CONFIGURATION.format(
            user="user root;" if os.geteuid() == 0 else "",
            folder=folder,
            plain=plain,
            secure=secure,
            old=old,
            clients=clients,
            requests=self._requests,
        )
        (folder / "nginx.conf").write_text(configuration)
        command = ["nginx", "-p", str(folder), "-e", str(folder / "error.log"), "-c", str(folder / "nginx.conf")]
        self._process = subprocess.Popen(command, env={**os.environ, "PATH": PATH})
        for port in (plain, secure, old):
            _await(port, self._process, folder / "error.log")
        return self

    @property
    def log(self) -> list[str]:
        """The lines of its access log: request line, bytes of the whole request."""
        return (Path(self._folder.name) / "access.log").read_text().splitlines()

    def logged(self, beginning: str, within_s: float = 10.0) -> str:
        """Return the first line of its log that begins so; nginx writes a line after it has answered."""
        end_s = time.monotonic() + within_s
        while True:
            for line in self.log:
                if line.startswith(beginning):
                    return line
            if time.monotonic() > end_s:
                raise LookupError(f"nginx has not logged {beginning!r}")
            time.sleep(0.01)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._process.terminate()
        self._process.wait(10)
        self._folder.cleanup()


def _await(port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    end_s = time.monotonic() + 30
    while time.monotonic() < end_s:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            if process.poll() is not None:
                raise RuntimeError(f"nginx did not start: {log.read_text()}") from None
            time.sleep(0.05)
        else:
            return
    raise RuntimeError(f"nginx does not listen on port {port}")
