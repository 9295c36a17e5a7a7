"""What is counted, and when it is told."""

from __future__ import annotations

import json
import re
import socket
import threading
import time
from typing import Any

import pytest

from penstock.script import User, check, fail, group, http, sleep
from tests.apps import Answer, Recorder, Redirects, Slow
from tests.apps.ports import refusing_port
from tests.engine.native_run import engine, frames, plan, play


def test_there_is_one_snapshot_a_second_and_a_last_one() -> None:
    with Recorder() as target:

        async def journey(user: User) -> None:
            await http.get(target.url, name="x")
            await sleep(0.05)

        played = play(journey, phases=((2, 2, 2.2),), iterations=None)
        requests = len(target.requests)
    assert [snapshot["second"] for snapshot in played.snapshots] == [0, 1, 2]
    assert {snapshot["version"] for snapshot in played.snapshots} == {1}
    assert played.series("x").count == requests == played.iterations["finished"]
    full, last = played.snapshots[1], played.snapshots[2]
    assert full["users"] == {"active": 2, "user_seconds": 2.0}
    assert full["health"]["wall_s"] == 1.0
    assert 4 <= full["iterations"]["finished"] <= 41
    assert 0.2 <= last["health"]["wall_s"] < 1
    assert last["users"]["active"] == 0


def test_no_second_has_the_time_of_users_who_leave_after_its_end() -> None:
    async def journey(user: User) -> None:
        time.sleep(0.03)

    for snapshot in play(journey, phases=((3, 3, 1.0),), iterations=None).snapshots:
        assert snapshot["users"]["user_seconds"] <= 3 * snapshot["health"]["wall_s"] + 1e-6


def test_what_groups_and_iterations_slept_is_told_apart_from_what_they_took() -> None:
    async def journey(user: User) -> None:
        async with group("pauses"):
            await sleep(0.4)
        await sleep(0.1)

    found = {series["kind"]: series for snapshot in play(journey).snapshots for series in snapshot["series"]}
    assert 0.4e9 <= found["group"]["slept_ns"] <= found["iteration"]["slept_ns"] - 0.1e9
    assert found["group"]["service"]["sum"] < 0.4e9, "what was slept is not in it"


def test_a_second_in_which_nothing_happens_is_told_too() -> None:
    async def journey(user: User) -> None:
        await sleep(2.1)

    played = play(journey)
    assert [len(snapshot["series"]) for snapshot in played.snapshots] == [0, 0, 1]
    assert played.snapshots[0]["iterations"]["started"] == 1


def test_the_sums_of_the_parts_agree() -> None:
    with Recorder(script=lambda request: Answer(503 if request.target == "/bad" else 200)) as target:

        async def journey(user: User) -> None:
            async with group("g"):
                await http.get(target.url + "/ok", name="x")
                check(user.index != 1, "not user 1")
                await http.get(target.url + "/bad", name="x")

        played = play(journey, phases=((3, 3, 20.0),), iterations=5)
    series = played.series("x")
    assert (series.count, series.failed) == (30, 20)
    assert series.statuses == {200: 15, 503: 15}
    assert series.errors == {("status", "HTTP status 503 - Service Unavailable"): 15, ("check", "not user 1"): 5}
    assert series.checks == {"not user 1": [10, 5]}
    kept = {name: histogram["n"] for name, histogram in series.histograms.items()}
    phases = {"tcp": kept.pop("tcp"), "wait": kept.pop("wait"), "receive": kept.pop("receive")}
    assert kept == {"service": 10, "response": 10, "failed_service": 20, "failed_response": 20, "connect": 3}
    assert phases == {"tcp": 3, "wait": 30, "receive": 30}
    assert played.series("g", "group").failed == 15
    assert played.series("main", "iteration").count == 15
    assert played.iterations == {"started": 15, "finished": 15, "failed": 15}


