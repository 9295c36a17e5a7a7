"""The native loop does what the plain one does: the same requests in the same order, the same verdicts."""

from __future__ import annotations

import asyncio
import dataclasses
import importlib
import socket
import threading
from collections import Counter, defaultdict
from collections.abc import Iterator
from functools import partial
from typing import Any

import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from penstock.model import Page, Scenario
from penstock.program.journeys import Journeys
from penstock.program.journeys import compile as compile_scenario
from penstock.script import User, binding, check, events, fail, group, http, sleep
from penstock.script.operations import PARALLEL, REQUEST, SLEEP, perform
from tests.engine.fake_loop import FakeLoop
from tests.engine.loads import of_one_population
from tests.engine.recording_server import Recording, recording_server
from tests.engine.runnable import Shop, scenarios

pytest.importorskip(
    "penstock.engine._native",
    reason="the native loop is not built; build it with `maturin develop`",
    exc_type=ImportError,
)
engine = importlib.import_module("penstock.engine")
frames = importlib.import_module("penstock.engine.frames")

OURS = {"content-type", "authorization", "cookie", "x-one", "x-two"}
"""The headers that a scenario sets; the others are each loop's own."""

Verdict = dict[str, Any]
Request = tuple[str, str, dict[str, str], bytes]


@pytest.fixture(scope="module")
def shop() -> Iterator[Recording]:
    with recording_server() as recording:
        yield recording


def plan_of(scenario: Scenario, journeys: Journeys) -> dict[str, Any]:
    shares = [(journey.name, 1.0) for journey in journeys]
    return native_plan(shares, users=1, iterations=2, cookies=scenario.defaults.cookies, base_url=None)


def native_plan(
    shares: list[tuple[str, float]], users: int, iterations: int, cookies: str, base_url: str | None
) -> dict[str, Any]:
    return {
        "version": 1,
        "segment": {"index": 0, "of": 1},
        "start_at_ns": None,
        **of_one_population(shares, [(users, users, 20)], iterations_per_user=iterations, grace_s=5.0),
        "http": {
            "base_url": base_url,
            "retarget": None,
            "timeout_s": 5,
            "max_redirects": 5,
            "user_agent": "penstock/test",
            "accept_encoding": "gzip",
            "cookies": cookies,
            "verify_tls": True,
            "max_body_bytes": 1_000_000,
        },
        "limits": {"series": 1000, "errors_per_series": 100, "samples": 50},
    }


def on_the_fake_loop(plan: dict[str, Any], functions: list[Any]) -> tuple[list[Request], Verdict]:
    loop = FakeLoop(plan, Shop()).run(functions)
    series = {
        f"{kind} {name}": {
            "count": one.count,
            "failed": one.failed,
            "cached": one.cached,
            "statuses": {str(status): times for status, times in one.statuses.items()},
            "errors": {f"{kind}: {message}": times for (kind, message), times in one.errors.items()},
            "checks": {label: list(counts) for label, counts in one.checks.items()},
        }
        for (kind, name), one in loop.series.items()
    }
    requests = [
        (method, "/" + url.split("/", 3)[3], _ours(headers), body) for method, url, headers, body in loop.requests
    ]
    return requests, _compact(series, loop.iterations)


def on_the_native_loop(plan: dict[str, Any], functions: list[Any], shop: Recording) -> tuple[list[Request], Verdict]:
    shop.requests.clear()
    shop.server = Shop()
    series: dict[str, Any] = defaultdict(
        lambda: {"count": 0, "failed": 0, "cached": 0, "statuses": Counter(), "errors": Counter(), "checks": {}}
    )
    iterations: Counter[str] = Counter()
    for snapshot in run_native(plan, functions):
        iterations.update(snapshot.get("iterations", {}))
        for each in snapshot.get("series", ()):
            one = series[f"{each['kind']} {each['name']}"]
            one["count"] += each.get("count", 0)
            one["failed"] += each.get("failed", 0)
            one["cached"] += each.get("cached", 0)
            one["statuses"].update(each.get("statuses", {}))
            for kind, message, times in each.get("errors", ()):
                one["errors"][f"{kind}: {message}"] += times
            for label, held, not_held in each.get("checks", ()):
                counts = one["checks"].setdefault(label, [0, 0])
                counts[0] += held
                counts[1] += not_held
    requests = [(method, target, _ours(headers), body) for method, target, headers, body in shop.requests]
    found = {
        name: {**one, "statuses": {**one["statuses"]}, "errors": {**one["errors"]}} for name, one in series.items()
    }
    return requests, _compact(found, iterations)


def run_native(plan: dict[str, Any], functions: list[Any]) -> list[dict[str, Any]]:
    """Run the loop in this thread and return its snapshots."""
    messages: list[dict[str, Any]] = []
    ours, theirs = socket.socketpair()

    def listen() -> None:
        while (message := frames.receive(ours)) is not None:
            messages.append(message)

    listener = threading.Thread(target=listen)
    listener.start()
    before = binding.recorder
    try:
        loop = engine.Loop(orjson.dumps(plan))
        binding.bind(loop)
        loop.run(functions, theirs.fileno())
    finally:
        binding.bind(before)
        theirs.close()
        listener.join()
        ours.close()
    assert messages[-1]["type"] == "end", messages[-1]
    assert messages[-1]["reason"] == "finished", messages[-1]
    return [message for message in messages if message["type"] == "snapshot"]


