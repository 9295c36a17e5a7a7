"""Browsers and networks that users have. What a line does to time is tested by ratios: it adds, it never takes away."""

from __future__ import annotations

import dataclasses
import time
from collections import Counter
from typing import Any

import pytest

from penstock.model import BrowserHeader, BrowserProfile, NetworkProfile
from penstock.script import http, websocket
from tests.apps import Recorder
from tests.apps.http import Answer, Request
from tests.apps.sockets import echoing
from tests.engine import native_run
from tests.engine.native_run import play


@pytest.fixture
def with_profiles(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Return what gives the users of the next runs browsers and networks."""

    def give(*profiles: BrowserProfile | NetworkProfile) -> None:
        plan = native_run.plan

        def changed(**settings: Any) -> dict[str, Any]:
            made = plan(**settings)
            for profile in profiles:
                place = "browsers" if isinstance(profile, BrowserProfile) else "networks"
                made["populations"][0].setdefault(place, [])
                made["populations"][0][place] = [*made["populations"][0][place], dataclasses.asdict(profile)]
            return made

        monkeypatch.setattr(native_run, "plan", changed)

    return give


def browser(name: str, share: float, **headers: str) -> BrowserProfile:
    pairs = tuple(BrowserHeader(key.replace("_", "-"), value) for key, value in headers.items())
    return BrowserProfile(name, share, pairs, connections_per_host=2)


def test_headers_of_a_browser_go_with_every_request_that_has_none_of_its_own(with_profiles: Any) -> None:
    with_profiles(browser("ie", 1, User_Agent="MSIE 9", Accept="*/*"))

    async def journey(user: Any) -> None:
        await http.get("/a")
        await http.get("/b", headers={"accept": "text/html", "X-A": "1"})

    with Recorder() as target:
        play(journey, base_url=target.url)
        plain, own = target.requests
    assert (plain.header("user-agent"), plain.header("accept")) == ("MSIE 9", "*/*")
    assert (own.header("user-agent"), own.header("accept"), own.header("x-a")) == ("MSIE 9", "text/html", "1")


def test_browsers_are_drawn_by_their_shares_and_kept_for_the_iteration(with_profiles: Any) -> None:
    with_profiles(browser("a", 3, User_Agent="a"), browser("b", 1, User_Agent="b"), browser("c", 0, User_Agent="c"))

    async def journey(user: Any) -> None:
        await http.get(f"/{user.iteration}")
        await http.get(f"/{user.iteration}")

    with Recorder() as target:
        play(journey, base_url=target.url, iterations=200)
        seen = Counter((request.target, request.header("user-agent")) for request in target.requests)
    assert set(seen.values()) == {2}
    drawn = Counter(agent for _, agent in seen)
    assert set(drawn) == {"a", "b"}
    assert 110 <= drawn["a"] <= 190


@pytest.mark.parametrize(
    ("reason", "profile", "body_bytes", "least_s"),
    [
        ("a narrow line down", NetworkProfile("n", 1, down_kbps=800), 20_000, 0.2),
        ("a narrow line up", NetworkProfile("n", 1, up_kbps=32), 0, 0.1),
        ("a long line", NetworkProfile("n", 1, latency_ms=50), 0, 0.1),
        ("a long and narrow one", NetworkProfile("n", 1, down_kbps=800, latency_ms=50), 10_000, 0.2),
    ],
)
def test_a_line_takes_the_time_that_its_figures_say(
    with_profiles: Any, reason: str, profile: NetworkProfile, body_bytes: int, least_s: float
) -> None:
    async def journey(user: Any) -> None:
        for _ in range(2):
            response = await http.get("/", name="each")
            assert response.elapsed_s >= least_s

    with Recorder(lambda _: Answer(200, (), b"x" * body_bytes)) as target:
        near = play(journey_without_a_line(), base_url=target.url).series("each").mean_s()
        with_profiles(profile)
        far = play(journey, base_url=target.url).series("each").mean_s()
    assert near < least_s
    assert least_s <= far < least_s + 1


def journey_without_a_line() -> Any:
    async def journey(user: Any) -> None:
        await http.get("/", name="each")

    return journey


def test_what_goes_over_a_line_at_the_same_time_shares_it(with_profiles: Any) -> None:
    with_profiles(NetworkProfile("n", 1, down_kbps=800))
    took: list[float] = []

    async def journey(user: Any) -> None:
        began = time.monotonic()
        await http.parallel([http.get(f"/{number}", name="each") for number in range(4)])
        took.append(time.monotonic() - began)

    def answer(request: Request) -> Answer:
        return Answer(200, (), b"x" * 5_000)

    with Recorder(answer) as target:
        play(journey, base_url=target.url)
    assert 0.2 <= took[0] < 1.2


def test_a_line_slows_the_handshake_and_the_messages_of_a_socket(with_profiles: Any) -> None:
    with_profiles(NetworkProfile("slow", 1, up_kbps=400, down_kbps=800, latency_ms=50))
    sent_s: list[float] = []

    async def journey(user: Any) -> None:
        async with websocket.connect("/echo", name="connect") as socket:
            for _ in range(2):
                began = time.monotonic()
                await socket.send("x" * 10_000)
                sent_s.append(time.monotonic() - began)
                assert (await socket.receive(name="reply", timeout=5)).ok

    with echoing() as url:
        played = play(journey, base_url=url)
    assert played.series("connect").mean_s("service") >= 0.1, "there and back"
    assert played.series("connect").mean_s("response") >= 0.2, "and as much for the connection"
    assert min(sent_s) >= 0.2 + 0.05, "its bytes, and one way"
    assert played.series("reply", "message").mean_s() >= 0.2 + 0.1 + 0.1, "the bytes both ways, there and back"


def test_a_message_that_a_line_has_not_brought_in_time_comes_later(with_profiles: Any) -> None:
    with_profiles(NetworkProfile("slow", 1, down_kbps=100))
    told: list[bool] = []

    async def journey(user: Any) -> None:
        async with websocket.connect("/echo") as socket:
            await socket.send("x" * 20_000)
            told.extend([(await socket.receive(timeout=seconds)).ok for seconds in (0.03, 5)])

    with echoing() as url:
        play(journey, base_url=url)
    assert told == [False, True]


def test_networks_are_spread_over_the_users_by_their_shares(with_profiles: Any) -> None:
    with_profiles(NetworkProfile("fast", 3), NetworkProfile("slow", 1, latency_ms=500))
    slow: set[int] = set()

    async def journey(user: Any) -> None:
        response = await http.get("/", name="each")
        if response.elapsed_s >= 1.0:
            slow.add(user.index)

    with Recorder() as target:
        play(journey, base_url=target.url, phases=((20, 20, 20.0),), iterations=2)
    assert 3 <= len(slow) <= 7
