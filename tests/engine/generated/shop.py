"""The server that generated scenarios talk to: what a path says is what it answers."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Mapping, Sequence

from tests.engine.fake_http import Answer, Closing, Conversation, Said

JSON = (("Content-Type", "application/json"),)
HTML = (("Content-Type", "text/html"),)
EVENTS = (("Content-Type", "text/event-stream"),)
CONTENT = b'{"a": "1", "list": [{"id": "7"}, {"id": 8}], "none": null}'
EMBEDDING = b'<img src="/ok"><script src="/ok?s"></script><link rel=stylesheet href="/css"><img src="/status/404?i">'


class Shop:
    """It counts, so each run needs a new one."""

    def __init__(self) -> None:
        self.calls: Counter[str] = Counter()

    def __call__(self, _method: str, url: str, headers: Mapping[str, str], *_: object) -> Answer:
        path = "/" + url.split("/", 3)[3]
        self.calls[path] += 1
        match path.partition("?")[0].strip("/").split("/"):
            case ["status", code]:
                return Answer(int(code), body=b"no")
            case ["to", *target]:
                return Answer(302, (("Location", f"/{'/'.join(target)}"),))
            case ["keep", *target]:
                return Answer(307, (("Location", f"/{'/'.join(target)}"),))
            case ["away", *target]:
                return Answer(302, (("Location", f"http://shop.test:{_port(headers)}/{'/'.join(target)}"),))
            case ["login"]:
                return Answer(200, (*JSON, ("Set-Cookie", "sid=1; Path=/"), ("Set-Cookie", "t=2; Path=/ok")), b"{}")
            case ["logout"]:
                return Answer(200, (*JSON, ("Set-Cookie", "sid=; Path=/; Max-Age=0")), b"{}")
            case ["count"]:
                return Answer(200, JSON, json.dumps({"n": self.calls[path]}).encode())
            case ["secret", scheme]:
                if headers.get("authorization", "").startswith(scheme):
                    return Answer(200, JSON, b"{}")
                return Answer(401, (("WWW-Authenticate", f'{scheme} realm="r", nonce="n", qop="auth"'),))
            case ["slow"]:
                return Answer(200, JSON, b"{}", elapsed_s=0.4)
            case ["broken"]:
                return Answer(breaks=True)
            case ["events", most]:
                return Answer(200, EVENTS, _events(int(most)))
            case ["endless", most]:
                return Answer(200, EVENTS, _events(int(most)), holds=True)
            case ["talk", manner] if "sec-websocket-key" in headers:
                chosen = headers.get("sec-websocket-protocol", "").partition(",")[0]
                protocol = (("Sec-WebSocket-Protocol", chosen),) if chosen else ()
                return Answer(101, protocol, conversation=MANNERS[manner]())
            case ["page"]:
                return Answer(200, HTML, EMBEDDING)
            case ["kept"]:
                kept = (("Cache-Control", "max-age=600"), ("ETag", '"1"'))
                return Answer(200, (*HTML, *kept), b'<img src="/logo"><img src="/ok">')
            case ["logo"]:
                return Answer(200, (("Content-Type", "image/png"), ("Cache-Control", "max-age=600")), b"png")
            case ["stale"]:
                tag = ("ETag", '"7"')
                return Answer(304, (tag,)) if "if-none-match" in headers else Answer(200, (*JSON, tag), CONTENT)
            case ["css"]:
                return Answer(200, (("Content-Type", "text/css"),), b"body { background: url(/ok?of-css) }")
            case ["html"]:
                form = b"<h1 class=big>x</h1><form><input type=hidden name=csrf value=77></form>"
                return Answer(200, HTML, form)
        return Answer(200, (*JSON, ("X-A", "1")), CONTENT)


def _port(headers: Mapping[str, str]) -> str:
    return headers["host"].rpartition(":")[2]


def _events(most: int) -> bytes:
    return "".join(f'id: {number}\ndata: {{"a": "{number}"}}\n\n' for number in range(most)).encode()


def _echoing() -> Conversation:
    return lambda message: [] if message is None else [message]


def _telling() -> Conversation:
    """Say hello, and two things to each message."""

    def talk(message: Said | None) -> Sequence[Said]:
        return [Said(1, b"hello")] if message is None else [Said(1, b'{"a": "one"}'), Said(2, b'{"a": "1"}')]

    return talk


def _silent() -> Conversation:
    return lambda _: []


def _leaving() -> Conversation:
    """Close the socket instead of an answer."""
    return lambda message: [] if message is None else [Closing(1001, "bye")]


MANNERS: dict[str, Callable[[], Conversation]] = {
    "echo": _echoing,
    "tell": _telling,
    "silent": _silent,
    "leave": _leaving,
}
