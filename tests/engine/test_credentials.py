"""Who asks: Basic, Digest and Bearer, told at once or when the server wants to know."""

from __future__ import annotations

import pytest

from penstock.script import basic, bearer, digest, http
from tests.apps import Recorder
from tests.apps.authenticating import HASHES, Authenticating
from tests.apps.http import Answer
from tests.engine.native_run import ask, play

MUFASA = digest("Mufasa", "Circle of Life")


@pytest.mark.parametrize("algorithm", list(HASHES))
@pytest.mark.parametrize("quality", ["auth", "auth-int,auth", None])
def test_a_digest_is_answered_and_then_told_at_once(algorithm: str, quality: str | None) -> None:
    with Authenticating("Digest", algorithms=[algorithm], quality=quality) as server:
        responses = ask(server.url + "/dir?a=b,c", times=3, auth=MUFASA)
        assert [response.status for response in responses] == [200, 200, 200]
        assert server.statuses == [401, 200, 200, 200]
        assert server.counts == ([1, 2, 3] if quality else [])
        assert server.connections == 1


def test_it_counts_as_one_exchange() -> None:
    with Authenticating("Digest") as server:

        async def journey(user: object) -> None:
            assert (await http.post(server.url, body=b"x", name="x", auth=MUFASA)).ok

        series = play(journey, iterations=2).series("x")
    assert (series.count, series.failed, dict(series.statuses)) == (2, 0, {200: 2})
    assert series.histograms["wait"]["n"] == 2


def test_a_stale_nonce_is_replaced() -> None:
    with Authenticating("Digest", uses=2) as server:
        responses = ask(server.url, times=5, auth=MUFASA)
        assert [response.status for response in responses] == [200] * 5
        assert server.statuses.count(401) == 3  # one to begin with, one each two requests


def test_the_strongest_of_several_is_taken() -> None:
    with Authenticating("Basic", "Digest", algorithms=["MD5", "SHA-256"]) as server:
        (response,) = ask(server.url, auth=("Mufasa", "Circle of Life"))
        assert response.ok
        assert server.counts == [1]


def test_what_the_server_asks_for_is_told() -> None:
    with Authenticating("Basic") as server:
        responses = ask(server.url, times=2, auth=("Mufasa", "Circle of Life"))
        assert [response.status for response in responses] == [200, 200]
        assert server.statuses == [401, 200, 200]
        (at_once,) = ask(server.url, auth=basic("Mufasa", "Circle of Life"))
        assert at_once.ok
        assert server.statuses[3:] == [200]


@pytest.mark.parametrize("schemes", [("Basic",), ("Digest",)])
def test_a_wrong_password_is_a_401_and_no_loop(schemes: tuple[str, ...]) -> None:
    with Authenticating(*schemes) as server:
        (response,) = ask(server.url, auth=("Mufasa", "wrong"))
        assert server.statuses == [401, 401]
    assert (response.status, response.error_kind) == (401, "status")


@pytest.mark.parametrize("scheme", ["NTLM", "Negotiate"])
def test_what_is_not_spoken_is_said(scheme: str) -> None:
    with Authenticating(scheme) as server:
        (response,) = ask(server.url, auth=("a", "b"))
        (expected,) = ask(server.url, auth=("a", "b"), expect=401)
        (anonymous,) = ask(server.url)
    told = f"the server asks for credentials by {scheme}, Digest and Basic are spoken"
    assert (response.status, response.error_kind, response.error) == (401, "auth", told)
    assert expected.ok
    assert anonymous.error_kind == "status"


def test_a_password_is_not_told_by_basic_where_a_digest_was_wanted() -> None:
    with Authenticating("Basic") as server:
        (response,) = ask(server.url, auth=MUFASA)
        assert server.statuses == [401]
    assert response.error == "the server asks for credentials by Basic, Digest was to be spoken"


def test_a_token_is_told_at_once() -> None:
    with Recorder() as target:
        ask(target.url, auth=bearer("abc.def"))
        ask(target.url, auth=bearer("abc.def"), headers={"authorization": "own"})
        assert [request.header("authorization") for request in target.requests] == ["Bearer abc.def", "own"]


def test_a_redirect_takes_them_no_further_than_their_server() -> None:
    with Authenticating("Digest") as other:
        moved = Answer(302, (("Location", other.url + "/"),))
        with Recorder(script=[moved]) as target:
            (response,) = ask(target.url, auth=MUFASA)
        assert (response.status, other.statuses) == (401, [401])


def test_users_are_challenged_each_for_themselves() -> None:
    with Authenticating("Digest") as server:

        async def journey(user: object) -> None:
            assert (await http.get(server.url, auth=MUFASA)).ok

        play(journey, phases=((3, 3, 20.0),), iterations=2)
        assert (server.statuses.count(401), server.statuses.count(200)) == (3, 6)