def _ours(headers: dict[str, str]) -> dict[str, str]:
    """Return the headers to compare; blanks around a value are no part of it."""
    ours = {name: value.strip() for name, value in headers.items() if name in OURS}
    if ours.get("authorization", "").startswith("Digest "):
        ours["authorization"] = "Digest"  # what it says depends on chance
    return ours


def _compact(series: dict[str, Any], iterations: Counter[str]) -> Verdict:
    """Return a verdict without empty parts and without series that count nothing."""
    full = {name: {key: value for key, value in one.items() if value} for name, one in sorted(series.items())}
    return {
        "series": {name: one for name, one in full.items() if one},
        "iterations": {name: times for name, times in sorted(iterations.items()) if times},
    }


def has_pages(node: object) -> bool:
    """Return whether a part of a scenario holds a page."""
    if isinstance(node, tuple):
        return any(has_pages(each) for each in node)
    if dataclasses.is_dataclass(node):
        return isinstance(node, Page) or any(has_pages(getattr(node, each.name)) for each in dataclasses.fields(node))
    return False


def in_any_order(request: Request) -> tuple[str, str, list[tuple[str, str]], bytes]:
    """A key to sort requests by that does not see in which order each loop wrote the headers."""
    method, target, headers, body = request
    return method, target, sorted(headers.items()), body


@pytest.mark.timeout(400)  # a difference is shrunk before it is shown
@settings(
    max_examples=80,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture, HealthCheck.data_too_large],
)
@given(data=st.data(), seed=st.integers(0, 2**16))
def test_both_loops_ask_and_judge_generated_scenarios_alike(shop: Recording, data: st.DataObject, seed: int) -> None:
    scenario = data.draw(scenarios(shop.origin))
    both = []
    for run in (on_the_fake_loop, partial(on_the_native_loop, shop=shop)):
        journeys = compile_scenario(scenario, seed=seed)  # anew: what is drawn and dealt starts from the beginning
        both.append(run(plan_of(scenario, journeys), [journey.function for journey in journeys]))
    (expected_requests, expected), (requests, verdict) = both
    if has_pages(scenario):  # what a page embeds is asked for in parallel
        requests.sort(key=in_any_order)
        expected_requests.sort(key=in_any_order)
    assert requests == expected_requests
    assert verdict == expected


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
    for wrong in (asyncio.sleep(0), sleep(-1), perform((SLEEP, "1")), perform((5,))):  # type: ignore[arg-type]
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


FLOWS = [
    reads_streams,
    asks_in_parallel,
    leaves_rows_out,
    shows_a_page,
    raises_between,
    raises_at_once,
    judges_late,
    fails_in_words,
    groups,
    leaves_a_group_open,
    awaits_what_it_must_not,
    asks_in_many_ways,
    keeps_a_state,
    pauses_longer,
]


IN_ANY_ORDER = (asks_in_parallel, shows_a_page)


@pytest.mark.parametrize("flow", FLOWS, ids=lambda flow: flow.__name__)
def test_both_loops_ask_and_judge_written_flows_alike(shop: Recording, flow: Any) -> None:
    plan = native_plan([("flow", 1.0)], users=1, iterations=3, cookies="user", base_url=shop.origin)
    expected_requests, expected = on_the_fake_loop(plan, [flow])
    requests, verdict = on_the_native_loop(plan, [flow], shop)
    if flow in IN_ANY_ORDER:
        requests.sort(key=in_any_order)
        expected_requests.sort(key=in_any_order)
    assert requests == expected_requests
    assert verdict == expected


def test_both_loops_count_redirects_alike(shop: Recording) -> None:
    plan = native_plan([("flow", 1.0)], users=1, iterations=2, cookies="user", base_url=shop.origin)
    plan["http"]["counts_redirects"] = True
    _, expected = on_the_fake_loop(plan, [asks_in_many_ways])
    _, verdict = on_the_native_loop(plan, [asks_in_many_ways], shop)
    assert verdict == expected
    assert verdict["series"]["request GET /to/keep/ok (redirect)"]["statuses"] == {"302": 2, "307": 2}


def test_both_loops_give_users_the_same_journeys(shop: Recording) -> None:
    plan = native_plan([("a", 1.0), ("b", 1.0)], users=4, iterations=2, cookies="user", base_url=shop.origin)
    expected_requests, expected = on_the_fake_loop(plan, [keeps_a_state, pauses_longer])
    requests, verdict = on_the_native_loop(plan, [keeps_a_state, pauses_longer], shop)
    assert sorted(target for _, target, _, _ in requests) == sorted(target for _, target, _, _ in expected_requests)
    assert verdict == expected
