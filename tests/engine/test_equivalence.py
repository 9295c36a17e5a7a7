"""The native loop does what the plain one does: the same requests in the same order, the same verdicts."""

from __future__ import annotations

import dataclasses
import importlib
import socket
import threading
from collections import Counter, defaultdict
from collections.abc import Iterator
from typing import Any

import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.engine.fake_loop import FakeLoop
from tests.engine.recording_server import Recording, recording_server
from tests.engine.runnable import Shop, scenarios

from penstock import program
from penstock.model import Scenario
from penstock.program import Journeys
from penstock.script import binding

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
    return {
        "version": 1,
        "segment": {"index": 0, "of": 1},
        "start_at_ns": None,
        "seed": 0,
        "warm_up_s": 0.0,
        "cool_down_s": None,
        "journeys": [{"name": journey.name} for journey in journeys],
        "populations": [
            {
                **dataclasses.asdict(population),
                "shares": [{"journey": place, "weight": 1.0} for place in range(len(journeys))],
            }
            for population in scenario.populations
        ],
        "http": {
            "base_url": None,
            "retarget": None,
            "timeout_s": 5,
            "max_redirects": 5,
            "user_agent": "penstock/test",
            "accept_encoding": "gzip",
            "cookies": scenario.defaults.cookies,
            "verify_tls": True,
            "max_body_bytes": 1_000_000,
        },
        "limits": {"series": 1000, "errors_per_series": 100, "samples": 50},
    }


def on_the_fake_loop(scenario: Scenario, seed: int) -> tuple[list[Request], Verdict]:
    journeys = program.compile(scenario, seed=seed)
    loop = FakeLoop(plan_of(scenario, journeys), Shop()).run([journey.function for journey in journeys])
    series = {
        f"{kind} {name}": {
            "count": one.count,
            "failed": one.failed,
            "statuses": {str(status): times for status, times in one.statuses.items()},
            "errors": {f"{kind}: {message}": times for (kind, message), times in one.errors.items()},
            "checks": {label: list(counts) for label, counts in one.checks.items()},
        }
        for (kind, name), one in loop.series.items()
    }
    requests = [
        (method, "/" + url.split("/", 3)[3], _ours(headers), body) for method, url, headers, body in loop.requests
    ]
    return requests, {"series": series, "iterations": {**loop.iterations}}


def on_the_native_loop(scenario: Scenario, seed: int, shop: Recording) -> tuple[list[Request], Verdict]:
    journeys = program.compile(scenario, seed=seed)
    shop.requests.clear()
    shop.server = Shop()
    snapshots = run_native(plan_of(scenario, journeys), [journey.function for journey in journeys])
    series: dict[str, Any] = defaultdict(
        lambda: {"count": 0, "failed": 0, "statuses": Counter(), "errors": Counter(), "checks": {}}
    )
    iterations: Counter[str] = Counter()
    for snapshot in snapshots:
        iterations.update(snapshot.get("iterations", {}))
        for each in snapshot.get("series", ()):
            one = series[f"{each['kind']} {each['name']}"]
            one["count"] += each.get("count", 0)
            one["failed"] += each.get("failed", 0)
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
    return requests, {"series": found, "iterations": iterations}


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
    return {name: value for name, value in headers.items() if name in OURS}


def compact(verdict: Verdict) -> Verdict:
    """Return the verdict in a form to compare: no empty parts, no series that counts nothing."""
    series = {
        name: {key: value for key, value in one.items() if value} for name, one in sorted(verdict["series"].items())
    }
    return {
        "series": {name: one for name, one in series.items() if one},
        "iterations": {name: times for name, times in sorted(verdict["iterations"].items()) if times},
    }


@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture, HealthCheck.data_too_large],
)
@given(data=st.data(), seed=st.integers(0, 2**16))
def test_both_loops_ask_and_judge_alike(shop: Recording, data: st.DataObject, seed: int) -> None:
    scenario = data.draw(scenarios(shop.origin))
    expected_requests, expected = on_the_fake_loop(scenario, seed)
    requests, verdict = on_the_native_loop(scenario, seed, shop)
    assert requests == expected_requests
    assert compact(verdict) == compact(expected)
