"""Connecting to an address that was judged, and to no other that its name stands for a moment later.

Who owns a name may let it stand for a public address when it is judged and for a private one when it is connected to
(DNS rebinding). So a name is resolved once a request, each address is judged, and the connection goes to one of them;
the Host header and the name that a certificate must be for stay those of the URL.

The pool below keeps connections by address, whatever name they were made under. So a transport is for one host alone: a
request for another would go out on a connection whose certificate is the first one's.
"""

from __future__ import annotations

import asyncio
import ipaddress
import socket
import ssl
from collections.abc import Callable, Iterable
from typing import Any

import httpx

MayReach = Callable[[str, str], bool]
"""Whether an address may be connected to, given the host name it was found under."""

_LIMITS = httpx.Limits(max_connections=4, max_keepalive_connections=4)


class Closed(httpx.ConnectError):
    """No address of the host may be connected to."""


class PinnedTransport(httpx.AsyncBaseTransport):
    """Requests of httpx's client to one host, pinned; without `may_reach` every address may be connected to.

    Raises `Closed`, and `httpx.ConnectError` for a host that is not known.
    """

    def __init__(self, may_reach: MayReach | None, verify: ssl.SSLContext) -> None:
        self._may_reach = may_reach
        self._inner = httpx.AsyncHTTPTransport(verify=verify, trust_env=False, limits=_LIMITS)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send to the first address that may be connected to and can be."""
        try:
            host, port = _place(request.url)
            found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError) as error:
            raise httpx.ConnectError("the host is not known") from error
        *others, last = _judged(request.url, found, self._may_reach)
        for address in others:
            try:
                return await self._inner.handle_async_request(_pinned(request, address))
            except (httpx.ConnectError, httpx.ConnectTimeout):
                continue
        return await self._inner.handle_async_request(_pinned(request, last))

    async def aclose(self) -> None:
        """Let go of connections."""
        await self._inner.aclose()


def is_public(address: str) -> bool:
    """Return whether an address is of the public internet, as engines tell it too (`network.rs`).

    What is closed in one notation is closed in all; and so is where clouds tell machines their secrets.
    """
    plain = _plain(ipaddress.ip_address(address))
    is_closed = any(plain.version == network.version and plain in network for network in _CLOSED)
    return plain.is_global and not plain.is_multicast and not is_closed


_CLOSED = tuple(map(ipaddress.ip_network, ("168.63.129.16", "192.0.0.0/24", "64:ff9b:1::/48", "fec0::/10")))
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
_COMPATIBLE = ipaddress.IPv6Network("::/96")


def _plain(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> ipaddress.IPv4Address | ipaddress.IPv6Address:
    """Return the IPv4 address that an IPv6 address stands for, else the address itself."""
    if address.version == 4 or address.is_loopback or address.is_unspecified:
        return address
    if address in _NAT64 or address in _COMPATIBLE:
        return ipaddress.IPv4Address(int(address) & 0xFFFF_FFFF)
    return address.ipv4_mapped or address.sixtofour or address


def _place(url: httpx.URL) -> tuple[str, int]:
    return url.raw_host.decode("ascii"), url.port or (443 if url.scheme == "https" else 80)


def _judged(url: httpx.URL, found: Iterable[tuple[Any, ...]], may_reach: MayReach | None) -> list[str]:
    """Return the addresses that may be connected to, in the name service's order. Raises `Closed` for none."""
    addresses = dict.fromkeys(str(place[0]).partition("%")[0] for *_, place in found)
    allowed = [one for one in addresses if may_reach is None or may_reach(url.host, one)]
    if not allowed:
        raise Closed("private addresses are closed to this server")
    return allowed


def _pinned(request: httpx.Request, address: str) -> httpx.Request:
    name = request.url.raw_host.decode("ascii")
    return httpx.Request(
        request.method,
        request.url.copy_with(host=address),
        headers=request.headers,  # with the Host of the URL
        stream=request.stream,
        extensions={**request.extensions, "sni_hostname": name},
    )
