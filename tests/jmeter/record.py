"""What a plan did, seen from outside: what arrived at the site, and how each sample ended."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from tests.apps import Request
from tests.jmeter.case import PORT, Case

Record = dict[str, Any]

_OWN = frozenset({"host", "user-agent", "content-length", "connection"})
"""Headers in which any two clients differ. What of them a plan itself says stays (`_kept`)."""

_BOUNDARY = re.compile(rb"boundary=\"?([-\w]+)\"?")


def record(case: Case, port: int, requests: Iterable[Request], samples: Iterable[tuple[str, bool]]) -> Record:
    """Return what is compared: addresses and ports, and the names of parts of forms, are not."""
    arrived = [_request(each, port) for each in requests]
    ended = [[_placed(name, port), well] for name, well in samples]
    if not case.is_ordered:
        arrived.sort(key=_order)
        ended.sort()
    return {"requests": arrived, "samples": ended}


def _order(request: dict[str, Any]) -> str:
    return f"{request['method']} {request['target']} {request.get('body', '')} {request['headers']}"


def _placed(text: str, port: int) -> str:
    return text.replace(str(port), PORT)


def _kept(name: str, value: str) -> bool:
    lower = name.lower()
    if lower == "connection":
        return value.lower() == "close"
    if lower == "host":
        return not value.startswith("127.0.0.1:")
    if lower == "user-agent":
        return not value.startswith(("Apache-HttpClient", "penstock"))
    return lower not in _OWN


def _request(request: Request, port: int) -> dict[str, Any]:
    body = request.body
    headers = [[name, _placed(value, port)] for name, value in request.headers if _kept(name, value)]
    if found := _BOUNDARY.search(str(request.header("content-type") or "").encode()):
        body = body.replace(found[1], b"BOUNDARY")
        headers = [[name, value.replace(found[1].decode(), "BOUNDARY")] for name, value in headers]
    headers = [[name, _sorted(value) if name.lower() == "cookie" else value] for name, value in headers]
    made: dict[str, Any] = {
        "method": request.method,
        "target": _placed(request.target, port),
        "headers": sorted(headers, key=lambda pair: pair[0].lower()),
    }
    if body:
        made["body"] = _placed(body.decode("latin-1"), port)
    return made


def _sorted(cookies: str) -> str:
    """Return cookies in an order of their own: JMeter puts one that was set again last (RFC 6265, 5.3)."""
    return "; ".join(sorted(cookies.split("; ")))


def write_files(case: Case, folder: Path, name: str, port: int) -> None:
    """Lay the plan and what it reads into a folder."""
    for file, content in {f"{name}.jmx": case.plan, **case.files}.items():
        (folder / file).write_bytes(content.replace(PORT.encode(), str(port).encode()))
