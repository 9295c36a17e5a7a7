"""Requests by httpx, names by dnspython; addresses that are closed to the server are not asked."""

from __future__ import annotations

import asyncio
import contextlib
import ipaddress
from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit

import dns.exception
import dns.nameserver
import dns.resolver
import httpx

from penstock.errors import InvalidInput, Unavailable
from penstock.outside.pinning import Closed, MayReach, PinnedTransport

_TIMEOUT_S = 10.0
_LONGEST_S = 20.0
_NO_ANSWER = (httpx.HTTPError, httpx.InvalidURL, OSError, ValueError, ExceptionGroup)
"""The last is how asyncio's streams tell of a port that there cannot be."""
_NAME_TIMEOUT_S = 5.0
_NAME_PORT = 53


class HttpWeb:
    """See `ports.web.Web`. Only addresses that `may_reach` allows are asked; without it all are.

    A request takes `longest_s` seconds at most, however slowly it is answered. `name_servers` (address, or
    address:port) are asked for texts, in place of the system's. Raises `InvalidInput` for what is no address.
    """

    def __init__(
        self, may_reach: MayReach | None, *, name_servers: Sequence[str] = (), longest_s: float = _LONGEST_S
    ) -> None:
        self._resolver = dns.resolver.Resolver(configure=not name_servers)
        if name_servers:
            self._resolver.nameservers = [_name_server(one) for one in name_servers]
        self._may_reach = may_reach
        self._context = httpx.create_ssl_context()
        self._longest_s = longest_s

    def post(self, url: str, body: bytes, headers: Mapping[str, str]) -> int:
        """See `ports.web.Web`."""

        async def send() -> int:
            async with self._answer("POST", url, content=body, headers=dict(headers)) as answer:
                return answer.status_code  # nobody wants the body, which may be long, or have no end

        try:
            return asyncio.run(send())
        except Closed as error:
            raise Unavailable(f"{_origin_of(url)}: {error} (allow_private_targets)") from error
        except TimeoutError as error:
            raise Unavailable(f"{_origin_of(url)} does not answer within {self._longest_s:g} s") from error
        except _NO_ANSWER as error:
            raise Unavailable(f"{_origin_of(url)} does not answer: {error}") from error

    def get(self, url: str, most_bytes: int) -> bytes | None:
        """See `ports.web.Web`."""

        async def read() -> bytes | None:
            async with self._answer("GET", url) as answer:
                if answer.status_code != 200:
                    return None
                content = b""
                async for part in answer.aiter_bytes():
                    content += part
                    if len(content) >= most_bytes:
                        break
                return content[:most_bytes]

        try:
            return asyncio.run(read())
        except (TimeoutError, *_NO_ANSWER):
            return None

    @contextlib.asynccontextmanager
    async def _answer(self, method: str, url: str, **sent: Any) -> AsyncIterator[httpx.Response]:
        transport = PinnedTransport(self._may_reach, self._context)
        async with (
            asyncio.timeout(self._longest_s),
            httpx.AsyncClient(
                transport=transport, timeout=_TIMEOUT_S, follow_redirects=False, trust_env=False
            ) as client,
            client.stream(method, url, **sent) as answer,
        ):
            yield answer

    def texts(self, name: str) -> tuple[str, ...]:
        """See `ports.web.Web`."""
        try:
            answer = self._resolver.resolve(name, "TXT", lifetime=_NAME_TIMEOUT_S)
        except (dns.exception.DNSException, OSError):
            return ()
        return tuple(b"".join(record.strings).decode("utf-8", "replace") for record in answer)


def _origin_of(url: str) -> str:
    """Return the part of a URL that may be told: behind it there may be a secret, as in those of many receivers."""
    scheme, _, rest = url.partition("://")
    return f"{scheme}://{rest.partition('/')[0].partition('?')[0].rpartition('@')[2]}"


def _name_server(text: str) -> dns.nameserver.Nameserver:
    try:
        parts = urlsplit(f"//{text}" if text.count(":") < 2 or text.startswith("[") else f"//[{text}]")
        address, port = str(ipaddress.ip_address(parts.hostname or "")), parts.port or _NAME_PORT
    except ValueError as error:
        raise InvalidInput(f"name_servers: {text!r} is no address, like 10.0.0.53 or 127.0.0.1:5353") from error
    return dns.nameserver.Do53Nameserver(address, port)
