"""How requests travel: version of the protocol, proxies, certificates, names and addresses, connections."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from penstock.model.expr import EMPTY, Text

HttpVersion = Literal["auto", "1.0", "1.1", "2", "2-prior-knowledge"]
"""`auto`: HTTP/2 where a server of TLS offers it, else HTTP/1.1. `2`: HTTP/2 over TLS, or the exchange fails.
`2-prior-knowledge`: HTTP/2 without asking first, also without TLS."""

Connections = Literal["user", "iteration", "pool"]
"""Whose connections are: a user's own for good, a user's for one iteration, or those of a pool that an agent's users
share."""

SourcesBy = Literal["connection", "user"]
"""What keeps a source address: each connection takes the next, or each user has one for all of its connections."""

ENVIRONMENT = "env"
"""The URL of a proxy that stands for what `http_proxy`, `https_proxy` and `no_proxy` of the environment say."""


@dataclass(frozen=True, slots=True)
class Proxy:
    """Send through this proxy: `http://[user:password@]host[:port]`, or `env`; empty: send directly.

    The URL may have holes: then each request computes it, so that every user may have a proxy of its own. Hosts of
    `no_proxy` are asked directly: a name (with all below it), an address, a network like `10.0.0.0/8`, `<local>` (names
    without a dot) or `*`. `user` and `password` are used where the URL holds none.
    """

    url: Text
    no_proxy: tuple[str, ...] = ()
    user: Text = EMPTY
    password: Text = EMPTY

    @property
    def is_computed(self) -> bool:
        """Whether each request computes it."""
        return bool(self.url.holes or self.user.holes or self.password.holes)


@dataclass(frozen=True, slots=True)
class HostOverride:
    """The address that a host name stands for in this test, whatever the resolver says."""

    host: str
    address: str
