"""How a request travels, where it says so itself: proxy, version, and credentials that wait for a challenge."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from penstock.errors import InvalidInput
from penstock.model import Proxy, Request, Text
from penstock.program import urls
from penstock.program.context import Context
from penstock.program.values import Variables
from penstock.script.operations import STREAM_VERSION, Credentials, Transport

Computes = Callable[[Variables], str]


def compile_transport(
    request: Request, context: Context, *, answers_challenges: bool
) -> Transport | Callable[[Variables], Transport] | None:
    """Return what the request says of its way, or what computes it; None when it says nothing.

    A proxy whose URL has holes is that of the run's defaults too: only here are variables known.
    """
    version = request.http_version if request.stream is None else STREAM_VERSION
    proxy = request.proxy if request.proxy is not None else context.proxy
    given = request.credentials if answers_challenges else None
    waits = given is not None and given.scheme in ("digest", "any")
    if proxy is None and version is None and not waits:
        return None
    way = None if proxy is None else _proxy(proxy, request, context)
    user: str | Computes = ""
    password: str | Computes = ""
    if given is not None and waits:
        user = context.text(given.user, "compute the user of the credentials")
        password = context.text(given.password, "compute the password of the credentials")
    scheme = given.scheme if given is not None else ""

    def make(variables: Variables) -> Transport:
        credentials = Credentials(scheme, _value(user, variables), _value(password, variables)) if waits else None
        url = None if way is None else _url(way, variables)
        return Transport(credentials, url, () if way is None else way.no_proxy, version)

    varies = callable(user) or callable(password) or (way is not None and way.varies)
    return make if varies else make({})


class _Way(NamedTuple):
    """A proxy, each part constant or computed."""

    url: str | Computes
    user: str | Computes
    password: str | Computes
    no_proxy: tuple[str, ...]

    @property
    def varies(self) -> bool:
        return callable(self.url) or callable(self.user) or callable(self.password)


def _proxy(proxy: Proxy, request: Request, context: Context) -> _Way:
    if proxy.url == Text.constant("env"):
        raise InvalidInput(f"{request.origin}: the environment's proxies are for a whole run, not for one request")
    return _Way(
        context.text(proxy.url, "compute the proxy"),
        context.text(proxy.user, "compute the user of the proxy"),
        context.text(proxy.password, "compute the password of the proxy"),
        proxy.no_proxy,
    )


def _url(way: _Way, variables: Variables) -> str:
    url = _value(way.url, variables).strip()
    return urls.with_userinfo(url, _value(way.user, variables), _value(way.password, variables))


def _value(part: str | Computes, variables: Variables) -> str:
    return part(variables) if callable(part) else part
