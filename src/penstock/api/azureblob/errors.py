"""Refusals in the service's own shape: a status, a code, an XML document."""

from __future__ import annotations

from xml.sax.saxutils import escape

from starlette.responses import Response


class BlobError(Exception):
    """A request that is not done. `code` is one of the service's error codes, which its clients know."""

    def __init__(self, status: int, code: str, message: str, headers: dict[str, str] | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message
        self.headers = headers or {}

    def response(self) -> Response:
        """Return the answer."""
        text = (
            '<?xml version="1.0" encoding="utf-8"?>'
            f"<Error><Code>{self.code}</Code><Message>{escape(self.message)}</Message></Error>"
        )
        headers = {"x-ms-error-code": self.code, **self.headers}
        return Response(text, self.status, headers, media_type="application/xml")


def not_authenticated(why: str) -> BlobError:
    """Return the refusal of a signature."""
    return BlobError(403, "AuthenticationFailed", f"Server failed to authenticate the request: {why}.")


def not_permitted(what: str) -> BlobError:
    """Return the refusal of what a valid signature does not allow."""
    return BlobError(403, "AuthorizationPermissionMismatch", f"The signature does not allow to {what}.")


def outside() -> BlobError:
    """Return the refusal of a name that a valid signature is not about."""
    return BlobError(403, "AuthorizationFailure", "The signature is for another part of the container.")


def not_found(name: str) -> BlobError:
    """Return that there is no such blob."""
    return BlobError(404, "BlobNotFound", f"The blob {name!r} does not exist.")


def wrong_header(name: str, why: str) -> BlobError:
    """Return the refusal of a header's value."""
    return BlobError(400, "InvalidHeaderValue", f"The header {name} cannot be used: {why}.")


def wrong_query(name: str, why: str) -> BlobError:
    """Return the refusal of a parameter of the query."""
    return BlobError(400, "InvalidQueryParameterValue", f"The query parameter {name} cannot be used: {why}.")
