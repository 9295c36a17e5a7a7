"""Names, addresses, where connections come from, and whose they are."""

from __future__ import annotations

from typing import Any

import pytest

from penstock.script import http, sleep
from tests.apps import Connection, Recorder, Server
from tests.engine.native_run import ask, play

SAYS_WHO = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s"


def who(connection: Connection) -> None:
    while connection.receive():
        peer = connection.peer.encode()
        connection.send(SAYS_WHO % (len(peer), peer))


def test_a_name_may_stand_for_any_address() -> None:
    with Recorder() as target:
        (response,) = ask(f"http://shop.example:{target.port}/x", settings={"hosts": [["shop.example", "127.0.0.1"]]})
        assert response.ok
        assert target.requests[0].header("host") == f"shop.example:{target.port}"


def test_connections_come_from_the_addresses_in_turn() -> None:
    with Server(who) as target:
        seen: list[str] = []

        async def journey(user: object) -> None:
            seen.append((await http.get(target.url)).text)

        play(journey, phases=((4, 4, 20.0),), source_addresses=["127.0.0.2", "127.0.0.3"])
    assert sorted(seen) == ["127.0.0.2", "127.0.0.2", "127.0.0.3", "127.0.0.3"]


FOUR = ["127.0.0.2", "127.0.0.3", "127.0.0.4", "127.0.0.5"]


@pytest.mark.parametrize(
    ("segment", "wanted", "reason"),
    [
        ((0, 1), {0: FOUR[0], 1: FOUR[1], 2: FOUR[2], 3: FOUR[3], 4: FOUR[0], 5: FOUR[1]}, "all users in turn"),
        ((1, 2), {1: FOUR[1], 3: FOUR[3], 5: FOUR[1]}, "the same on one of two agents"),
    ],
)
def test_a_user_keeps_its_address_whatever_it_opens(
    segment: tuple[int, int], wanted: dict[int, str], reason: str
) -> None:
    seen: dict[int, set[str]] = {}

    async def journey(user: Any) -> None:
        peers = {(await http.get(target.url)).text, (await http.get(other.url)).text}
        seen.setdefault(user.index, set()).update(peers)

    with Server(who) as target, Server(who) as other:
        play(
            journey,
            phases=((6, 6, 20.0),),
            iterations=3,
            segment=segment,
            connections="iteration",
            source_addresses=FOUR,
            source_addresses_by="user",
        )
    assert seen == {index: {address} for index, address in wanted.items()}, reason


def test_users_take_addresses_that_can_speak_to_the_server() -> None:
    seen: dict[int, str] = {}

    async def journey(user: Any) -> None:
        seen[user.index] = (await http.get(target.url)).text

    with Server(who) as target:
        addresses = ["::1", "127.0.0.2", "::1", "127.0.0.3"]
        play(journey, phases=((3, 3, 20.0),), source_addresses=addresses, source_addresses_by="user")
    assert seen == {0: "127.0.0.2", 1: "127.0.0.3", 2: "127.0.0.2"}


def test_a_pool_cannot_keep_the_addresses_of_users() -> None:
    with pytest.raises(ValueError, match=r"http\.source_addresses_by: connections of a pool belong to no user"):
        ask("http://127.0.0.1:1/", settings={"source_addresses_by": "user", "connections": "pool"})


def test_an_address_of_another_machine_is_told() -> None:
    with Recorder() as target:
        (response,) = ask(target.url, settings={"source_addresses": ["192.0.2.7"]})
    assert response.error_kind == "connect"
    assert response.error.endswith("192.0.2.7 is no address of this machine")


def test_connections_may_end_with_the_iteration() -> None:
    with Recorder() as target:

        async def journey(user: object) -> None:
            assert (await http.get(target.url)).ok
            assert (await http.get(target.url)).ok

        play(journey, iterations=3, connections="iteration")
        assert target.connections == 3


def test_a_pool_is_shared_and_waited_for() -> None:
    def serve(connection: Connection) -> None:
        while connection.receive():
            connection.sleep(0.05)
            connection.send(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")

    with Server(serve) as target:

        async def journey(user: object) -> None:
            assert (await http.get(target.url, name="x")).ok
            await sleep(0.001)

        played = play(journey, phases=((6, 6, 20.0),), iterations=2, connections="pool", pool_size=2)
        assert target.connections == 2
    series = played.series("x")
    assert (series.count, series.failed, series.histograms["connect"]["n"]) == (12, 0, 2)
    assert series.histograms["pool"]["n"] >= 4
    assert series.mean_s("pool") > 0.04
    # Whoever waits for a connection is not served meanwhile: it is in the response latency, not in the service latency.
    assert series.mean_s("response") - series.mean_s("service") > 0.02


def test_a_pool_makes_room_for_other_servers() -> None:
    with Recorder() as one, Recorder() as other:

        async def journey(user: object) -> None:
            for target in (one, other, one, other):
                assert (await http.get(target.url)).ok

        played = play(journey, connections="pool", pool_size=1)
        assert (one.connections, other.connections) == (2, 2)
    assert max(played.health("open_connections")) <= 1


@pytest.mark.parametrize("lifetime_s", [None, 0.0])
def test_names_are_asked_for_as_often_as_wished(lifetime_s: float | None) -> None:
    with Recorder() as target:

        async def journey(user: object) -> None:
            assert (await http.get(f"http://localhost:{target.port}/", name="x")).ok

        series = play(journey, iterations=3, connections="iteration", dns_lifetime_s=lifetime_s).series("x")
    assert series.histograms["dns"]["n"] == (1 if lifetime_s is None else 3)
