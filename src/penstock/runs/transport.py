"""What a run says of proxies, and of the addresses it may connect to, as agents are told."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

AddressClass = Literal["loopback", "link-local", "metadata", "private"]
"""`loopback` holds the unspecified addresses too, `link-local` multicast, `private` carriers' and benchmarks' ranges;
`metadata` are the addresses at which clouds tell machines their secrets."""

ADDRESS_CLASSES: tuple[AddressClass, ...] = ("loopback", "link-local", "metadata", "private")


@dataclass(frozen=True, slots=True)
class ProxySettings:
    """URLs (`http://[user:password@]host:port`) by the scheme of what is asked; None: directly.

    `no_proxy` are hosts that are asked directly, as `model.Proxy` has them.
    """

    http: str | None = None
    https: str | None = None
    no_proxy: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class TargetPolicy:
    """Which addresses may be connected to, decided on the resolved address of each connection.

    `allowed` are host names (`*.example.com` for all below), addresses and networks; None: whatever is not closed.
    Addresses of the classes in `closed` are refused, unless `opened` (addresses and networks) or an address or network
    of `allowed` holds them. A host name that is allowed opens no closed class.
    """

    allowed: tuple[str, ...] | None = None
    closed: tuple[AddressClass, ...] = ADDRESS_CLASSES
    opened: tuple[str, ...] = ()
