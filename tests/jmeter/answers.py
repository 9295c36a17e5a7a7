"""The site that the plans are run against: what it answers depends on the request alone, and on what came before it."""

from __future__ import annotations

import json
import re
from collections import Counter
from dataclasses import dataclass
from urllib.parse import parse_qsl, urlsplit

from tests.apps import Answer, Request

SHOP = {
    "id": 7,
    "name": "Ann",
    "nothing": None,
    "paid": True,
    "total": 12.5,
    "empty": "",
    "items": [
        {"id": 11, "tag": "red", "price": 1.5},
        {"id": 12, "tag": "green", "price": 20},
        {"id": 13, "tag": "blue", "price": 3},
    ],
    "address": {"city": "Ghent", "zip": "9000"},
}

PAGE = b"""<!DOCTYPE html>
<html><head><title>Shop &amp; more</title>
<link rel="stylesheet" href="/style.css"><script src="/code.js"></script></head>
<body background="/back.png">
<form action="/buy" method="post">
<input type="hidden" name="token" value="t-4711"><input type="hidden" name="view" value="a&amp;b">
</form>
<img src="/one.png"><img src="two.png?v=2"><img src="/one.png">
<a class="item" href="/item/1">first</a>
<a class="item" href="/item/2">second</a>
<a class="item" href="/item/3">third <b>one</b></a>
<p id="total">Total: 42 EUR</p>
</body></html>
"""

XML = b"""<?xml version="1.0" encoding="UTF-8"?>
<shop xmlns:x="urn:x"><item id="1"><name>pen</name></item><item id="2"><name>ink</name></item><x:note>hi</x:note>
<empty/></shop>
"""

KINDS = {"css": "text/css", "js": "text/javascript", "png": "image/png"}

_NUMBERED = {"redirect": re.compile(r"/redirect/\d{3}"), "status": re.compile(r"/status/\d{3}")}


@dataclass(frozen=True)
class Asked:
    """A request, taken apart."""

    request: Request
    path: str
    query: dict[str, str]


class Site:
    """A new one for each plan: some answers count."""

    def __init__(self) -> None:
        self._times: Counter[str] = Counter()

    def __call__(self, request: Request) -> Answer:
        parts = urlsplit(request.target)
        query = dict(parse_qsl(parts.query))
        first = parts.path.split("/")[1].split(";")[0]
        self._times[parts.path] += 1
        found = getattr(self, f"_{first}", None)
        if found is not None and (first not in _NUMBERED or _NUMBERED[first].fullmatch(parts.path)):
            answer: Answer = found(Asked(request, parts.path, query))
            return answer
        kind = KINDS.get(parts.path.rsplit(".", 1)[-1])
        if kind is not None:
            return Answer(200, (("Content-Type", kind),), b"x")
        seen = (("Content-Type", "text/plain"), ("X-Seen", "yes"))
        return Answer(200, seen, f"this is {parts.path}".encode())

    def _json(self, _: Asked) -> Answer:
        return Answer.json(SHOP)

    def _page(self, _: Asked) -> Answer:
        return Answer(200, (("Content-Type", "text/html; charset=utf-8"),), PAGE)

    def _xml(self, _: Asked) -> Answer:
        return Answer(200, (("Content-Type", "application/xml"),), XML)

    def _status(self, asked: Asked) -> Answer:
        return Answer(int(asked.path.split("/")[2]), (("Content-Type", "text/plain"),), b"said so")

    def _redirect(self, asked: Asked) -> Answer:
        if "to" not in asked.query:
            return Answer(200, (("Content-Type", "text/plain"),), b"nowhere to go")
        return Answer(int(asked.path.split("/")[2]), (("Location", asked.query["to"]),), b"elsewhere")

    def _cookie(self, asked: Asked) -> Answer:
        lines = tuple(("Set-Cookie", value) for _, value in parse_qsl(urlsplit(asked.request.target).query))
        return Answer(200, (("Content-Type", "text/plain"), *lines), b"baked")

    def _nth(self, asked: Asked) -> Answer:
        return Answer(200, (("Content-Type", "text/plain"),), f"number {self._times[asked.path]}.".encode())

    def _fails_at(self, asked: Asked) -> Answer:
        """`/fails_at/2,3` fails when it is asked for the second and the third time."""
        fails = str(self._times[asked.path]) in asked.path.split("/")[2].split(",")
        return Answer(500 if fails else 200, (("Content-Type", "text/plain"),), b"broken" if fails else b"fine")

    def _echo(self, asked: Asked) -> Answer:
        return Answer(
            200,
            (("Content-Type", asked.query.get("as", "text/plain")),),
            asked.request.body or asked.query.get("say", "").encode(),
        )

    def _cached(self, asked: Asked) -> Answer:
        if asked.request.header("if-none-match") == '"v1"':
            return Answer(304, (("ETag", '"v1"'),))
        return Answer(200, (("Content-Type", "text/plain"), ("ETag", '"v1"')), b"fresh")

    def _secret(self, asked: Asked) -> Answer:
        if asked.request.header("authorization") is None:
            return Answer(401, (("WWW-Authenticate", 'Basic realm="shop"'),), b"who are you")
        return Answer.json({"welcome": True})

    def _login(self, asked: Asked) -> Answer:
        token = re.sub(r"\W", "", asked.request.body.decode("latin-1"))[:12]
        return Answer(
            200,
            (("Content-Type", "application/json"), ("X-Token", f"tok-{token}")),
            json.dumps({"access_token": f"tok-{token}"}).encode(),
        )
