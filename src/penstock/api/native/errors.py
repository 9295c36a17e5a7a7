"""The one shape of errors: `application/problem+json` (RFC 9457)."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException

from penstock import errors
from penstock.errors import PenstockError

STATUSES: tuple[tuple[type[PenstockError], int], ...] = (
    (errors.TooManyAttempts, 429),
    (errors.Unauthenticated, 401),
    (errors.NotAllowed, 403),
    (errors.NotFound, 404),
    (errors.Conflict, 409),
    (errors.InvalidInput, 422),
    (errors.NotRunnable, 422),
    (errors.Unavailable, 503),
    (errors.EngineFailed, 500),
)


class Problem(BaseModel):
    """What went wrong, and what to do."""

    type: str = "about:blank"
    title: str = Field(description="The status in words.")
    status: int
    detail: str = Field(description="A sentence for people.")
    errors: list[dict[str, Any]] = Field(default=[], description="What is wrong with which field.")


PROBLEMS: dict[int | str, dict[str, Any]] = {
    status: {"model": Problem, "description": HTTPStatus(status).phrase, "content": {"application/problem+json": {}}}
    for status in (400, 401, 403, 404, 405, 409, 412, 413, 415, 422, 428, 429, 503)
}


class Precondition(Exception):
    """A change that does not say what it is made on (428), or is made on an old version (412)."""

    def __init__(self, status: int, detail: str) -> None:
        super().__init__(detail)
        self.status = status


def problem(status: int, detail: str, wrong: list[dict[str, Any]] | None = None) -> JSONResponse:
    """Return the response for an error."""
    body = Problem(title=HTTPStatus(status).phrase, status=status, detail=detail, errors=wrong or [])
    headers = {"WWW-Authenticate": "Bearer"} if status == 401 else None
    return JSONResponse(body.model_dump(), status, headers, media_type="application/problem+json")


def problem_of(error: PenstockError) -> JSONResponse:
    """Return the response for an error of ours."""
    answer = problem(next((status for kind, status in STATUSES if isinstance(error, kind)), 500), str(error))
    if isinstance(error, errors.TooManyAttempts):
        answer.headers["Retry-After"] = str(error.after_s)
    return answer


def install(app: FastAPI) -> None:
    """Let the application answer every error in this shape."""

    @app.exception_handler(PenstockError)
    async def ours(_request: Request, error: PenstockError) -> JSONResponse:
        return problem_of(error)

    @app.exception_handler(Precondition)
    async def precondition(_request: Request, error: Precondition) -> JSONResponse:
        return problem(error.status, str(error))

    @app.exception_handler(RequestValidationError)
    async def invalid(_request: Request, error: RequestValidationError) -> JSONResponse:
        wrong = [{"field": ".".join(map(str, one["loc"])), "message": one["msg"]} for one in error.errors()]
        detail = "; ".join(f"{one['field']}: {one['message']}" for one in wrong)
        return problem(422, detail, wrong)

    @app.exception_handler(HTTPException)
    async def http(_request: Request, error: HTTPException) -> JSONResponse:
        return problem(error.status_code, str(error.detail))
