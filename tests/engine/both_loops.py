"""Runs the same journeys on the double and on the native loop, and tells what each asked and judged."""

from __future__ import annotations

import importlib
import json
import socket
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from penstock.engine import orders
from penstock.model import Scenario
from penstock.program.journeys import compile as compile_scenario
from penstock.runs.plan import Plan, ScenarioWork
from penstock.runs.segment import Segment
from penstock.script import binding
from penstock.services import http_settings
from penstock.services.changes import Changes
from tests.engine.fake_http import VIA, Client
from tests.engine.fake_loop import Command, FakeLoop
from tests.engine.fake_sockets import Heard
from tests.engine.fake_transport import Wires
from tests.engine.generated.shop import Shop
from tests.engine.recording_server import Recording

pytest.importorskip(
    "penstock.engine._native",
    reason="the native loop is not built; build it with `maturin develop`",
    exc_type=ImportError,
)
engine = importlib.import_module("penstock.engine")
frames = importlib.import_module("penstock.engine.frames")

OURS = {
    "accept",
    "authorization",
    "content-type",
    "cookie",
    "if-none-match",
    "proxy-authorization",
    "referer",
    "sec-websocket-protocol",
    "user-agent",
    "x-one",
    "x-two",
    VIA,
}
"""The headers that a scenario decides about; the others are each loop's own."""

Request = tuple[str, str, dict[str, str], bytes]
Journey = Callable[[Any], Any]


@dataclass
class Outcome:
    """What a loop asked, in its order, and what it made of that. `end` is the reason that it told.

    What servers of WebSockets `heard` is not compared: the last of it may be lost when nobody waits for an answer.
    """

    requests: list[Request]
    heard: Heard = field(compare=False)
    series: dict[str, dict[str, Any]]
    iterations: dict[str, int]
    own: list[Any] = field(default_factory=list)
    end: str = "finished"

    def without(self, *parts: str) -> Outcome:
        """Return it without some of what is counted of every series."""
        kept = {
            name: {part: value for part, value in one.items() if part not in parts} for name, one in self.series.items()
        }
        return Outcome(self.requests, self.heard, kept, self.iterations, self.own, self.end)

    def without_lateness(self) -> Outcome:
        """Return it without how many starts or slots of a rate found nobody ready, which is a matter of time."""
        iterations = {name: times for name, times in self.iterations.items() if name != "late"}
        return Outcome(self.requests, self.heard, self.series, iterations, self.own, self.end)

    def in_any_order(self) -> Outcome:
        """Return it with its requests sorted, without seeing in which order each loop wrote the headers."""
        requests = sorted(self.requests, key=lambda one: (one[0], one[1], sorted(one[2].items()), one[3]))
        return Outcome(requests, self.heard, self.series, self.iterations, self.own, self.end)


def plan_of(scenario: Scenario, seed: int, segment: Segment | None = None) -> dict[str, Any]:
    """Return the plan that the product makes of a scenario."""
    plan = Plan(
        "generated",
        ScenarioWork(scenario),
        scenario.populations,
        http_settings.of_import(scenario.defaults, Path(), Changes()),
        seed=seed,
    )
    names = [journey.name for journey in scenario.journeys]
    made: dict[str, Any] = json.loads(orders.native_plan(plan, segment or Segment(0, 1), names, None))
    return made


def functions_of(scenario: Scenario, seed: int) -> list[Journey]:
    """Compile anew: what is drawn and dealt starts from the beginning."""
    return [journey.function for journey in compile_scenario(scenario, seed=seed)]


def on_the_double(
    plan: Mapping[str, Any], functions: Sequence[Journey], commands: Sequence[Command] = (), wires: Wires | None = None
) -> Outcome:
    """Run in virtual time; with `wires` against a real server."""
    loop = FakeLoop(plan, Shop(), commands, Client if wires is None else wires.client).run(functions)
    series = {
        f"{kind} {name}": {
            "count": one.count,
            "failed": one.failed,
            "cached": one.cached,
            "connects": one.connects,
            "statuses": {str(status): times for status, times in one.statuses.items()},
            "errors": {f"{kind}: {message}": times for (kind, message), times in one.errors.items()},
            "checks": {label: list(counts) for label, counts in one.checks.items()},
        }
        for (kind, name), one in loop.series.items()
    }
    requests = [
        (method, "/" + url.split("/", 3)[3], _ours(headers), body) for method, url, headers, body in loop.requests
    ]
    own = Counter((name, kind) for kind, name, _ in loop.measured)
    end = "stopped" if any(command["type"] == "stop" for _, command in commands) else "finished"
    return _outcome(requests, loop.heard, series, loop.iterations, own, end)


