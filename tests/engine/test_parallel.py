"""Requests of one user that are under way at the same time."""

from __future__ import annotations

import threading
import time
from typing import Any

import pytest

from penstock.script import check, http, sleep
from tests.apps import Recorder
from tests.apps.http import Answer, Request
from tests.apps.server import Connection, Server
from tests.engine.native_run import play, stop_after


class Crowd(Server):
    """Answers after a delay and notes how many requests were open at most."""

    def __init__(self, delay_s: float = 0.05) -> None:
        super().__init__(self._answer)
        self._delay_s = delay_s
        self._counting = threading.Lock()
        self._now = self.most = 0
        self.cookies: list[str | None] = []

    def _answer(self, connection: Connection) -> None:
        while request := connection.receive():
            with self._counting:
                self._now += 1
                self.most = max(self.most, self._now)
                self.cookies.append(request.header("cookie"))
            connection.sleep(self._delay_s)
            with self._counting:
                self._now -= 1
            connection.send(self._reply(request).encode(request.method))

    def _reply(self, request: Request) -> Answer:
        number = request.target.removeprefix("/")
        return Answer(200, (("Set-Cookie", f"c{number}={number}; Path=/"),), f"{number}".encode())


@pytest.mark.parametrize(
    ("reason", "asked", "limit", "most"),
    [
        ("as browsers do", 20, None, 6),
        ("as many as is said", 10, 3, 3),
        ("one at a time", 4, 1, 1),
        ("all at once", 12, 100, 12),
    ],
)
def test_only_so_many_are_under_way_to_one_host(reason: str, asked: int, limit: int | None, most: int) -> None:
    bodies: list[str] = []

    async def journey(user: Any) -> None:
        responses = await http.parallel(
            [http.get(f"/{number}", name="each") for number in range(asked)], connections_per_host=limit
        )
        bodies.extend(response.text for response in responses)

    with Crowd() as target:
        played = play(journey, base_url=target.url)
        assert (target.most, target.connections) == (most, most)
    assert bodies == [str(number) for number in range(asked)]
    assert played.series("each").count == asked
    assert played.iterations == {"started": 1, "finished": 1}


def test_hosts_have_their_limits_for_themselves() -> None:
    async def journey(user: Any) -> None:
        began = time.monotonic()
        await http.parallel(
            [http.get(f"{url}/{n}", name=name) for n in range(2) for url, name in ((one.url, "one"), (two.url, "two"))],
            connections_per_host=1,
        )
        check(time.monotonic() - began < 1.9, "the hosts answer side by side")

    with Crowd(0.5) as one, Crowd(0.5) as two:
        played = play(journey)
        assert (one.most, two.most) == (1, 1)
    assert played.series("two").checks == {"the hosts answer side by side": [1, 0]}


def test_waiting_for_a_connection_is_in_the_response_latency_alone() -> None:
    async def journey(user: Any) -> None:
        await http.parallel([http.get("/0", name="first"), http.get("/1", name="second")], connections_per_host=1)

    with Crowd(0.2) as target:
        played = play(journey, base_url=target.url)
    second = played.series("second")
    assert second.mean_s("response") - second.mean_s("service") > 0.19, "the first was under way"


def test_all_share_the_cookies_of_the_user() -> None:
    async def journey(user: Any) -> None:
        await http.parallel([http.get("/1"), http.get("/2")])
        await http.get("/3")

    with Crowd(0.01) as target:
        play(journey, base_url=target.url)
        assert set((target.cookies[-1] or "").split("; ")) == {"c1=1", "c2=2"}


def test_one_that_fails_fails_alone() -> None:
    async def journey(user: Any) -> None:
        good, late, nowhere = await http.parallel(
            [
                http.get("/1", name="good"),
                http.get("/2", name="late", timeout=0.1),
                http.get("http://127.0.0.1:1/", name="nowhere"),
            ]
        )
        check(good.ok, "the good one is good", good)
        check(late.error_kind == "timeout", "the late one is late", late)
        check(nowhere.error_kind == "connect", "the last one is nowhere")

    with Crowd(0.6) as target:
        played = play(journey, base_url=target.url)
    assert [played.series(name).failed for name in ("good", "late", "nowhere")] == [0, 1, 1]
    assert played.series("good").checks == {"the good one is good": [1, 0]}
    assert played.series("late").checks == {"the late one is late": [1, 0]}
    assert played.iterations == {"started": 1, "finished": 1, "failed": 1}


def test_an_interrupted_user_leaves_all_of_them() -> None:
    async def journey(user: Any) -> None:
        await http.parallel([http.get(f"/{number}", name="cut") for number in range(4)], connections_per_host=2)

    with Crowd(5.0) as target:
        played = play(journey, base_url=target.url, meanwhile=stop_after(0.2, 0.0))
    assert played.took_s < 2
    assert played.series("cut").count == 0
    assert played.iterations == {"started": 1, "interrupted": 1}


def test_connections_are_used_again_by_what_comes_after() -> None:
    async def journey(user: Any) -> None:
        for _ in range(3):
            await http.parallel([http.get("/1"), http.get("/2")])
            await http.get("/3")
            await sleep(0.01)

    with Crowd(0.01) as target:
        play(journey, base_url=target.url)
        assert target.connections == 2


def test_redirects_count_as_requests_where_that_is_asked_for() -> None:
    async def journey(user: Any) -> None:
        response = await http.get("/to/here", name="login")
        check(response.redirects == ("/here",), "redirected")

    def answer(request: Request) -> Answer:
        return Answer(302, (("Location", "/here"),)) if request.target == "/to/here" else Answer(200, (), b"ok")

    with Recorder(answer) as target:
        played = play(journey, base_url=target.url, counts_redirects=True)
    assert dict(played.series("login").statuses) == {200: 1}
    assert dict(played.series("login (redirect)").statuses) == {302: 1}
