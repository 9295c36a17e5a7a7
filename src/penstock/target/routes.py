"""Which handler answers which path."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from penstock.target import accounts, cart, catalogue, pages, wire
from penstock.target.messages import Refused, Reply, Request

Handler = Callable[[Request], Reply]

ANY = "*"
"""Stands for every method."""

ROUTES: Mapping[str, Mapping[str, Handler]] = {
    "/": {"GET": pages.show_home},
    "/login": {"POST": accounts.log_in},
    "/items": {"GET": catalogue.list_items},
    "/items/{id}": {"GET": catalogue.show_item},
    "/cart": {"GET": cart.show_cart, "POST": cart.add_to_cart},
    "/order": {"POST": cart.order},
    "/slow": {"GET": wire.slow},
    "/flaky": {"GET": wire.flaky},
    "/echo": {ANY: wire.echo},
    "/redirect": {ANY: wire.redirect},
    "/cookies": {"GET": wire.cookies},
    "/gzip": {"GET": catalogue.list_gzip},
    "/deflate": {"GET": catalogue.list_deflate},
    "/bytes": {"GET": wire.send_bytes},
    "/chunked": {"GET": wire.chunked},
    "/events": {"GET": wire.events},
    "/status/{code}": {ANY: wire.status},
    "/health": {"GET": wire.health},
    "/static/{file}": {"GET": pages.show_file},
}
"""Paths as they are shown to people; `{...}` stands for one last segment."""

_EXACT = {path: methods for path, methods in ROUTES.items() if "{" not in path}
_PREFIXES = {path.partition("{")[0]: methods for path, methods in ROUTES.items() if "{" in path}


def find_handler(method: str, path: str) -> Handler:
    """Return the handler.

    Raises `Refused`: 404 for an unknown path, 405 for a method that the path does not know.
    """
    methods = _EXACT.get(path) or _PREFIXES.get(path[: path.rfind("/") + 1])
    if methods is None:
        raise Refused(404, f"there is no page {path[:200]!r}")
    handler = methods.get(method) or methods.get("GET" if method == "HEAD" else ANY) or methods.get(ANY)
    if handler is None:
        allowed = ", ".join(methods)
        raise Refused(405, f"{method} is not for this page; it takes {allowed}", [("allow", allowed)])
    return handler
