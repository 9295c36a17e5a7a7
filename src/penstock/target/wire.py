"""Endpoints that show how HTTP itself behaves: slow, flaky, redirecting, streaming, in any status and size."""

from __future__ import annotations

import base64
import os
import random
from http import HTTPStatus
from urllib.parse import parse_qsl

from penstock.target.messages import HeaderPairs, Refused, Reply, Request, say

MAX_SLOW_MS = 60_000
MAX_BYTES = 10 * 1024 * 1024
MAX_REDIRECTS = 100

_PATTERN = bytes(range(32, 127)) * 690  # printable, about 64 KB
_GOLDEN = 0.6180339887498949  # multiples of it, modulo 1, are spread evenly: any run of n has the share of failures
_OCTETS: HeaderPairs = [("content-type", "application/octet-stream")]
_TEXT: HeaderPairs = [("content-type", "text/plain; charset=utf-8")]


def slow(request: Request) -> Reply:
    """GET /slow?ms=200: answers after that many milliseconds."""
    delay_ms = request.number("ms", 200, 0, MAX_SLOW_MS)
    reply = say({"slept_ms": delay_ms})
    reply.delay_s = delay_ms / 1000
    return reply


def flaky(request: Request) -> Reply:
    """GET /flaky?rate=0.1: 503 for that share, at random; with `n` the same n always fares the same."""
    rate = request.number("rate", 0.1, 0, 1)
    number = request.number("n", -1, -1, 1e12)
    draw = random.random() if number < 0 else number * _GOLDEN % 1  # noqa: S311 — no secret depends on it
    if draw < rate:
        raise Refused(503, f"this page fails for {rate:.0%} of its requests", [("retry-after", "1")])
    return say({"lucky": True})


def echo(request: Request) -> Reply:
    """Any method on /echo: the request, as JSON. A body that is not UTF-8 comes back as `body_base64`."""
    said: dict[str, object] = {
        "method": request.method,
        "path": request.path,
        "query": parse_qsl(request.query_string, keep_blank_values=True),
        "headers": list(request.headers.items()),
    }
    try:
        said["body"] = request.body.decode()
    except UnicodeDecodeError:
        said["body_base64"] = base64.b64encode(request.body).decode()
    return say(said)


def redirect(request: Request) -> Reply:
    """/redirect?n=3 (and `status`): that many redirects, then 200."""
    left = int(request.number("n", 1, 0, MAX_REDIRECTS))
    status = int(request.number("status", 302, 301, 308))
    if status not in (301, 302, 303, 307, 308):
        raise Refused(400, "status is one of 301, 302, 303, 307 and 308")
    if left == 0:
        return say({"arrived": True, "method": request.method})
    return Reply(status, [("location", f"/redirect?n={left - 1}&status={status}")])


def cookies(request: Request) -> Reply:
    """GET /cookies?name=value: sets those and counts `visits`; the answer holds the cookies that came."""
    came = request.cookies()
    visits = came.get("visits", "0")
    pairs = [
        *parse_qsl(request.query_string),
        ("visits", str(int(visits) + 1 if visits.isdecimal() and len(visits) < 10 else 1)),
    ]
    if any(not _is_cookie_safe(name + value) for name, value in pairs):
        raise Refused(
            400, "a cookie's name and value are printable ASCII without spaces, commas, semicolons and quotes"
        )
    return say({"cookies": came}, headers=[("set-cookie", f"{name}={value}; Path=/") for name, value in pairs])


def send_bytes(request: Request) -> Reply:
    """GET /bytes?n=1024."""
    size = int(request.number("n", 1024, 0, MAX_BYTES))
    body = _PATTERN[:size] if size <= len(_PATTERN) else (_PATTERN * (size // len(_PATTERN) + 1))[:size]
    return Reply(200, _OCTETS, body)


def chunked(request: Request) -> Reply:
    """GET /chunked?pieces=5&ms=10: so many lines, so far apart."""
    count = int(request.number("pieces", 5, 1, 1000))
    pause_s = request.number("ms", 10, 0, 1000) / 1000
    return Reply(
        200, _TEXT, pieces=tuple(b"piece %d of %d\n" % (at, count) for at in range(1, count + 1)), pause_s=pause_s
    )


def events(request: Request) -> Reply:
    """GET /events?n=10&ms=100: so many server-sent events of the kind `sale`, so far apart."""
    count = int(request.number("n", 10, 1, 1000))
    pause_s = request.number("ms", 100, 0, 1000) / 1000
    pieces = tuple(b'id: %d\nevent: sale\ndata: {"item": %d}\n\n' % (at, at) for at in range(1, count + 1))
    return Reply(200, [("content-type", "text/event-stream"), ("cache-control", "no-store")], b"", 0, pieces, pause_s)


def status(request: Request) -> Reply:
    """Any method on /status/{code}: that status, from 200 to 599."""
    text = request.path.rpartition("/")[2]
    code = int(text) if text.isdecimal() and len(text) == 3 else 0
    if not 200 <= code <= 599:
        raise Refused(400, "a status lies between 200 and 599")
    if code in (204, 205, 304):
        return Reply(code, [])
    phrase = HTTPStatus(code).phrase if code in HTTPStatus._value2member_map_ else ""
    return say({"status": code, "reason": phrase}, code)


def health(request: Request) -> Reply:  # noqa: ARG001 — every handler is given the request
    """GET /health: which worker answered."""
    return say({"status": "ok", "worker": os.getpid()})


def _is_cookie_safe(text: str) -> bool:
    return bool(text) and all("!" <= sign <= "~" and sign not in ',;"\\' for sign in text)
