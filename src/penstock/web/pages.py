"""The pages as one application."""

from __future__ import annotations

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from penstock.services.bundle import Services
from penstock.web import signing_in


def build(services: Services) -> Starlette:
    """Return the application; it is mounted at the root, behind all faces."""
    app = Starlette(
        routes=[
            Route("/", _home),
            Route("/sign-in", signing_in.show, methods=["GET"]),
            Route("/sign-in", signing_in.sign_in, methods=["POST"]),
            Route("/sign-out", signing_in.sign_out, methods=["POST"]),
        ]
    )
    app.state.services = services
    return app


async def _home(request: Request) -> Response:
    here = await signing_in.signed_in(request)
    if here is None:
        return signing_in.to_sign_in(request)
    return signing_in.page("home.html", signed_in=here, facts=signing_in.services_of(request).facts)