def test_histograms_have_the_buckets_of_the_border() -> None:
    with Slow([0.001, 0.02]) as target:

        async def journey(user: User) -> None:
            await http.get(target.url, name="x")

        played = play(journey, iterations=10)
    (histogram,) = [one["service"] for one in played.snapshots[0]["series"] if one["name"] == "x"]
    lows, counts = histogram["b"][::2], histogram["b"][1::2]
    assert sum(counts) == histogram["n"] == 10
    assert lows == sorted(set(lows))
    assert all(low % (1 << (low.bit_length() - 8)) == 0 for low in lows)
    assert lows[0] <= histogram["min"] <= histogram["max"] < lows[-1] * 1.01
    assert histogram["min"] * 10 <= histogram["sum"] <= histogram["max"] * 10


def test_service_latency_is_the_servers_and_response_latency_includes_what_delayed_the_sending() -> None:
    with Slow(0.03) as target:

        async def journey(user: User) -> None:
            if user.index == 0:
                await sleep(0.1)
                await http.get(target.url, name="x")
            else:
                await sleep(0.05)
                time.sleep(1.0)  # keeps the loop while user 0 is due

        played = play(journey, phases=((2, 2, 20.0),))
    (delay_s,) = target.delays_s
    series = played.series("x")
    assert delay_s <= series.mean_s("service") < delay_s + 0.8
    assert series.mean_s("response") > series.mean_s("service") + 0.8


def test_times_of_arrival_are_the_kernels() -> None:
    with Slow(0.02) as target:

        async def journey(user: User) -> None:
            if user.index == 0:
                await http.get(target.url, name="x")
            else:
                await sleep(0.005)
                time.sleep(0.8)  # the answer arrives while the loop is kept

        played = play(journey, phases=((2, 2, 20.0),))
    (delay_s,) = target.delays_s
    assert played.series("x").mean_s("service") < delay_s + 0.5
    assert max(lag["max"] for lag in played.health("client_lag") if lag["n"]) > 250_000_000


def test_loop_lag_shows_what_keeps_the_loop() -> None:
    async def journey(user: User) -> None:
        await sleep(0.05)
        time.sleep(0.1)

    played = play(journey)
    longest_ns = max(lag["max"] for lag in played.health("loop_lag") if lag["n"])
    assert 85_000_000 < longest_ns < played.took_s * 1e9


def test_health_tells_of_the_process() -> None:
    with Recorder() as target:

        async def journey(user: User) -> None:
            await http.get(target.url)
            await sleep(1.5)

        health = play(journey).snapshots[0]["health"]
    assert 0 < health["cpu_s"] < 2
    assert 5_000_000 < health["rss_bytes"] < 2_000_000_000
    assert (health["open_connections"], health["reconnects"]) == (1, 0)


def test_a_failed_exchange_is_sampled_once_of_each_sort() -> None:
    said = Answer(503, (("X-A", "1"),), b"down " * 2000, "Not Now")
    with Recorder(script=[said]) as target:

        async def journey(user: User) -> None:
            await http.post(target.url + "/x?id=1", name="x", headers={"X-B": "2"}, body="ask " * 2000)

        played = play(journey, iterations=3)
        url = target.url + "/x?id=1"
    (sample,) = played.samples
    request, response = sample.pop("request"), sample.pop("response")
    assert sample == {
        "kind": "request",
        "name": "x",
        "error_kind": "status",
        "message": "HTTP status 503 - Service Unavailable",
        "second": 0,
        "source": "0/1",
    }
    assert (request["method"], request["url"], request["original_url"]) == ("POST", url, None)
    assert ["X-B", "2"] in request["headers"]
    assert ["Content-Length", "8000"] in request["headers"]
    assert request["body"] == "ask " * 1024
    assert (response["status"], response["reason"]) == (503, "Not Now")
    assert ["X-A", "1"] in response["headers"]
    assert len(response["body"]) == 4096


def test_a_sample_of_what_was_never_sent_shows_what_would_have_been() -> None:
    async def journey(user: User) -> None:
        await http.get("https://shop.test/x", name="x")

    with refusing_port() as port:
        (sample,) = play(journey, retarget=f"http://127.0.0.1:{port}").samples
    assert sample["request"]["url"] == f"http://127.0.0.1:{port}/x"
    assert sample["request"]["original_url"] == "https://shop.test/x"
    assert ["User-Agent", "penstock/test"] in sample["request"]["headers"]
    assert sample["response"] is None


