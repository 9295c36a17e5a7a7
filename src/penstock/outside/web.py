"""Requests by httpx, names by dnspython; addresses that are closed to the server are not asked."""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Mapping, Sequence
from urllib.parse import urlsplit

import dns.exception
import dns.nameserver
import dns.resolver
import httpx

from penstock.errors import InvalidInput, Unavailable

_TIMEOUT_S = 10.0
_NAME_TIMEOUT_S = 5.0
_NAME_PORT = 53


class HttpWeb:
    """See `ports.web.Web`. Unless `opens_private`, nothing in the server's own networks is asked.

    `name_servers` (address, or address:port) are asked for texts, in place of the system's. Raises `InvalidInput` for
    what is no address.
    """

    def __init__(self, *, opens_private: bool, name_servers: Sequence[str] = ()) -> None:
        self._opens_private = opens_private
        self._resolver = dns.resolver.Resolver(configure=not name_servers)
        if name_servers:
            self._resolver.nameservers = [_name_server(one) for one in name_servers]
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
            answer = self._resolver.resolve(name, "TXT", lifetime=_NAME_TIMEOUT_S)
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


def _name_server(text: str) -> dns.nameserver.Nameserver:
    try:
        parts = urlsplit(f"//{text}" if text.count(":") < 2 or text.startswith("[") else f"//[{text}]")
        address, port = str(ipaddress.ip_address(parts.hostname or "")), parts.port or _NAME_PORT
    except ValueError as error:
        raise InvalidInput(f"name_servers: {text!r} is no address, like 10.0.0.53 or 127.0.0.1:5353") from error
    return dns.nameserver.Do53Nameserver(address, port)
