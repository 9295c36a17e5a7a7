"""Who asks, which services answer, and bodies that are read as leniently as the vendor reads them."""

from __future__ import annotations

import json
from contextlib import suppress
from typing import Annotated, Any, cast

from fastapi import Depends, Request
from fastapi.security import HTTPBasic

from penstock.accounts.people import Identity
from penstock.errors import InvalidInput, NotFound
from penstock.runs.stored import RunKind, StoredRun
from penstock.services.bundle import Services
from penstock.services.documents import read_json


class _Shown(HTTPBasic):
    """Only tells in the OpenAPI document how to authenticate: every form of token is read in one place, below."""

    async def __call__(self, _request: Request) -> None:  # type: ignore[override]
        """Say nothing: the token is read by `_who`."""


_documented = _Shown(
    auto_error=False, description="The token as user, without a password; as Bearer or bare it is taken as well."
)


def _services(request: Request) -> Services:
    return cast("Services", request.app.state.services)


def _who(request: Request, _shown: Annotated[object, Depends(_documented)]) -> Identity:
    return _services(request).accounts.identify(request.headers)


def run_of(services: Services, who: Identity, id: str, kind: RunKind) -> StoredRun:
    """Return the run of that kind. Raises `NotFound`, also where the id is that of a run of another kind."""
    with suppress(NotFound):
        run = services.runs.get(who, id)
        if run.kind is kind:
            return run
    raise NotFound.of(f"{kind} run", id)


async def _json_object(request: Request) -> dict[str, Any]:
    """Return the body: a JSON object; nothing at all is an empty one, whatever the content type says."""
    body = await request.body()
    if not body.strip():
        return {}
    try:
        content = read_json(body)
    except json.JSONDecodeError as error:
        raise InvalidInput(f"the body is no JSON: {error}") from None
    if not isinstance(content, dict):
        raise InvalidInput("the body must be a JSON object")
    return content


Asked = Annotated[Services, Depends(_services)]
Who = Annotated[Identity, Depends(_who)]
Body = Annotated[dict[str, Any], Depends(_json_object)]

JSON_BODY: dict[str, Any] = {"requestBody": {"content": {"application/json": {"schema": {"type": "object"}}}}}
"""What the OpenAPI document says of such a body."""