def test_a_sample_shows_the_last_request_of_a_chain() -> None:
    with Redirects() as target:

        async def journey(user: User) -> None:
            await http.post(target.url + "/1", name="x", body="data")
            check(False, "always")

        (sample,) = play(journey).samples
        assert (sample["request"]["method"], sample["request"]["url"]) == ("GET", target.url + "/0")
    assert (sample["request"]["body"], sample["error_kind"]) == ("", "check")
    assert sample["response"]["status"] == 200


def test_a_check_makes_a_sample_with_the_response_that_it_judged() -> None:
    with Recorder() as target:

        async def journey(user: User) -> None:
            await http.get(target.url)
            check(False, "never holds")

        (sample,) = play(journey).samples
    assert (sample["error_kind"], sample["message"]) == ("check", "never holds")
    assert '"n": 1' in sample["response"]["body"]


def test_nothing_grows_beyond_its_limit() -> None:
    with Recorder(script=[Answer(500)]) as target:

        async def journey(user: User) -> None:
            for number in range(8):
                await http.get(target.url, name=f"r{number}")
            for number in range(6):
                await http.get(target.url, name="r0", expect="any")
                fail(f"m{number}")
            for number in range(6):
                check(True, f"c{number}")

        played = play(journey, limits=(4, 3, 2))
    assert played.names == {("iteration", "main"), *(("request", name) for name in ("r0", "r1", "r2", "(other)"))}
    assert played.series("(other)").count == 5
    status = ("status", "HTTP status 500 - Internal Server Error")
    assert played.series("r0").errors == {status: 1, ("script", "m0"): 1, ("script", "m1"): 1, ("script", "(other)"): 4}
    assert len(played.samples) == 2
    checks = played.series("r0").checks
    assert set(checks) == {"c0", "c1", "c2", "(other)"}
    assert checks["(other)"] == [3, 0]


def test_long_texts_are_cut() -> None:
    with Recorder() as target:

        async def journey(user: User) -> None:
            await http.get(target.url, name="n" * 5000)
            fail("é" * 5000)

        played = play(journey)
    ((_, message),) = played.series("n" * 1024).errors
    assert message == "é" * 512


def test_a_reader_that_is_slow_does_not_hold_up_the_loop() -> None:
    ours, theirs = socket.socketpair()
    theirs.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)
    ours.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    messages: list[Any] = []
    at: list[float] = []

    def read_late() -> None:
        time.sleep(2.5)
        while (message := frames.receive(ours)) is not None:
            messages.append(message)

    async def journey(user: User) -> None:
        at.append(time.monotonic())
        for number in range(200):
            await http.get("no url", name=f"a name that is rather long {number} {'x' * 100}")
        await sleep(0.1)

    thread = threading.Thread(target=read_late)
    thread.start()
    engine.Loop(json.dumps(plan(phases=((1, 1, 1.7),), iterations=None)).encode()).run([journey], theirs.fileno())
    theirs.close()
    thread.join()
    ours.close()
    *snapshots, end = [message["type"] for message in messages]
    assert (set(snapshots), end) == ({"snapshot"}, "end")
    assert 1.05 < at[-1] - at[0] < 2.4, "behind the first snapshot iterations go on to begin"


def test_messages_hold_nothing_that_differs_from_time_to_time() -> None:
    with Recorder(script=[b"nonsense"]) as target:

        async def journey(user: User) -> None:
            await http.get(target.url, name="x")
            await http.get("http://127.0.0.1:1", name="x")

        played = play(journey, iterations=3)
    assert len(played.series("x").errors) == 2
    for _, message in played.series("x").errors:
        assert re.search(r"0x|\d{5}", message) is None


@pytest.mark.parametrize("users", [500])
def test_many_users_at_once_are_no_trouble(users: int) -> None:
    with Recorder() as target:

        async def journey(user: User) -> None:
            response = await http.get(target.url)
            assert response.ok, response.error

        played = play(journey, phases=((users, users, 20.0),))
    assert played.iterations == {"started": users, "finished": users}
