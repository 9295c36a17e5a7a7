"""What takes a slot of a rate of requests, on both loops: what a journey asks for, not what that needs on the wire."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator
from typing import Any

import pytest

from penstock.script import digest, http, sleep, websocket
from tests.engine.fake_loop import FakeLoop
from tests.engine.generated.shop import Shop
from tests.engine.native_run import plan, play
from tests.engine.recording_server import Recording, recording_server

INTERVAL_S = 0.05
RATE: dict[str, Any] = {
    "phases": ((1 / INTERVAL_S, 1 / INTERVAL_S, 30.0),),
    "load": {"model": "requests", "max_users": 1},
}


@pytest.fixture(scope="module")
def shop() -> Iterator[Recording]:
    with recording_server() as recording:
        yield recording


async def _talk() -> None:
    async with websocket.connect("/talk/echo") as socket:
        for _ in range(3):
            await socket.send("hello")
            assert (await socket.receive(timeout=5)).ok


async def _refused() -> None:
    async with websocket.connect("/status/403") as socket:
        assert not socket.ok


async def _challenged() -> None:
    assert (await http.get("/secret/Digest", auth=digest("ann", "secret"))).ok


async def _cached_page() -> None:
    for _ in range(2):
        await http.page("/kept")


@pytest.mark.parametrize(
    ("slots", "why", "what"),
    [
        (1, "a request", lambda: http.get("/ok")),
        (1, "redirects belong to the request that is redirected", lambda: http.get("/to/to/ok")),
        (1, "the answer to a challenge belongs to the request", _challenged),
        (1, "the handshake is a request, messages are none", _talk),
        (1, "a refused handshake was a request, too", _refused),
        (3, "each of several at once", lambda: http.parallel([http.get(f"/ok?{at}") for at in range(3)])),
        (5, "a page and the two that it embeds, and again without the logo, which the cache answers", _cached_page),
        (1, "a stream", lambda: http.stream("/events/3", events=2)),
    ],
)
def test_slots_are_taken_by_what_is_asked_for(
    shop: Recording, slots: int, why: str, what: Callable[[], Awaitable[Any]]
) -> None:
    async def journey(user: Any) -> None:
        await sleep(0.03)  # so the first slot is taken late, and counted as that
        await what()

    double = FakeLoop(plan(base_url=shop.origin, **RATE), Shop()).run([journey])
    assert double.iterations["finished"] == 1
    assert int(double.now / INTERVAL_S) + 1 == slots, why

    shop.begin(Shop())
    played = play(journey, base_url=shop.origin, **RATE)
    in_time = sum(lateness["n"] for lateness in played.health("start_lateness"))
    user = 1  # its own start is one of the two as well
    assert played.iterations.get("late", 0) + in_time - user == slots, why
