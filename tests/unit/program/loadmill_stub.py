"""The server behind the recorded Loadmill sequences, as a function for the fake loop."""

from __future__ import annotations

from collections import Counter

from tests.engine.fake_http import Answer

REDIRECTS = {"r1": (302, "/r2"), "r2": (302, "/echo"), "r307": (307, "/echo")}
JSON = ("Content-Type", "application/json")


class Stub:
    """/status/<code>[/<reason>], /r1, /r2, /r307, /html, /cookie, /slow, /count; anything else is {"ok":true}."""

    def __init__(self) -> None:
        self.calls: Counter[str] = Counter()

    def __call__(self, _method: str, url: str, *_: object) -> Answer:
        path = "/" + url.split("/", 3)[3]
        self.calls[path] += 1
        match path.partition("?")[0].strip("/").split("/"):
            case ["status", code, *reason]:
                return Answer(int(code), reason=reason[0] if reason else None)
            case [name] if name in REDIRECTS:
                status, target = REDIRECTS[name]
                return Answer(status, (("Location", target),))
            case ["html"]:
                return Answer(200, (("Content-Type", "text/html"),), b"<h1>x</h1>")
            case ["cookie"]:
                return Answer(200, (JSON, ("Set-Cookie", "sid=1; Path=/"), ("Set-Cookie", "t=2; Path=/")), b"{}")
            case ["slow"]:
                return Answer(200, (JSON,), b"{}", elapsed_s=0.4)
            case ["count"]:
                return Answer(200, (JSON,), b'{"n":%d}' % self.calls[path])
        return Answer(200, (JSON, ("X-A", "1")), b'{"ok":true}')
