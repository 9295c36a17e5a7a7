"""What a handler is given and what it gives back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol
from urllib.parse import parse_qs

import orjson

HeaderPairs = list[tuple[str, str]]

JSON: HeaderPairs = [("content-type", "application/json")]


class RequestHeaders(Protocol):
    """Headers by lower-case name; `items` has repeated ones one by one."""

    def get(self, key: str, default: Any = None) -> Any:
        """Return the first value of a header."""

    def items(self) -> Any:
        """Return all pairs."""


@dataclass(slots=True)
class Request:
    """One request. `path` is decoded, `query_string` is not; `body` is complete."""

    method: str
    path: str
    query_string: str
    headers: RequestHeaders
    body: bytes = b""

    def number(self, name: str, default: float, least: float, most: float) -> float:
        """Return a number of the query string.

        Raises `Refused` (400) when it is no number or out of range.
        """
        if not self.query_string:
            return default
        text = parse_qs(self.query_string).get(name, [None])[-1]
        if text is None:
            return default
        try:
            value = float(text)
        except ValueError:
            value = float("nan")
        if not least <= value <= most:
            raise Refused(400, f"{name} is a number from {least:g} to {most:g}")
        return value

    def cookies(self) -> dict[str, str]:
        """Return the cookies that were sent."""
        pairs = (pair.partition("=") for pair in (self.headers.get("cookie") or "").split(";"))
        return {name.strip(): value.strip() for name, equals, value in pairs if equals}

    def fields(self) -> Mapping[str, Any]:
        """Return the body's fields: a JSON object, or a form.

        Raises `Refused` (400) when it is neither.
        """
        if (self.headers.get("content-type") or "").startswith("application/x-www-form-urlencoded"):
            try:
                return {name: values[-1] for name, values in parse_qs(self.body.decode()).items()}
            except ValueError as error:
                raise Refused(400, "the form cannot be read") from error
        try:
            value = orjson.loads(self.body)
        except orjson.JSONDecodeError as error:
            raise Refused(400, f"the body is not JSON: {error}") from error
        if not isinstance(value, dict):
            raise Refused(400, "the body is not a JSON object")
        return value


@dataclass(slots=True)
class Reply:
    """What goes back: after `delay_s`, `body`, then `pieces` streamed `pause_s` apart if there are any."""

    status: int
    headers: HeaderPairs
    body: bytes = b""
    delay_s: float = 0.0
    pieces: tuple[bytes, ...] = ()
    pause_s: float = 0.0


class Refused(Exception):
    """A request that gets an error as its answer."""

    def __init__(self, status: int, message: str, headers: HeaderPairs | None = None) -> None:
        super().__init__(message)
        self.reply = Reply(status, [*JSON, *(headers or [])], orjson.dumps({"error": message}))


def say(value: Any, status: int = 200, headers: HeaderPairs | None = None) -> Reply:
    """Return a reply with a JSON body."""
    return Reply(status, [*JSON, *headers] if headers else JSON, orjson.dumps(value))
