"""Requests by httpx, names by dnspython; addresses that are closed to the server are not asked."""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping, Sequence
from urllib.parse import urlsplit

import dns.exception
import dns.nameserver
import dns.resolver
import httpx

from penstock.errors import InvalidInput, Unavailable
from penstock.outside.pinning import Closed, MayReach, PinnedTransport

_TIMEOUT_S = 10.0
_NAME_TIMEOUT_S = 5.0
_NAME_PORT = 53


class HttpWeb:
    """See `ports.web.Web`. Only addresses that `may_reach` allows are asked; without it all are.

    `name_servers` (address, or address:port) are asked for texts, in place of the system's. Raises `InvalidInput` for
    what is no address.
    """

    def __init__(self, may_reach: MayReach | None, *, name_servers: Sequence[str] = ()) -> None:
        self._resolver = dns.resolver.Resolver(configure=not name_servers)
        if name_servers:
            self._resolver.nameservers = [_name_server(one) for one in name_servers]
        transport = PinnedTransport(may_reach, httpx.create_ssl_context())
        self._client = httpx.Client(transport=transport, timeout=_TIMEOUT_S, follow_redirects=False, trust_env=False)

    def post(self, url: str, body: bytes, headers: Mapping[str, str]) -> int:
        """See `ports.web.Web`."""
        try:
            with self._client.stream("POST", url, content=body, headers=dict(headers)) as answer:
                return answer.status_code  # nobody wants the body, which may be long, or have no end
        except Closed as error:
            raise Unavailable(f"{url}: {error} (allow_private_targets)") from error
        except (httpx.HTTPError, httpx.InvalidURL, UnicodeError) as error:
            raise Unavailable(f"{url} does not answer: {error}") from error

    def get(self, url: str, most_bytes: int) -> bytes | None:
        """See `ports.web.Web`."""
        try:
            with self._client.stream("GET", url) as answer:
                if answer.status_code != 200:
                    return None
                content = b""
                for part in answer.iter_bytes():
                    content += part
                    if len(content) >= most_bytes:
                        break
                return content[:most_bytes]
        except (httpx.HTTPError, httpx.InvalidURL, UnicodeError):
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


def _name_server(text: str) -> dns.nameserver.Nameserver:
    try:
        parts = urlsplit(f"//{text}" if text.count(":") < 2 or text.startswith("[") else f"//[{text}]")
        address, port = str(ipaddress.ip_address(parts.hostname or "")), parts.port or _NAME_PORT
    except ValueError as error:
        raise InvalidInput(f"name_servers: {text!r} is no address, like 10.0.0.53 or 127.0.0.1:5353") from error
    return dns.nameserver.Do53Nameserver(address, port)
