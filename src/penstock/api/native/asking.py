"""Who asks, which services answer, and how bodies are read: what every route depends on."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Annotated, Any, cast

from fastapi import Depends, Request, Response
from fastapi.routing import APIRoute
from fastapi.security import HTTPBearer

from penstock.accounts.people import Identity
from penstock.services.bundle import Services
from penstock.services.documents import read_json

_documented = HTTPBearer(auto_error=False, description="An API token. Basic with the token as user works as well.")


def _services(request: Request) -> Services:
    return cast("Services", request.app.state.services)


def _who(request: Request, _shown: Annotated[object, Depends(_documented)]) -> Identity:
    return _services(request).accounts.identify(request.headers)


Asked = Annotated[Services, Depends(_services)]
Who = Annotated[Identity, Depends(_who)]


class _JsonRequest(Request):
    async def json(self) -> Any:
        return read_json(await self.body())


class JsonRoute(APIRoute):
    """A route whose body is JSON that can be kept."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """See `APIRoute`."""
        handle = super().get_route_handler()

        async def reading(request: Request) -> Response:
            return await handle(_JsonRequest(request.scope, request.receive))

        return reading
