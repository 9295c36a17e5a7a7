"""Pages: what HTML and style sheets embed is fetched, counted and judged with the page."""

from __future__ import annotations

from typing import Any

import pytest

from penstock.script import check, http, sleep
from tests.apps import Recorder
from tests.apps.http import Answer, Request
from tests.engine.native_run import play

HTML = b"""<html><head><link rel=stylesheet href=/s.css><script src=/app.js></script></head>
<body><img src=/logo.png><img src=/logo.png><iframe src=/frame.html></iframe></body></html>"""

FRESH = ("Cache-Control", "max-age=60")


class Site:
    """Answers as a site does; `headers` are those of images, `missing` paths are not found."""

    def __init__(self, *headers: tuple[str, str], missing: tuple[str, ...] = ()) -> None:
        self.headers = headers
        self.missing = missing

    def __call__(self, request: Request) -> Answer:
        path = request.target.partition("?")[0]
        html = (("Content-Type", "text/html; charset=utf-8"),)
        if path in self.missing:
            return Answer(404, (), b"no")
        if request.header("if-none-match"):
            return Answer(304, self.headers)
        match path:
            case "/":
                return Answer(200, html, HTML)
            case "/frame.html":
                return Answer(200, html, b"<img src=/in-frame.png>")
            case "/s.css":
                return Answer(
                    200, (("Content-Type", "text/css"), *self.headers), b"@import 'more.css'; a{b:url(bg.png)}"
                )
            case "/more.css":
                return Answer(
                    200, (("Content-Type", "text/css"), *self.headers), b"@import 's.css'; a{b:url(deep.png)}"
                )
        return Answer(200, (("Content-Type", "image/png"), *self.headers), b"x" * 100)


EMBEDDED = ["/app.js", "/bg.png", "/deep.png", "/frame.html", "/in-frame.png", "/logo.png", "/more.css", "/s.css"]


def visit(
    site: Any, *, times: int = 1, settings: dict[str, Any] | None = None, **options: Any
) -> tuple[Any, list[str]]:
    """Let one user visit the page so often in one iteration; return what was measured and what was asked for."""

    async def journey(user: Any) -> None:
        for _ in range(times):
            page = await http.page("/", name="home", **options)
            check(page.status == 200, "shown")

    with Recorder(site) as target:
        played = play(journey, base_url=target.url, **(settings or {}))
        return played, [request.target for request in target.requests]


def test_a_page_comes_with_all_that_it_embeds_once_each() -> None:
    played, asked = visit(Site())
    assert asked[0] == "/"
    assert sorted(asked[1:]) == EMBEDDED
    assert played.series("home", "page").count == 1
    assert played.series("home", "page").failed == 0
    assert played.series("home").checks == {"shown": [1, 0]}
    assert {name for kind, name in played.names if kind == "request"} == {"home", *(f"GET {path}" for path in EMBEDDED)}


def test_a_page_lasts_until_the_last_byte_of_what_it_embeds() -> None:
    played, _ = visit(Site())
    page = played.series("home", "page")
    parts = [played.series(name) for kind, name in played.names if kind == "request"]
    assert page.mean_s() > max(part.mean_s() for part in parts)
    assert page.mean_s("response") >= page.mean_s()
    assert page.bytes_received == sum(part.bytes_received for part in parts)


def test_dependents_say_where_they_are_embedded() -> None:
    async def journey(user: Any) -> None:
        await http.page("/")

    with Recorder(Site()) as target:
        play(journey, base_url=target.url)
        assert {request.header("referer") for request in target.requests[1:]} == {f"{target.url}/"}


@pytest.mark.parametrize(
    ("reason", "options", "failed"),
    [("it fails", {}, 1), ("unless that is forgiven", {"forgive": True}, 0)],
)
def test_a_page_without_one_of_its_parts(reason: str, options: dict[str, Any], failed: int) -> None:
    played, _ = visit(Site(missing=("/logo.png",)), **options)
    assert played.series("GET /logo.png").failed == 1
    assert played.series("home").failed == 0
    assert played.series("home", "page").failed == failed
    assert played.iterations.get("failed", 0) == failed


def test_what_belongs_to_a_page_besides_fails_it_even_if_others_are_forgiven() -> None:
    played, asked = visit(Site(missing=("/api",)), forgive=True, also=[http.get("/api", name="api")], parse=False)
    assert asked == ["/", "/api"]
    assert played.series("home", "page").failed == 1


def test_a_check_of_a_page_can_fail_it() -> None:
    async def journey(user: Any) -> None:
        page = await http.page("/", name="home")
        check("nowhere" in page.text, "has words")

    with Recorder(Site()) as target:
        played = play(journey, base_url=target.url)
    assert played.series("home", "page").failed == 1
    assert played.series("home").checks == {"has words": [0, 1]}


def test_nothing_is_fetched_for_a_page_that_fails() -> None:
    played, asked = visit(Site(missing=("/",)))
    assert asked == ["/"]
    assert played.series("home", "page").failed == 1


def test_a_browser_asks_once_for_what_stays_fresh() -> None:
    played, asked = visit(Site(FRESH), times=3)
    assert len(asked) == 3 + 2 * 1 + len(EMBEDDED)  # the page and its frame say nothing of how long they stay
    assert played.series("GET /logo.png").count == 1
    assert sum(one.get("cached", 0) for snapshot in played.snapshots for one in snapshot["series"]) == 2 * 7


def test_a_browser_asks_whether_what_it_has_is_still_the_same() -> None:
    played, asked = visit(Site(("ETag", '"1"'), ("Cache-Control", "no-cache")), times=2)
    assert asked.count("/deep.png") == 2
    assert dict(played.series("GET /deep.png").statuses) == {200: 1, 304: 1}


def test_a_browser_without_a_cache_asks_each_time() -> None:
    _, asked = visit(Site(FRESH), times=2, cache=False)
    assert asked.count("/logo.png") == 2


@pytest.mark.parametrize(("cookies", "times"), [("user", 1), ("iteration", 2)])
def test_a_cache_lives_as_long_as_the_cookies(cookies: str, times: int) -> None:
    _, asked = visit(Site(FRESH), settings={"cookies": cookies, "iterations": 2})
    assert asked.count("/logo.png") == times


def test_pages_of_users_do_not_mix() -> None:
    async def journey(user: Any) -> None:
        await http.page(f"/?{user.index}", name="home")
        await sleep(0.01)

    with Recorder(Site(FRESH)) as target:
        played = play(journey, base_url=target.url, phases=((3, 3, 20.0),))
        assert [request.target for request in target.requests].count("/logo.png") == 3
    assert played.series("home", "page").count == 3
