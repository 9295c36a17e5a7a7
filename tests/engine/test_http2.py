"""HTTP/2 against nginx: by ALPN and by prior knowledge, with all that HTTP/1.1 does."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from penstock.script import http, sleep
from tests.apps import Authority, Recorder
from tests.apps.nginx import Nginx, is_installed
from tests.engine.native_run import ask, play

BIG = os.urandom(3_000_000)
KNOWN = {"http_version": "2-prior-knowledge"}
SECURE = {"verify_tls": False}

if not is_installed() and not os.environ.get("CI"):
    pytest.skip("nginx is not installed; install nginx-light", allow_module_level=True)


@pytest.fixture(scope="module")
def server() -> Iterator[Nginx]:
    with Nginx({"item": b"x" * 100, "big": BIG}) as nginx:
        yield nginx


def test_a_server_that_offers_it_is_spoken_to_by_it(server: Nginx) -> None:
    first, second = ask(server.secure_url + "/protocol", times=2, settings=SECURE)
    assert (first.status, first.text, second.text) == (200, "HTTP/2.0", "HTTP/2.0")
    assert first.headers["content-length"] == "8"


@pytest.mark.parametrize(
    ("version", "scheme", "protocol"),
    [
        ("auto", "https", "HTTP/2.0"),
        ("2", "https", "HTTP/2.0"),
        ("1.1", "https", "HTTP/1.1"),
        ("1.0", "https", "HTTP/1.0"),
        ("2-prior-knowledge", "https", "HTTP/2.0"),
        ("2-prior-knowledge", "http", "HTTP/2.0"),
    ],
)
def test_each_version_is_spoken_when_it_is_asked_for(server: Nginx, version: str, scheme: str, protocol: str) -> None:
    url = server.secure_url if scheme == "https" else server.plain_url
    (of_the_run,) = ask(f"{url}/protocol", settings={**SECURE, "http_version": version})
    (of_the_request,) = ask(f"{url}/protocol", http_version=version, settings=SECURE)
    assert (of_the_run.text, of_the_request.text) == (protocol, protocol)


def test_a_server_without_it_fails_who_insists_and_no_other() -> None:
    with Recorder(context=Authority().context(), host="localhost") as target:
        (usual,) = ask(target.url, settings=SECURE)
        (insisting,) = ask(target.url, settings={**SECURE, "http_version": "2"})
        assert usual.ok
        assert insisting.error_kind in ("protocol", "tls")
        assert "HTTP" in insisting.error
    with Recorder() as plain:
        (response,) = ask(plain.url, settings={"http_version": "2"})
        assert (response.error_kind, response.error) == (
            "protocol",
            f"the server does not speak HTTP/2 (127.0.0.1:{plain.port})",
        )
        (response,) = ask(plain.url, settings=KNOWN)
        assert response.error_kind == "protocol"


def test_bodies_of_any_size_go_both_ways(server: Nginx) -> None:
    (big,) = ask(server.plain_url + "/big", settings={**KNOWN, "max_body_bytes": 10_000_000})
    assert big.body == BIG
    (read,) = ask(server.plain_url + "/read", method="POST", body=BIG, settings=KNOWN)
    assert read.body == b"x" * 100
    request, _, length = server.logged("POST /read HTTP/2").rpartition(" ")
    assert request == "POST /read HTTP/2.0"
    assert int(length) > len(BIG)
    (empty,) = ask(server.plain_url + "/read", method="POST", body=b"", settings=KNOWN)
    assert empty.status == 200


def test_a_body_that_is_too_long_is_cut(server: Nginx) -> None:
    (response,) = ask(server.plain_url + "/big", settings={**KNOWN, "max_body_bytes": 1000})
    assert (response.error_kind, response.error) == ("body", "response body longer than 1000 bytes")


def test_a_body_that_is_discarded_may_be_longer_than_any_that_is_kept(server: Nginx) -> None:
    settings = {**KNOWN, "max_body_bytes": 1000}
    first, second = ask(server.plain_url + "/big", times=2, discard=True, settings=settings)
    assert (first.status, first.body, first.error) == (200, b"", None)
    assert second.ok


def test_redirects_and_cookies_are_as_ever(server: Nginx) -> None:
    (moved,) = ask(server.plain_url + "/moved", settings=KNOWN)
    assert (moved.text, len(moved.redirects)) == ("HTTP/2.0", 1)
    first, second = ask(server.plain_url + "/cookie", times=2, settings=KNOWN)
    assert (first.text, second.text) == ("", "a=1")


def test_no_request_is_taken_for_the_one_before_it(server: Nginx) -> None:
    asked = [("/cookie", "x=1"), ("/cookie", "x=2"), ("/protocol", "x=2"), ("/cookie", "x=2"), ("/cookie", "x=1")]
    said = []

    async def journey(user: object) -> None:
        for path, cookie in asked:
            said.append((await http.get(server.plain_url + path, headers={"Cookie": cookie})).text)

    play(journey, **KNOWN, cookies="off")
    assert said == ["x=1", "x=2", "HTTP/2.0", "x=2", "x=1"]


def test_a_head_has_no_body(server: Nginx) -> None:
    (response,) = ask(server.plain_url + "/item", method="HEAD", settings=KNOWN)
    assert (response.status, response.body, response.headers["content-length"]) == (200, b"", "100")


def test_users_have_connections_of_their_own_and_keep_them(server: Nginx) -> None:
    async def journey(user: object) -> None:
        for _ in range(5):
            assert (await http.get(server.plain_url + "/item", name="item")).ok

    played = play(journey, phases=((3, 3, 20.0),), iterations=2, **KNOWN)
    series = played.series("item")
    assert (series.count, series.failed, series.histograms["connect"]["n"]) == (30, 0, 3)
    assert series.histograms["wait"]["n"] == 30
    assert series.bytes_received > 30 * 100
    assert series.bytes_sent > 0


def test_connections_that_an_iteration_leaves_are_closed(server: Nginx) -> None:
    counts: list[int] = []

    async def journey(user: object) -> None:
        assert (await http.get(server.plain_url + "/item", name="item")).ok
        await sleep(0.005)
        counts.append(len(list(Path("/proc/self/fd").iterdir())))

    series = play(journey, iterations=20, **KNOWN, connections="iteration").series("item")
    assert series.histograms["connect"]["n"] == 20
    assert max(counts[5:]) <= max(counts[:5]) + 1


def test_a_connection_that_the_server_ends_is_replaced() -> None:
    with Nginx({"item": b"x"}, requests_a_connection=4) as server:

        async def journey(user: object) -> None:
            for _ in range(20):
                assert (await http.get(server.plain_url + "/item", name="item")).ok

        series = play(journey, **KNOWN).series("item")
    assert (series.count, series.failed) == (20, 0)
    assert series.histograms["connect"]["n"] >= 4


def test_a_timeout_ends_the_stream_and_not_the_connection(server: Nginx) -> None:
    async def journey(user: object) -> None:
        assert (await http.get(server.plain_url + "/item")).ok
        cut = await http.get(server.plain_url + "/big", timeout=0.0001, name="cut")
        assert cut.error_kind in ("timeout", None)
        assert (await http.get(server.plain_url + "/item")).ok

    played = play(journey, **KNOWN, max_body_bytes=10_000_000)
    assert played.series("GET /item").histograms["connect"]["n"] == 1


def test_a_sample_shows_what_was_asked(server: Nginx) -> None:
    async def journey(user: object) -> None:
        await http.get(server.plain_url + "/nowhere?a=1", headers={"X-One": "1"})

    (sample,) = play(journey, **KNOWN).samples
    assert sample["request"]["url"] == f"{server.plain_url}/nowhere?a=1"
    assert ["X-One", "1"] in sample["request"]["headers"]
    assert sample["response"]["status"] == 404
