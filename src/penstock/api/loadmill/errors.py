"""Errors in the shape that the vendor's server gives: a status and a JSON object with `message`."""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel
from starlette.exceptions import HTTPException

from penstock import errors
from penstock.api.loadmill.validation import tree
from penstock.errors import PenstockError
from penstock.services.load_tests import AlreadyLaunched
from penstock.services.sources import Unfit


class WrongType(errors.InvalidInput):
    """The body is of a type that the route does not take."""


STATUSES: tuple[tuple[type[PenstockError], int], ...] = (
    (errors.Unauthenticated, 401),
    (errors.NotAllowed, 403),
    (AlreadyLaunched, 403),
    (errors.NotFound, 404),
    (errors.Conflict, 422),
    (WrongType, 415),
    (errors.InvalidInput, 400),
    (errors.NotRunnable, 400),
    (errors.Unavailable, 503),
)


ENTITIES = {
    "suite": "Test suite",
    "flow": "Test suite flow",
    "plan": "Test plan",
    "suite run": "Test suite run",
    "flow run": "Test suite flow run",
    "plan run": "Test plan run",
}
"""The vendor's words for what is not found, where ours are others."""


class Message(BaseModel):
    """What went wrong; `validation` is a tree of the configuration's keys with a message at each wrong one."""

    message: str
    validation: dict[str, Any] | None = None


RESPONSES: dict[int | str, dict[str, Any]] = {
    status: {"model": Message, "description": text}
    for status, text in (
        (400, "The request cannot be used."),
        (401, "No token, or one that is wrong, expired or revoked."),
        (403, "Not allowed."),
        (404, "There is no such thing in the team."),
        (405, "There is another method for this."),
        (413, "The body is too large."),
        (415, "The body is of another type."),
        (422, "It exists already."),
        (503, "The database does not answer."),
    )
}


def refusal(status: int, message: str, **payload: Any) -> JSONResponse:
    """Return the response for an error."""
    headers = {"WWW-Authenticate": 'Basic realm="Penstock"'} if status == 401 else None
    return JSONResponse({"message": message, **payload}, status, headers)


def _said(error: PenstockError) -> str:
    if isinstance(error, errors.NotFound) and error.kind:
        return f"{ENTITIES.get(error.kind, error.kind.capitalize())} with id [{error.id}] not found."
    return str(error)


def install(app: FastAPI) -> None:
    """Let the application answer every error in this shape."""

    @app.exception_handler(PenstockError)
    async def ours(_request: Request, error: PenstockError) -> JSONResponse:
        status = next((status for kind, status in STATUSES if isinstance(error, kind)), 500)
        message = f"Not Allowed - {error}" if status == 403 else _said(error)
        if isinstance(error, Unfit):
            return refusal(status, message, validation=tree(error.findings))
        return refusal(status, message)

    @app.exception_handler(RequestValidationError)
    async def invalid(_request: Request, error: RequestValidationError) -> JSONResponse:
        wrong = (f"{'.'.join(map(str, one['loc']))}: {one['msg']}" for one in error.errors())
        return refusal(400, "; ".join(wrong))

    @app.exception_handler(HTTPException)
    async def http(_request: Request, error: HTTPException) -> JSONResponse:
        return refusal(error.status_code, str(error.detail))