def on_the_native_loop(
    plan: Mapping[str, Any], functions: Sequence[Journey], shop: Recording, commands: Sequence[Command] = ()
) -> Outcome:
    """Run against the recording server."""
    shop.begin(Shop())
    series: dict[str, Any] = defaultdict(
        lambda: {
            "count": 0,
            "failed": 0,
            "cached": 0,
            "connects": 0,
            "statuses": Counter(),
            "errors": Counter(),
            "checks": {},
        }
    )
    iterations: Counter[str] = Counter()
    own: Counter[tuple[str, str]] = Counter()
    *snapshots, end = _run(plan, functions, commands)
    for snapshot in snapshots:
        iterations.update(snapshot.get("iterations", {}))
        for name, kind, times, *_ in snapshot.get("own", ()):
            own[name, kind] += times
        for each in snapshot.get("series", ()):
            _add(series[f"{each['kind']} {each['name']}"], each)
    shop.wait_until_idle()
    requests = [(method, target, _ours(headers), body) for method, target, headers, body in shop.requests]
    return _outcome(requests, shop.heard, series, iterations, own, end["reason"])


def _run(plan: Mapping[str, Any], functions: Sequence[Journey], commands: Sequence[Command]) -> list[dict[str, Any]]:
    """Run the native loop in this thread and return its messages."""
    messages: list[dict[str, Any]] = []
    ours, theirs = socket.socketpair()
    began_ns = time.clock_gettime_ns(time.CLOCK_MONOTONIC)

    def listen() -> None:
        while (message := frames.receive(ours)) is not None:
            messages.append(message)

    def tell() -> None:
        for at_s, command in commands:
            time.sleep(max(0.0, at_s - (time.clock_gettime_ns(time.CLOCK_MONOTONIC) - began_ns) / 1e9))
            said = dict(command)
            if "at_s" in said:
                said["at_ns"] = began_ns + int(said.pop("at_s") * 1e9)
            frames.send(ours, said)

    threads = [threading.Thread(target=listen), threading.Thread(target=tell)]
    for thread in threads:
        thread.start()
    before = binding.recorder
    try:
        loop = engine.Loop(json.dumps({**plan, "start_at_ns": began_ns if commands else None}).encode())
        binding.bind(loop)
        loop.run(list(functions), theirs.fileno())
    finally:
        binding.bind(before)
        theirs.close()
        for thread in threads:
            thread.join()
        ours.close()
    assert messages[-1]["type"] == "end", messages[-1]
    assert messages[-1]["message"] is None, messages[-1]
    return messages


def _add(to: dict[str, Any], one: Mapping[str, Any]) -> None:
    for name in ("count", "failed", "cached"):
        to[name] += one.get(name, 0)
    to["connects"] += one.get("connect", {}).get("n", 0)
    to["statuses"].update(one.get("statuses", {}))
    for kind, message, times in one.get("errors", ()):
        to["errors"][f"{kind}: {message}"] += times
    for label, held, not_held in one.get("checks", ()):
        counts = to["checks"].setdefault(label, [0, 0])
        counts[0] += held
        counts[1] += not_held


def _ours(headers: Mapping[str, str]) -> dict[str, str]:
    """Return the headers to compare; blanks around a value are no part of it."""
    ours = {name: value.strip() for name, value in headers.items() if name in OURS}
    if ours.get("authorization", "").startswith("Digest "):
        ours["authorization"] = "Digest"  # what it says depends on chance
    return ours


def _outcome(
    requests: list[Request],
    heard: Heard,
    series: Mapping[str, Mapping[str, Any]],
    iterations: Mapping[str, int],
    own: Mapping[tuple[str, str], int],
    end: str,
) -> Outcome:
    """Return an outcome without empty parts and without series that count nothing."""
    full = {
        name: {key: dict(value) if isinstance(value, Counter) else value for key, value in one.items() if value}
        for name, one in sorted(series.items())
    }
    return Outcome(
        requests,
        sorted(heard),
        {name: one for name, one in full.items() if one},
        {name: times for name, times in sorted(iterations.items()) if times},
        sorted(own.items()),
        end,
    )
