"""What the border promises to journeys, on the loop that says what is right."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from penstock.errors import RequestFailed
from penstock.script import User, check, fail, group, http, sleep
from penstock.script.operations import perform
from tests.engine.fake_http import Answer
from tests.engine.fake_loop import FakeLoop

Journey = Callable[[User], Any]
URL = "http://shop/items"


def play(
    *journeys: Journey,
    server: Callable[..., Answer] = lambda *_: Answer(),
    users: int = 1,
    iterations: int | None = 1,
    phases: tuple[tuple[float, float, float], ...] | None = None,
    pause_s: float = 0.0,
    grace_s: float = 30.0,
    **http_settings: Any,
) -> FakeLoop:
    plan = {
        "load": {
            "phases": [
                {"start": start, "end": end, "duration_s": duration}
                for start, end, duration in phases or ((users, users, 1000.0),)
            ],
            "iterations_per_user": iterations,
            "pause_s": pause_s,
            "grace_s": grace_s,
        },
        "journeys": [{"name": f"j{number}"} for number in range(len(journeys))],
        "http": http_settings,
    }
    return FakeLoop(plan, server).run(journeys)


def status(code: int) -> Callable[..., Answer]:
    return lambda *_: Answer(code)


def test_a_check_fails_the_pending_exchange_once() -> None:
    async def journey(user: User) -> None:
        await http.get(URL, name="list")
        check(True, "a")
        check(False, "b")
        check(False, "c")
        fail("d")
        await sleep(1)

    series = play(journey).series["request", "list"]
    assert (series.count, series.failed, dict(series.errors)) == (1, 1, {("check", "b"): 1})
    assert dict(series.checks) == {"a": [1, 0], "b": [0, 1], "c": [0, 1]}


def test_the_next_operation_settles_an_exchange() -> None:
    async def journey(user: User) -> None:
        await http.get(URL, name="list")
        await sleep(0)
        check(False, "late")

    loop = play(journey)
    assert loop.series["request", "list"].failed == 0
    iteration = loop.series["iteration", "j0"]
    assert dict(iteration.errors) == {("check", "late"): 1}
    assert dict(iteration.checks) == {"late": [0, 1]}
    assert loop.iterations["failed"] == 1


def test_an_exception_fails_the_iteration_with_its_line() -> None:
    async def journey(user: User) -> None:
        await http.get(URL)
        raise KeyError("id")

    loop = play(journey, iterations=3)
    line = journey.__code__.co_firstlineno + 2
    message = f"KeyError: 'id' (test_fake_loop.py:{line})"
    assert dict(loop.series["iteration", "j0"].errors) == {("script", message): 3}
    assert loop.series["request", "GET /items"].failed == 0


@pytest.mark.parametrize(
    ("awaited", "kind", "text"),
    [
        (lambda: asyncio.sleep(0), RuntimeError, "cannot be awaited here"),
        (lambda: perform((1, "2")), TypeError, "wrong types"),  # type: ignore[arg-type]
        (lambda: perform((0, 1, 2, 3, 4, 5, 6)), TypeError, "wrong types"),  # type: ignore[arg-type]
        (lambda: sleep(-1), ValueError, "cannot sleep"),
        (lambda: sleep(float("nan")), ValueError, "cannot sleep"),
    ],
)
def test_what_cannot_be_awaited_is_thrown_back_at_that_await(
    awaited: Callable[[], Any], kind: type[Exception], text: str
) -> None:
    caught: list[str] = []

    async def journey(user: User) -> None:
        try:
            await awaited()
        except kind as error:
            caught.append(str(error))
        await http.get(URL)

    loop = play(journey)
    assert len(caught) == 1
    assert text in caught[0]
    assert loop.series["request", "GET /items"].count == 1, "the journey goes on"


def test_a_failed_exchange_is_a_response() -> None:
    seen: list[Any] = []

    async def journey(user: User) -> None:
        response = await http.get(URL, timeout=0.5)
        seen.append((response.status, response.ok, response.error_kind, response.error))
        with pytest.raises(RequestFailed):
            response.json()

    loop = play(journey, server=lambda *_: Answer(elapsed_s=2.0))
    assert seen == [(0, False, "timeout", "no complete response within 0.5 s")]
    assert loop.now == 0.5


def test_a_status_outside_the_expected_ones_fails() -> None:
    async def journey(user: User) -> None:
        await http.get(URL)
        await http.get(URL, expect=503)
        await http.get(URL, expect="any")
        await http.get(URL, expect=[200, 201])

    series = play(journey, server=status(503)).series["request", "GET /items"]
    assert (series.count, series.failed, dict(series.statuses)) == (4, 2, {503: 4})
    assert dict(series.errors) == {("status", "HTTP status 503 - Service Unavailable"): 2}


def test_groups_know_whether_something_in_them_failed() -> None:
    async def journey(user: User) -> None:
        async with group("outer"):
            async with group("inner"):
                await http.get(URL)
            await http.get("http://shop/other")
            check(False, "wrong")

    series = play(journey).series
    assert [(series["group", name].count, series["group", name].failed) for name in ("outer", "inner")] == [
        (1, 1),
        (1, 0),
    ]


def redirecting(method: str, url: str, headers: dict[str, str], body: bytes) -> Answer:
    path = url.removeprefix("http://shop")
    targets = {
        "/1": (302, "/2"),
        "/2": (301, "http://shop/end"),
        "/away": (302, "http://else/end"),
        "/keep": (307, "/end"),
    }
    if path in targets:
        code, target = targets[path]
        return Answer(code, (("Location", target),))
    return Answer()


def test_redirects_are_followed() -> None:
    async def journey(user: User) -> None:
        response = await http.post("http://shop/1", body="x", headers={"Authorization": "a"})
        check(response.redirects == ("/2", "http://shop/end"), "targets")
        check(response.url == "http://shop/end", "last")
        await http.post("http://shop/keep", body="x")
        await http.get("http://shop/away", headers={"Authorization": "a"})
        await http.get("http://shop/1", redirects=1)
        await http.get("http://shop/1", redirects=0)

    loop = play(journey, server=redirecting)
    assert not loop.iterations["failed"], loop.series
    seen = [(method, url, body.decode(), "authorization" in headers) for method, url, headers, body in loop.requests]
    assert seen == [
        ("POST", "http://shop/1", "x", True),
        ("GET", "http://shop/2", "", True),
        ("GET", "http://shop/end", "", True),
        ("POST", "http://shop/keep", "x", False),
        ("POST", "http://shop/end", "x", False),
        ("GET", "http://shop/away", "", True),
        ("GET", "http://else/end", "", False),
        ("GET", "http://shop/1", "", False),
        ("GET", "http://shop/2", "", False),
        ("GET", "http://shop/1", "", False),
    ]
    assert loop.series["request", "POST /1"].count == 1, "one exchange, however many hops"


@pytest.mark.parametrize(
    ("cookies", "expected"),
    [
        ("off", [None, None, None, None]),
        ("iteration", [None, "sid=1", None, "sid=1"]),
        ("user", [None, "sid=1", "sid=1", "sid=1"]),
    ],
)
def test_cookies_live_as_long_as_they_should(cookies: str, expected: list[str | None]) -> None:
    async def journey(user: User) -> None:
        await http.get("http://shop/login")
        await http.get(URL)
        await http.get("http://else/")

    def server(_: str, url: str, *__: Any) -> Answer:
        return Answer(headers=(("Set-Cookie", "sid=1; Path=/"),) if url.endswith("login") else ())

    loop = play(journey, server=server, iterations=2, cookies=cookies)
    seen = [headers.get("cookie") for _, url, headers, _ in loop.requests if "shop" in url]
    assert seen == expected
    assert not any("cookie" in headers for _, url, headers, _ in loop.requests if "else" in url)


def test_own_headers_replace_those_of_the_engine() -> None:
    async def journey(user: User) -> None:
        await http.get(URL, headers={"USER-AGENT": "me", "Host": "other"})

    (request,) = play(journey, user_agent="p", accept_encoding="gzip").requests
    assert request[2] == {"host": "other", "user-agent": "me", "accept-encoding": "gzip"}


def test_urls_are_relative_to_the_base_and_can_be_retargeted() -> None:
    async def journey(user: User) -> None:
        await http.get("items?q=é x#part")

    assert play(journey, base_url="http://shop/api/").requests[0][1] == "http://shop/api/items?q=%C3%A9%20x"
    retargeted = play(journey, base_url="http://shop/api/", retarget="http://[::1]:8080")
    assert retargeted.requests[0][1] == "http://[::1]:8080/api/items?q=%C3%A9%20x"
    overridden = play(
        journey, base_url="http://shop/api/", retarget="http://b", target_overrides=[("http://shop", "http://a")]
    )
    assert overridden.requests[0][1] == "http://a/api/items?q=%C3%A9%20x"


def test_a_url_without_a_host_is_a_failed_exchange() -> None:
    async def journey(user: User) -> None:
        response = await http.get("/items")
        check(response.error_kind == "url", "kind")

    loop = play(journey)
    assert loop.series["request", "GET /items"].failed == 1
    assert not loop.requests


def test_a_journey_may_lengthen_the_pause_after_it() -> None:
    async def journey(user: User) -> float:
        await sleep(1)
        return 0.5

    loop = play(journey, iterations=3, pause_s=2)
    assert loop.now == 3 * 1 + 2 * 2.5


def test_users_come_and_go_with_the_load() -> None:
    active: list[tuple[float, int]] = []

    async def journey(user: User) -> None:
        active.append((loop.now, user.index))
        await sleep(1)

    plan = {
        "load": {
            "phases": [
                {"start": 0, "end": 4, "duration_s": 8},
                {"start": 4, "end": 4, "duration_s": 4},
                {"start": 2, "end": 2, "duration_s": 4},
            ]
        },
        "journeys": [{"name": "j"}],
    }
    loop = FakeLoop(plan, lambda *_: Answer())
    loop.run([journey])
    started = {index: min(at for at, who in active if who == index) for index in range(4)}
    assert started == pytest.approx({0: 0.0, 1: 2.0, 2: 4.0, 3: 6.0})
    last = {index: max(at for at, who in active if who == index) for index in range(4)}
    assert all(last[index] < 12.0 for index in (2, 3)), "those asked to leave finish and go"
    assert all(15.0 <= last[index] < 16.0 for index in (0, 1)), "nobody starts after the end"


def test_what_still_runs_after_the_grace_is_interrupted() -> None:
    async def journey(user: User) -> None:
        await sleep(100)

    loop = play(journey, phases=((1, 1, 5),), grace_s=10)
    assert loop.iterations == {"started": 1, "interrupted": 1}


def test_users_have_a_number_and_a_state() -> None:
    seen: list[tuple[int, int, int]] = []

    async def journey(user: User) -> None:
        user.state["n"] = user.state.get("n", 0) + 1
        seen.append((user.index, user.iteration, user.state["n"]))

    play(journey, users=2, iterations=2)
    assert sorted(seen) == [(0, 0, 1), (0, 1, 2), (1, 0, 1), (1, 1, 2)]
