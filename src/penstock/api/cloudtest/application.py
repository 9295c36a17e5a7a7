"""The application as a whole; it is asked only for paths that `paths.is_meant` says are its own."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from penstock.api.cloudtest import (
    agents,
    apm,
    counters,
    definitions,
    description,
    drops,
    errors,
    failures,
    locations,
    messages,
    paths,
    results,
    runs,
)
from penstock.api.requests import App
from penstock.services.bundle import Services

PARTS = (locations, drops, runs, messages, counters, failures, results, definitions, agents, apm, description)
_KEYS = {404: "VssResourceNotFoundException", 405: "VssMethodNotAllowedException"}


def build(services: Services) -> App:
    """Return the application."""
    routes = [route for part in PARTS for route in part.ROUTES]
    app = Starlette(routes=routes, exception_handlers={HTTPException: _refused})
    app.state.services = services

    async def normalised(
        scope: MutableMapping[str, Any],
        receive: Callable[[], Awaitable[MutableMapping[str, Any]]],
        send: Callable[[MutableMapping[str, Any]], Awaitable[None]],
    ) -> None:
        await app(paths.normal(scope), receive, send)

    return normalised


async def _refused(request: Request, error: Exception) -> Response:
    status = error.status_code if isinstance(error, HTTPException) else 500
    what = {404: "there is nothing at", 405: f"{request.method} is not served at"}.get(status)
    message = f"{what} {request.url.path}" if what else str(getattr(error, "detail", error))
    return errors.response(status, _KEYS.get(status, "VssServiceException"), message)
