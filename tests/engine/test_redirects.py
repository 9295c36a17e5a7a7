"""Redirects are followed as browsers do, up to a limit."""

from __future__ import annotations

import time

import pytest

from penstock.script import http
from tests.apps import Answer, Recorder, Redirects, Request
from tests.engine.native_run import ask, play


@pytest.mark.parametrize("absolute", ["", "&absolute=1"])
def test_a_chain_of_redirects_is_one_exchange(absolute: str) -> None:
    with Redirects() as target:

        async def journey(user: object) -> None:
            response = await http.get(f"{target.url}/3?status=302{absolute}", name="x")
            rest = f"?status=302{absolute}"
            base = target.url if absolute else ""
            assert response.redirects == tuple(f"{base}/{left}{rest}" for left in (2, 1, 0))
            assert (response.status, response.url) == (200, f"{target.url}/0{rest}")

        played = play(journey)
        assert target.connections == 1
        assert len(target.requests) == 4
    series = played.series("x")
    assert (series.count, series.failed, dict(series.statuses)) == (1, 0, {200: 1})
    assert played.series("main", "iteration").errors == {}


@pytest.mark.parametrize(
    ("method", "status", "asked", "body"),
    [
        ("POST", 301, "GET", ""),
        ("POST", 302, "GET", ""),
        ("PUT", 303, "GET", ""),
        ("GET", 302, "GET", ""),
        ("POST", 307, "POST", "data"),
        ("PUT", 308, "PUT", "data"),
    ],
)
def test_the_method_follows_by_the_status(method: str, status: int, asked: str, body: str) -> None:
    with Redirects() as target:
        given = None if method == "GET" else "data"
        (response,) = ask(f"{target.url}/1?status={status}", method=method, body=given)
        last = target.requests[-1]
    assert response.json() == {"method": asked, "body": body}
    assert (last.header("content-length") is None) == (asked == "GET")


def test_head_stays_head() -> None:
    with Redirects() as target:
        ask(f"{target.url}/1?status=303", method="HEAD")
        assert [request.method for request in target.requests] == ["HEAD", "HEAD"]


@pytest.mark.parametrize(("limit", "hops"), [(0, 0), (2, 2)])
def test_at_the_limit_the_redirect_is_the_response(limit: int, hops: int) -> None:
    with Redirects() as target:
        (response,) = ask(f"{target.url}/loop", redirects=limit)
        assert len(target.requests) == hops + 1
        assert (response.status, response.ok, response.headers["location"]) == (302, True, "/loop")
        assert response.redirects == ("/loop",) * hops
        (by_plan,) = ask(f"{target.url}/loop", settings={"max_redirects": 1})
    assert len(by_plan.redirects) == 1


def test_a_redirect_to_nowhere_is_the_response() -> None:
    with Redirects() as target:
        (response,) = ask(target.url + "/nowhere")
    assert (response.status, response.redirects) == (302, ())


@pytest.mark.parametrize(
    ("reason", "lines", "followed"),
    [
        ("an empty one", ("",), ()),
        ("the same twice", ("/0", "/0"), ("/0",)),
        ("two", ("/0", "/1"), ("/0",)),
        ("one behind an empty one", ("", "/0"), ("/0",)),
        ("one over two lines", ("/0?a\r\n =b",), ("/0?a =b",)),
        ("one with a fragment", ("/0#here",), ("/0#here",)),
    ],
)
def test_the_first_location_that_says_something_is_followed(
    reason: str, lines: tuple[str, ...], followed: tuple[str, ...]
) -> None:
    def script(request: Request) -> Answer:
        return Answer(200) if request.path == "/0" else Answer(302, tuple(("Location", line) for line in lines))

    with Recorder(script) as target:
        (response,) = ask(target.url)
        asked = [request.target for request in target.requests]
    assert response.redirects == followed, reason
    assert asked == ["/", *(place.partition("#")[0].replace(" ", "%20") for place in followed)], reason


def test_a_redirect_to_no_url_is_a_failure() -> None:
    with Redirects() as target:
        (response,) = ask(target.url + "/away?to=ftp://a.test/")
    assert (response.status, response.error_kind) == (0, "url")
    assert response.error == 'redirect to no usable URL: unsupported scheme "ftp"; http and https are spoken'


SECRETS = {"Authorization": "Bearer t", "Cookie": "a=1", "X-Mine": "1"}


def test_secrets_do_not_go_to_another_host() -> None:
    with Recorder() as other, Redirects() as target:
        (response,) = ask(f"{target.url}/away?to={other.url}/x", headers=SECRETS)
        (first,), (last,) = target.requests, other.requests
    assert response.status == 200
    assert (first.header("authorization"), first.header("cookie")) == ("Bearer t", "a=1")
    assert (last.header("authorization"), last.header("cookie"), last.header("x-mine")) == (None, None, "1")


def test_secrets_stay_on_the_same_host() -> None:
    with Redirects() as target:
        ask(f"{target.url}/1", headers=SECRETS)
        last = target.requests[-1]
    assert (last.header("authorization"), last.header("cookie")) == ("Bearer t", "a=1")


def test_redirects_of_a_retargeted_run_stay_at_the_target() -> None:
    def answer(request: Request) -> Answer:
        if request.target == "/x":
            return Answer(302, (("Location", "https://shop.test/y"),))
        return Answer(200)

    with Recorder(script=answer) as target:
        (response,) = ask("https://shop.test/x", settings={"retarget": target.url})
        assert [request.target for request in target.requests] == ["/x", "/y"]
        assert response.url == target.url + "/y"


def test_a_redirect_to_an_origin_that_goes_elsewhere_goes_there() -> None:
    def answer(request: Request) -> Answer:
        if request.target == "/x":
            return Answer(302, (("Location", "https://login.test/y"),))
        return Answer(200)

    with Recorder(script=answer) as target, Recorder() as login:
        overrides = [["https://shop.test", target.url], ["https://login.test", login.url]]
        (response,) = ask("https://shop.test/x", settings={"target_overrides": overrides})
        assert [request.target for request in (*target.requests, *login.requests)] == ["/x", "/y"]
        assert response.url == login.url + "/y"


def test_cookies_that_a_redirect_sets_are_sent_on() -> None:
    def answer(request: Request) -> Answer:
        if request.target == "/login":
            return Answer(303, (("Location", "/home"), ("Set-Cookie", "sid=7; Path=/")))
        return Answer(200)

    with Recorder(script=answer) as target:
        ask(target.url + "/login", method="POST")
        assert target.requests[-1].header("cookie") == "sid=7"


def test_an_exchange_takes_as_long_as_all_its_hops() -> None:
    def answer(request: Request) -> Answer:
        time.sleep(0.02)
        return Answer(200 if request.target == "/4" else 302, (("Location", f"/{len(target.requests)}"),))

    with Recorder(script=answer) as target:
        (response,) = ask(target.url)
        assert len(target.requests) == 5
    assert 0.1 <= response.elapsed_s < 3
