"""Errors in the one shape that the service's clients read: JSON with `message`, `typeName`, `typeKey`."""

from __future__ import annotations

from starlette.responses import JSONResponse, PlainTextResponse, Response

from penstock import errors
from penstock.errors import PenstockError

_NAMESPACE = "Microsoft.VisualStudio.Services.Common"

KINDS: tuple[tuple[type[PenstockError], int, str], ...] = (
    (errors.Unauthenticated, 401, "VssUnauthorizedException"),
    (errors.NotAllowed, 403, "AccessDeniedException"),
    (errors.NotFound, 404, "VssResourceNotFoundException"),
    (errors.NoRoom, 409, "StorageLimitReachedException"),
    (errors.Conflict, 409, "InvalidStateException"),
    (errors.InvalidInput, 400, "InvalidArgumentException"),
    (errors.NotRunnable, 400, "InvalidArgumentException"),
    (errors.StorageFull, 507, "InsufficientStorageException"),
    (errors.Unavailable, 503, "ServiceUnavailableException"),
)


class WrongVersion(errors.InvalidInput):
    """The version of the API that a request names cannot be served; `key` is the service's name of the reason."""

    def __init__(self, key: str, message: str) -> None:
        super().__init__(message)
        self.key = key


def refusal(error: PenstockError, realm: str, user_agent: str) -> Response:
    """Return the response for an error of ours."""
    status, key = next(((status, key) for kind, status, key in KINDS if isinstance(error, kind)), (500, "Exception"))
    if isinstance(error, WrongVersion):
        key = error.key
    if status == 401:
        headers = {"WWW-Authenticate": f'Basic realm="{realm}"'}
        if user_agent.startswith("python/"):  # whose client raises its error for wrong credentials on plain text alone
            return PlainTextResponse(str(error), 401, headers)
        return response(401, key, str(error), headers)
    return response(status, key, str(error))


def response(status: int, key: str, message: str, headers: dict[str, str] | None = None) -> JSONResponse:
    """Return an error."""
    body = {
        "$id": "1",
        "innerException": None,
        "message": message,
        "typeName": f"{_NAMESPACE}.{key}, {_NAMESPACE}",
        "typeKey": key,
        "errorCode": 0,
        "eventId": 3000,
    }
    return JSONResponse(body, status, headers)
