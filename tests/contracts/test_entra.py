"""Application Insights by an application of Microsoft Entra: id and secret become tokens, used while they last."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs

import pytest

from penstock.apm.sources import ApplicationSource
from penstock.errors import InvalidInput
from penstock.ports.counters import Taken
from penstock.services.applications import described
from tests.apps import Answer, Recorder
from tests.apps.entra import CLIENT, SECRET, TENANT, Entra
from tests.apps.insights import APP, Insights


@pytest.fixture
def authority() -> Iterator[Entra]:
    with Entra() as started:
        yield started


@pytest.fixture
def cloud(authority: Entra) -> Iterator[Insights]:
    with Insights() as started:
        started.tokens = authority.tokens
        started.metrics["requests/duration", "avg"] = {"": lambda _: 6.0}
        yield started


def application(cloud: Insights, authority: str, /, **more: Any) -> dict[str, Any]:
    counters = {name: {"query": "requests/duration", "aggregation": "avg"} for name in ("a", "b", "c")}
    signing_in = {"tenant": TENANT, "client_id": CLIENT, "client_secret": SECRET, "authority": authority}
    where = {"name": "shop", "kind": "application-insights", "url": cloud.url, "app": APP, "counters": counters}
    return {**where, **signing_in, **more}


def read(given: dict[str, Any], times: int = 1) -> list[Taken]:
    source = ApplicationSource(*described(given, "here"))

    async def all_times() -> list[Taken]:
        try:
            return [await source.read() for _ in range(times)]
        finally:
            await source.close()

    return asyncio.run(all_times())


def test_one_token_serves_all_counters_as_long_as_it_lasts(cloud: Insights, authority: Entra) -> None:
    first, _ = read(application(cloud, authority.url), times=2)
    assert first == Taken({"shop/a": 6.0, "shop/b": 6.0, "shop/c": 6.0})
    assert authority.tokens == ["token-0"]
    assert {one.header("authorization") for one in cloud.requests} == {"Bearer token-0"}
    assert parse_qs(authority.requests[0].body.decode())["scope"] == [f"{cloud.url}/.default"]
    assert SECRET not in "".join(one.target for one in (*cloud.requests, *authority.requests))


def test_a_token_that_is_almost_over_is_not_used_again(cloud: Insights, authority: Entra) -> None:
    authority.lasts_s = 60
    given = application(cloud, authority.url, counters={"a": "requests/duration"})
    assert read(given, times=2)[0].values == {"shop/a": 6.0}
    assert authority.tokens == ["token-0", "token-1"]


def test_a_token_that_was_revoked_is_replaced(cloud: Insights, authority: Entra) -> None:
    cloud.tokens = ["token-1"]
    given = application(cloud, authority.url, counters={"a": "requests/duration"})
    assert read(given) == [Taken({"shop/a": 6.0})]
    cloud.tokens = []
    (refused,) = read(given)
    assert refused.problems[""].startswith(f"{cloud.url} refuses the credentials (403)")


@pytest.mark.parametrize(
    ("more", "says"),
    [
        ({"client_secret": "wrong"}, "refuses the credentials (401): AADSTS7000215: Invalid client secret provided."),
        ({"tenant": "other.example"}, "sign-in is refused: AADSTS90002: Tenant 'x' not found. Check to make sure."),
        ({"scope": "read"}, "sign-in is refused: AADSTS70011: The provided value for 'scope' is not valid."),
        ({"client_secret": ""}, "has a client_id and no client_secret: give it"),
        ({"authority": "http://127.0.0.1:9"}, "http://127.0.0.1:9 does not answer"),
    ],
)
def test_what_the_sign_in_says_is_told_without_the_secret(
    cloud: Insights, authority: Entra, more: dict[str, str], says: str
) -> None:
    (taken,) = read(application(cloud, authority.url, **more))
    assert says in taken.problems[""]
    assert not taken.values
    assert SECRET not in str(taken)
    assert not cloud.requests, "nothing is asked without a token"


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        ({"access_token": "t"}, None),
        ({"hello": "world"}, "is not that of Microsoft Entra: is the authority right?"),
        ([], "is not that of Microsoft Entra"),
        ({"access_token": 5, "expires_in": 60}, "is not that of Microsoft Entra"),
        ({"access_token": "ü", "expires_in": 60}, "is not that of Microsoft Entra"),
    ],
)
def test_any_answer_to_a_sign_in_is_borne(cloud: Insights, answer: Any, says: str | None) -> None:
    cloud.tokens = ["t"]
    with Recorder(lambda _request: Answer.json(answer)) as odd:
        (taken,) = read(application(cloud, odd.url, counters={"a": "requests/duration"}))
    if says is None:
        assert taken.values == {"shop/a": 6.0}
    else:
        assert says in taken.problems[""]


@pytest.mark.parametrize("status", [401, 400])
def test_an_authority_that_echoes_the_secret_is_not_quoted(cloud: Insights, status: int) -> None:
    said = {"error": "invalid_client", "error_description": f"not {SECRET}"}
    with Recorder(lambda _request: Answer.json(said, status)) as odd:
        (taken,) = read(application(cloud, odd.url))
    assert "not (hidden)" in taken.problems[""]
    assert SECRET not in str(taken)


@pytest.mark.parametrize(
    ("more", "says"),
    [
        ({"tenant": ""}, "tenant, client_id and client_secret are needed together"),
        ({"client_id": ""}, "tenant, client_id and client_secret are needed together"),
        ({"api_key": "k"}, "give either client_id and client_secret, or api_key"),
        ({"kind": "prometheus"}, "are for application-insights"),
        ({"tenant": "a/b"}, "tenant"),
        ({"authority": "login.microsoftonline.com"}, "authority"),
    ],
)
def test_ways_to_sign_in_that_do_not_go_together_are_refused(
    cloud: Insights, authority: Entra, more: dict[str, str], says: str
) -> None:
    with pytest.raises(InvalidInput, match=says):
        described(application(cloud, authority.url, **more), "here")
