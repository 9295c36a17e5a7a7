"""What a server sees of what a journey asks."""

from __future__ import annotations

from typing import Any

import pytest

from penstock.script import http
from tests.apps import Recorder
from tests.engine.native_run import ask, play


def seen(path: str = "/x", settings: dict[str, Any] | None = None, **options: Any) -> Any:
    """Return the one request that a server sees."""
    with Recorder() as target:
        ask(target.url + path, settings=settings, **options)
        (request,) = target.requests
    return request


def test_a_plain_request_has_the_engines_own_headers() -> None:
    with Recorder() as target:
        ask(target.url + "/x?a=1")
        (request,) = target.requests
        host = target.url.removeprefix("http://")
    assert (request.method, request.target, request.body) == ("GET", "/x?a=1", b"")
    assert request.headers == (
        ("Host", host),
        ("User-Agent", "penstock/test"),
        ("Accept-Encoding", "gzip, deflate, br"),
    )


@pytest.mark.parametrize(
    ("reason", "options", "headers"),
    [
        ("one of its own", {"headers": {"X-A": "1"}}, {"x-a": ["1"]}),
        ("given as pairs", {"headers": (("X-A", "1"), ("X-B", "2"))}, {"x-a": ["1"], "x-b": ["2"]}),
        ("twice: the last", {"headers": (("X-A", "1"), ("x-a", "2"))}, {"x-a": ["2"]}),
        (
            "in place of the engine's",
            {"headers": {"user-agent": "me", "HOST": "h"}},
            {"user-agent": ["me"], "host": ["h"]},
        ),
        ("in Latin-1", {"headers": {"X-A": "é"}}, {"x-a": ["é"]}),
        ("or else in UTF-8", {"headers": {"X-A": "é€"}}, {"x-a": ["é€".encode().decode("latin-1")]}),
        ("JSON", {"method": "POST", "json": {"a": 1}}, {"content-type": ["application/json"], "content-length": ["7"]}),
        ("an empty POST has a length", {"method": "POST"}, {"content-length": ["0"]}),
        ("an empty DELETE has none", {"method": "DELETE"}, {"content-length": []}),
    ],
)
def test_headers(reason: str, options: dict[str, Any], headers: dict[str, list[str]]) -> None:
    request = seen(**options)
    for name, values in headers.items():
        assert [value for key, value in request.headers if key.lower() == name] == values, reason


@pytest.mark.parametrize("body", ["text and é", b"\x00\xff bytes", "x" * 3_000_000])
def test_bodies_arrive_as_they_are(body: str | bytes) -> None:
    request = seen(method="PUT", body=body)
    assert request.body == (body.encode() if isinstance(body, str) else body)


def test_methods_go_out_as_they_are() -> None:
    assert seen(method="PROPFIND").method == "PROPFIND"


@pytest.mark.parametrize(
    ("path", "target"),
    [
        ("/a b/ü?q=é&r=%20#part", "/a%20b/%C3%BC?q=%C3%A9&r=%20"),
        ("/a/../b", "/b"),
        ("", "/"),
        ("?a=1", "/?a=1"),
        ("/%7Bx%7D", "/%7Bx%7D"),
    ],
)
def test_targets_are_encoded_where_they_must_be(path: str, target: str) -> None:
    assert seen(path).target == target


def test_user_info_becomes_credentials_unless_they_are_given() -> None:
    with Recorder() as target:
        url = target.url.replace("//", "//me:p%40ss@")
        ask(url)
        ask(url, headers={"authorization": "Bearer t"})
        first, second = target.requests
    assert first.header("authorization") == "Basic bWU6cEBzcw=="
    assert [value for name, value in second.headers if name.lower() == "authorization"] == ["Bearer t"]


def test_relative_urls_are_resolved_against_the_base_url() -> None:
    with Recorder() as target:
        ask("/items?a", settings={"base_url": target.url + "/app/"})
        ask("items", settings={"base_url": target.url + "/app/"})
        assert [request.target for request in target.requests] == ["/items?a", "/app/items"]


def test_a_retargeted_run_asks_another_host_and_says_so() -> None:
    with Recorder() as target:
        (response,) = ask("https://shop.test/x?a=1", settings={"retarget": target.url})
        (request,) = target.requests
        assert (response.status, response.url) == (200, target.url + "/x?a=1")
        assert request.header("host") == target.url.removeprefix("http://")


def test_a_series_without_a_name_is_called_by_method_and_path() -> None:
    with Recorder() as target:

        async def journey(user: object) -> None:
            await http.get(target.url + "/items/7?page=2")
            await http.post(target.url)
            await http.get(target.url + "/items/8", name="item")

        played = play(journey)
    assert played.names >= {("request", "GET /items/7"), ("request", "POST /"), ("request", "item")}


@pytest.mark.parametrize(
    ("reason", "url", "message"),
    [
        ("relative without a base", "/x", "a relative URL, and the run has no base URL"),
        ("no host", "http://", "no host in the URL"),
        ("another scheme", "ftp://a.test/x", 'unsupported scheme "ftp"; http and https are spoken'),
    ],
)
def test_a_url_that_cannot_be_asked_is_a_failed_response(reason: str, url: str, message: str) -> None:
    (response,) = ask(url)
    assert (response.status, response.ok, response.error_kind, response.error) == (0, False, "url", message), reason


def test_bytes_are_counted_as_they_go_over_the_wire() -> None:
    with Recorder(script=[b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nbody"]) as target:

        async def journey(user: object) -> None:
            await http.post(target.url, body="hello", name="x")

        series = play(journey).series("x")
        head = f"POST / HTTP/1.1\r\nHost: {target.url[7:]}\r\nUser-Agent: penstock/test\r\n"
    rest = "Accept-Encoding: gzip, deflate, br\r\nContent-Length: 5\r\n\r\nhello"
    assert (series.bytes_sent, series.bytes_received) == (len(head + rest), 42)
