"""Requests by httpx, names by dnspython; addresses that are closed to the server are not asked."""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Mapping
from urllib.parse import urlsplit

import dns.exception
import dns.resolver
import httpx

from penstock.errors import Unavailable

_TIMEOUT_S = 10.0
_NAME_TIMEOUT_S = 5.0


class HttpWeb:
    """See `ports.web.Web`. Unless `opens_private`, nothing in the server's own networks is asked."""

    def __init__(self, *, opens_private: bool) -> None:
        self._opens_private = opens_private
        self._client = httpx.Client(timeout=_TIMEOUT_S, follow_redirects=False, trust_env=False)

    def post(self, url: str, body: bytes, headers: Mapping[str, str]) -> int:
        """See `ports.web.Web`."""
        self._verify(url)
        try:
            return self._client.post(url, content=body, headers=dict(headers)).status_code
        except (httpx.HTTPError, httpx.InvalidURL, UnicodeError) as error:
            raise Unavailable(f"{url} does not answer: {error}") from error

    def get(self, url: str, most_bytes: int) -> bytes | None:
        """See `ports.web.Web`."""
        try:
            self._verify(url)
            with self._client.stream("GET", url) as answer:
                if answer.status_code != 200:
                    return None
                content = b""
                for part in answer.iter_bytes():
                    content += part
                    if len(content) >= most_bytes:
                        break
                return content[:most_bytes]
        except (Unavailable, httpx.HTTPError, httpx.InvalidURL, UnicodeError):
            return None

    def texts(self, name: str) -> tuple[str, ...]:
        """See `ports.web.Web`."""
        try:
            answer = dns.resolver.resolve(name, "TXT", lifetime=_NAME_TIMEOUT_S)
        except (dns.exception.DNSException, OSError):
            return ()
        return tuple(b"".join(record.strings).decode("utf-8", "replace") for record in answer)

    def close(self) -> None:
        """Let go of all connections."""
        self._client.close()

    def _verify(self, url: str) -> None:
        """Raise `Unavailable` for an address that is closed: a webhook must not reach what only the server can."""
        if self._opens_private:
            return
        try:
            parts = urlsplit(url)
            found = socket.getaddrinfo(parts.hostname, parts.port or 443, type=socket.SOCK_STREAM)
        except (OSError, ValueError, UnicodeError) as error:
            raise Unavailable(f"{url}: the host is not known") from error
        for *_, address in found:
            if not ipaddress.ip_address(str(address[0]).partition("%")[0]).is_global:
                raise Unavailable(f"{url}: private addresses are closed to this server (allow_private_targets)")
