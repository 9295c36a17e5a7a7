"""Cookies live as long as the plan says, and go where RFC 6265 lets them."""

from __future__ import annotations

import pytest

from penstock.script import http
from tests.apps import Answer, Recorder, Request
from tests.engine.native_run import play


def counting(request: Request) -> Answer:
    """Set a cookie once, and a deeper one."""
    if request.header("cookie"):
        return Answer()
    return Answer(200, (("Set-Cookie", "sid=1; Path=/; HttpOnly"), ("Set-Cookie", "deep=2; Path=/deep; Max-Age=60")))


@pytest.mark.parametrize(
    ("mode", "cookies"),
    [
        ("off", [None, None, None, None]),
        ("iteration", [None, "sid=1", None, "sid=1"]),
        ("user", [None, "sid=1", "sid=1", "sid=1"]),
    ],
)
def test_how_long_cookies_live_is_the_plans_to_say(mode: str, cookies: list[str | None]) -> None:
    with Recorder(script=counting) as target:

        async def journey(user: object) -> None:
            await http.get(target.url)
            await http.get(target.url)

        play(journey, iterations=2, cookies=mode)
        assert [request.header("cookie") for request in target.requests] == cookies


def test_users_do_not_share_cookies() -> None:
    with Recorder(script=counting) as target:

        async def journey(user: object) -> None:
            await http.get(target.url)

        play(journey, phases=((2, 2, 20.0),))
        assert [request.header("cookie") for request in target.requests] == [None, None]


def test_cookies_of_the_user_and_of_the_jar_go_together() -> None:
    with Recorder(script=counting) as target:

        async def journey(user: object) -> None:
            await http.get(target.url + "/deep/x")
            await http.get(target.url + "/deep/y")
            await http.get(target.url + "/deep/y", headers={"Cookie": "mine=3; deep=own"})

        play(journey)
        assert [request.header("cookie") for request in target.requests] == [
            None,
            "deep=2; sid=1",
            "mine=3; deep=own; sid=1",
        ]


def test_a_cookie_can_be_taken_back() -> None:
    def answer(request: Request) -> Answer:
        values = {"/set": "a=1", "/unset": "a=; Expires=Thu, 01 Jan 1970 00:00:00 GMT"}
        value = values.get(request.target)
        return Answer(200, (("Set-Cookie", value),) if value else ())

    with Recorder(script=answer) as target:

        async def journey(user: object) -> None:
            for path in ("/set", "/x", "/unset", "/x"):
                await http.get(target.url + path)

        play(journey)
        assert [request.header("cookie") for request in target.requests] == [None, "a=1", "a=1", None]


def test_a_secure_site_that_is_retargeted_keeps_its_session() -> None:
    def answer(request: Request) -> Answer:
        return Answer(200, (("Set-Cookie", "sid=1; Domain=shop.test; Secure"),))

    with Recorder(script=answer) as target:

        async def journey(user: object) -> None:
            await http.get("https://www.shop.test/a")
            await http.get("https://www.shop.test/b")

        play(journey, retarget=target.url)
        assert [request.header("cookie") for request in target.requests] == [None, "sid=1"]
