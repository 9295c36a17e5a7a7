"""Requests through proxies: by absolute URL and by tunnel, for a run, a request, a user."""

from __future__ import annotations

from typing import Any

import pytest

from penstock.script import http
from tests.apps import Authority, Recorder
from tests.apps.proxy import Proxy
from tests.engine.native_run import ask, play


def through(url: str, *no_proxy: str) -> dict[str, Any]:
    return {"proxy": {"http": url, "https": url, "no_proxy": list(no_proxy)}}


def test_plain_requests_are_passed_on_by_their_url() -> None:
    with Recorder() as target, Proxy() as proxy:
        responses = ask(target.url + "/a?b=1", times=2, settings=through(proxy.url))
        assert [response.status for response in responses] == [200, 200]
        assert proxy.asked == [f"GET {target.url}/a?b=1"] * 2
        assert proxy.connections == 1
        assert [request.path for request in target.requests] == ["/a", "/a"]
        assert target.requests[0].header("via") == "1.1 test"
        assert responses[0].url == f"{target.url}/a?b=1"


def test_secure_requests_go_through_a_tunnel() -> None:
    authority = Authority()
    with Recorder(context=authority.context(), host="localhost") as target, Proxy() as proxy:
        settings = {**through(proxy.url), "verify_tls": False}
        responses = ask(target.url + "/a", times=2, settings=settings)
        assert [response.status for response in responses] == [200, 200]
        assert proxy.asked == [f"CONNECT localhost:{target.port}"]


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_credentials_of_the_url_open_the_proxy_and_go_no_further(scheme: str) -> None:
    context = Authority().context() if scheme == "https" else None
    with Recorder(context=context, host="localhost") as target, Proxy("ann", "p:w é") as proxy:
        url = proxy.url.replace("://", "://ann:p%3Aw%20%C3%A9@")
        (response,) = ask(target.url, settings={**through(url), "verify_tls": False})
        assert response.status == 200
        assert target.requests[0].header("proxy-authorization") is None
        (refused,) = ask(target.url, settings={**through(proxy.url), "verify_tls": False})
        name = f"127.0.0.1:{proxy.port}"
    if scheme == "https":
        told = f"the proxy refused the tunnel: 407 Proxy Authentication Required ({name})"
        assert (refused.error_kind, refused.error) == ("proxy", told)
    else:
        assert refused.status == 407


def test_a_tunnel_that_is_refused_is_told() -> None:
    with Proxy(refuses=403) as proxy:
        (response,) = ask("https://localhost:1/", settings={**through(proxy.url), "verify_tls": False})
        assert response.error_kind == "proxy"
        assert response.error == f"the proxy refused the tunnel: 403 Forbidden (127.0.0.1:{proxy.port})"


def test_a_proxy_that_is_not_there_is_a_failure_to_connect() -> None:
    (response,) = ask("http://localhost:1/", settings=through("http://127.0.0.1:9"))
    assert (response.error_kind, response.error) == ("connect", "connection refused (127.0.0.1:9)")


@pytest.mark.parametrize(
    ("reason", "entry", "is_direct"),
    [
        ("the name", "localhost", True),
        ("another name", "example.com", False),
        ("a name that only ends so", "host", False),
        ("names without a dot", "<local>", True),
        ("all", "*", True),
        ("another port", "localhost:1", False),
    ],
)
def test_hosts_are_asked_directly_by_wish(reason: str, entry: str, is_direct: bool) -> None:
    with Recorder() as target, Proxy() as proxy:
        url = f"http://localhost:{target.port}/"
        (response,) = ask(url, settings=through(proxy.url, entry))
        assert (response.status, proxy.asked == []) == (200, is_direct), reason


def test_networks_are_asked_directly_by_wish() -> None:
    with Recorder() as target, Proxy() as proxy:
        (response,) = ask(target.url, settings=through(proxy.url, "127.0.0.0/8"))
        assert (response.status, proxy.asked) == (200, [])


def test_each_user_may_have_a_proxy_of_its_own() -> None:
    with Recorder() as target, Proxy() as first, Proxy() as second:
        proxies = [first.url, second.url, ""]

        async def journey(user: Any) -> None:
            for _ in range(2):
                assert (await http.get(target.url, proxy=proxies[user.index])).ok

        played = play(journey, phases=((3, 3, 20.0),), **through("http://127.0.0.1:9"))
        assert (len(first.asked), len(second.asked), target.connections) == (2, 2, 5)
    assert played.iterations == {"started": 3, "finished": 3}


def test_a_proxy_that_is_none_fails_the_exchange() -> None:
    (response,) = ask("http://localhost:1/", proxy="socks5://localhost:1")
    assert (response.error_kind, response.error) == (
        "proxy",
        "a proxy is asked by http://host:port, not by socks5://",
    )


def test_a_sample_shows_the_url_of_the_server() -> None:
    with Recorder() as target, Proxy("ann", "x") as proxy:

        async def journey(user: object) -> None:
            await http.get(target.url + "/a")

        (sample,) = play(journey, **through(proxy.url)).samples
        assert sample["request"]["url"] == f"{target.url}/a"
    assert sample["response"]["status"] == 407
