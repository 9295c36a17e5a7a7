"""Journeys that people write: the native loop asks and judges as the plain one does."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest

from penstock.script import StopUser, User, binding, check, events, fail, group, http, metric, sleep, websocket
from penstock.script.operations import COOKIES, PARALLEL, REQUEST, SLEEP, perform
from tests.engine.both_loops import on_the_double, on_the_native_loop
from tests.engine.native_run import plan
from tests.engine.recording_server import Recording, recording_server


@pytest.fixture(scope="module")
def shop() -> Iterator[Recording]:
    with recording_server() as recording:
        yield recording


async def raises_between(user: User) -> None:
    await http.get("/ok", name="first")
    await sleep(0)
    raise LookupError("nothing")


async def raises_at_once(user: User) -> None:
    await http.get("/ok")
    raise LookupError(f"iteration {user.iteration} of {user.index}")


async def judges_late(user: User) -> None:
    await http.get("/ok", name="first")
    check(False, "early")
    await sleep(0.001)
    check(True, "late")
    check(False, "late")
    fail("in words")


async def fails_in_words(user: User) -> None:
    await http.get("/status/503")
    fail("a second reason does not count")
    await http.get("/status/503", expect=503)
    fail("no stock")


async def groups(user: User) -> None:
    async with group("all"):
        async with group("first"):
            await http.get("/ok")
        async with group("second"):
            await http.get("/status/500")
        check(True, "after the group")
        async with group("without requests"):
            check(False, "nothing here")


async def leaves_a_group_open(user: User) -> None:
    async with group("open"):
        await http.get("/ok")
        raise LookupError("inside")


async def awaits_what_it_must_not(user: User) -> None:
    for wrong in (asyncio.sleep(0), sleep(-1), perform((SLEEP, "1")), perform((5,))):
        try:
            await wrong
        except (RuntimeError, TypeError, ValueError) as error:
            check(False, type(error).__name__)
    await http.get("/ok")


async def asks_in_many_ways(user: User) -> None:
    await http.post("/ok?q=é ü", json={"a": 1}, name="json")
    await http.put("/ok", form={"a": "x y"}, headers={"x-one": "1", "X-ONE": "2"})
    await http.delete("/ok#part", headers=(("X-Two", "a"), ("x-two", "b")))
    await http.get("//127.0.0.1:1/nowhere/..", timeout=0.5, name="refused") if user.iteration > 5 else None
    await http.head("/ok")
    await http.options("/ok")
    await http.patch("/ok", body=b"\xff", params={"b": [1, 2]})
    response = await http.get("/to/keep/ok")
    check(response.url.endswith("/ok"), "url")
    check(response.redirects == ("/keep/ok", "/ok"), "redirects")
    check(response.headers["x-a"] == "1", "headers")
    check(response.json()["list"][0]["id"] == "7", "json")
    response = await http.get("/login", redirects=0)
    check(response.headers["set-cookie"] == "sid=1; Path=/; t=2; Path=/", "set-cookie")
    response = await http.get("ftp://127.0.0.1/x", name="no http")
    check((response.status, response.error_kind) == (0, "url"), "an error is a response")


async def keeps_a_state(user: User) -> None:
    user.state["seen"] = user.state.get("seen", 0) + 1
    await http.get(f"/ok?{user.index}-{user.iteration}-{user.state['seen']}")


async def pauses_longer(user: User) -> float:
    await http.get("/ok")
    return 0.001


async def asks_in_parallel(user: User) -> None:
    async with group("together"):
        one, two, three = await http.parallel(
            [http.get("/ok", name="one"), http.get("/status/503"), http.post("/to/ok", json=1)], connections_per_host=1
        )
    check(one.status == 200, "first", one)
    check(two.status == 200, "second", two)
    check(three.redirects == ("/ok",), "last")
    check(False, "late", one)
    assert await http.parallel([]) == []
    try:
        check(True, "counted already", one)
    except ValueError:
        fail("too late")
    for wrong in (sleep(0), http, 7):
        try:
            await http.parallel([wrong])  # type: ignore[list-item]
        except TypeError:
            check(False, "no request")


async def leaves_rows_out(user: User) -> None:
    await perform(
        (REQUEST, "GET", "/status/500", "unrecorded", None, None, (None, None, None, None, (True, False, False, None)))
    )
    check(False, "on no row")
    await sleep(0)
    await perform(
        (REQUEST, "GET", "/ok", "unrecorded", None, None, (None, None, None, None, (True, False, False, None)))
    )


async def shows_a_page(user: User) -> None:
    forgiven = (None, None, None, None, (False, True, False, None))
    binding.recorder.enter_page("home")
    await http.get("/html", name="home")
    embedded = (
        (REQUEST, "GET", "/ok", None, None, None, None),
        (REQUEST, "GET", "/status/404", None, None, None, forgiven),
    )
    await perform((PARALLEL, embedded, None, True))
    binding.recorder.count_cached("GET /logo.png")
    binding.recorder.exit_group()
    check(user.iteration == 0, "first time")


async def reads_streams(user: User) -> None:
    three = await http.stream("/events/3", events=3, name="three")
    check(len(events(three)) == 3, "all of them")
    fewer = await http.stream("/events/1", events=5)
    check(len(events(fewer)) == 1, "to its end")
    await http.stream("/events/0", text="nothing")
    await http.stream("/status/503", events=1)


async def talks(user: User) -> None:
    async with websocket.connect("/talk/tell", name="open", subprotocols=["v1", "v2"]) as socket:
        check(socket.subprotocol == "v1", "subprotocol")
        check((await socket.receive()).text == "hello", "greeting")
        await socket.send("one")
        message = await socket.receive(name="answer", matching=lambda one: not one.is_text)
        check(message.data == b'{"a": "1"}', "the second answer")
        check(message.json()["a"] == "1", "json")
    assert not await socket.send("nobody hears this")
    async with websocket.connect("/talk/leave") as socket:
        await socket.send(b"bytes")
        check((await socket.receive(name="bye", timeout=5)).error_kind == "closed", "left")
        await socket.send("too late")
    async with websocket.connect("/talk/silent") as socket:
        await socket.receive(name="nothing", timeout=0.05)
    async with websocket.connect("/status/403") as socket:
        check(not socket.ok, "not let in")
    await perform((7, 99, 1000, ""))
    left_open = await websocket.connect("/talk/echo")
    check(left_open.ok, "open")


async def reads_endless_streams(user: User) -> None:
    two = await http.stream("/endless/2", events=2, name="two")
    check(len(events(two)) == 2, "both")
    check((await http.stream("/endless/1", text="id: 0")).ok, "text")
    check((await http.stream("/endless/0", seconds=0.05)).ok, "for a while")
    await http.stream("/endless/1", events=3, timeout=0.1, name="in vain")


orders = metric("orders of the double", "counter")


async def tags_and_measures(user: User) -> None:
    await http.get("/ok", tags=("checkout", "fast"))
    check(True, "of a tagged request")
    binding.recorder.tag("all")
    await http.get("/status/500", tags=("checkout",))
    await sleep(0)
    check(False, "of a tagged iteration")
    orders.add(2)


async def goes_for_good(user: User) -> None:
    await http.get("/ok")
    if user.iteration == 1:
        raise StopUser


async def brings_cookies(user: User) -> None:
    await http.get("/login")
    (line, *_) = await perform((COOKIES, None)) or ("",)
    await perform((COOKIES, (*(line,), "127.0.0.1\thost\t/ok\tany\t\tmine\t7")))
    await http.get("/ok", headers={"Cookie": "own=1; sid=other"})
    await http.get("/logout")
    await http.get("/ok/below")


async def brings_a_cookie_that_the_server_sets(user: User) -> None:
    brought = "\t".join(("127.0.0.1", "domain", "/", "any", "", "sid", "brought"))
    there = await perform((COOKIES, None))
    await perform((COOKIES, (*there, brought)))
    await http.get("/ok", name="brought")
    await http.get("/login", redirects=0)
    await http.get("/ok", name="set")
    check(sum("\tsid\t" in line for line in await perform((COOKIES, None))) == 1, "one of a name, domain and path")


FLOWS = [
    brings_a_cookie_that_the_server_sets,
    asks_in_many_ways,
    asks_in_parallel,
    awaits_what_it_must_not,
    brings_cookies,
    fails_in_words,
    goes_for_good,
    groups,
    judges_late,
    keeps_a_state,
    leaves_a_group_open,
    leaves_rows_out,
    pauses_longer,
    raises_at_once,
    raises_between,
    reads_endless_streams,
    reads_streams,
    shows_a_page,
    tags_and_measures,
    talks,
]


IN_ANY_ORDER = (asks_in_parallel, shows_a_page)


@pytest.mark.parametrize("counts_redirects", [False, True], ids=["", "counting redirects"])
@pytest.mark.parametrize("flow", FLOWS, ids=lambda flow: flow.__name__)
def test_both_loops_ask_and_judge_written_flows_alike(shop: Recording, flow: Any, counts_redirects: bool) -> None:
    said = plan(
        iterations=3, base_url=shop.origin, counts_redirects=counts_redirects, accept_encoding="gzip", max_redirects=5
    )
    expected = on_the_double(said, [flow])
    found = on_the_native_loop(said, [flow], shop)
    if flow in IN_ANY_ORDER:
        expected, found = expected.in_any_order(), found.in_any_order()
    if flow in (*IN_ANY_ORDER, reads_streams):  # whether a stream ends before it is read far enough is chance
        expected, found = expected.without("connects"), found.without("connects")
    assert found.requests == expected.requests
    assert found == expected
    if flow is talks:
        kept = [one for one in expected.heard if one[0] != "/talk/echo"]  # that one is left open
        assert [one for one in found.heard if one[0] != "/talk/echo"] == kept


def test_redirects_that_are_counted_have_a_row(shop: Recording) -> None:
    said = plan(iterations=2, base_url=shop.origin, counts_redirects=True, accept_encoding="gzip")
    found = on_the_native_loop(said, [asks_in_many_ways], shop)
    assert found.series["request GET /to/keep/ok (redirect)"]["statuses"] == {"302": 2, "307": 2}


def test_both_loops_give_users_the_same_journeys(shop: Recording) -> None:
    said = plan(phases=((4, 4, 20.0),), iterations=2, journeys=(("a", 1.0), ("b", 1.0)), base_url=shop.origin)
    flows = [keeps_a_state, pauses_longer]
    expected, found = on_the_double(said, flows).in_any_order(), on_the_native_loop(said, flows, shop).in_any_order()
    assert found == expected
