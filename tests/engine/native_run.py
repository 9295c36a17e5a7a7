"""Runs journeys on the native loop inside the test, and adds up what it says."""

from __future__ import annotations

import importlib
import socket
import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import orjson
import pytest

from penstock.script import binding, http
from tests.engine.loads import of_one_population

pytest.importorskip(
    "penstock.engine._native",
    reason="the native loop is not built; build it with `maturin develop`",
    exc_type=ImportError,
)
engine = importlib.import_module("penstock.engine")
frames = importlib.import_module("penstock.engine.frames")

Journey = Callable[[Any], Any]


@dataclass
class Series:
    """One series, over all snapshots."""

    count: int = 0
    failed: int = 0
    bytes_sent: int = 0
    bytes_received: int = 0
    statuses: Counter[int] = field(default_factory=Counter)
    errors: Counter[tuple[str, str]] = field(default_factory=Counter)
    checks: dict[str, list[int]] = field(default_factory=dict)
    histograms: dict[str, Counter[str]] = field(default_factory=dict)

    def mean_s(self, histogram: str = "service") -> float:
        """Return the mean of a histogram in seconds."""
        sums = self.histograms[histogram]
        return sums["sum"] / sums["n"] / 1e9


@dataclass
class Played:
    """What a run gave."""

    snapshots: list[dict[str, Any]]
    end: dict[str, Any]
    took_s: float

    def series(self, name: str, kind: str = "request") -> Series:
        """Return the sums of one series; empty when nothing was counted under that name."""
        found = Series()
        for snapshot in self.snapshots:
            for one in snapshot["series"]:
                if (one["kind"], one["name"]) == (kind, name):
                    _add(found, one)
        return found

    @property
    def names(self) -> set[tuple[str, str]]:
        """Kinds and names of all series."""
        return {(one["kind"], one["name"]) for snapshot in self.snapshots for one in snapshot["series"]}

    @property
    def iterations(self) -> dict[str, int]:
        """Sums of the iteration counts, those that are not 0."""
        sums: Counter[str] = Counter()
        for snapshot in self.snapshots:
            sums.update(snapshot["iterations"])
        return {name: times for name, times in sums.items() if times}

    @property
    def samples(self) -> list[dict[str, Any]]:
        """All samples."""
        return [sample for snapshot in self.snapshots for sample in snapshot.get("samples", ())]

    def health(self, name: str) -> list[Any]:
        """Return one value of the health of each second."""
        return [snapshot["health"].get(name) for snapshot in self.snapshots]


def _add(to: Series, one: dict[str, Any]) -> None:
    for name in ("count", "failed", "bytes_sent", "bytes_received"):
        setattr(to, name, getattr(to, name) + one.get(name, 0))
    to.statuses.update({int(status): times for status, times in one.get("statuses", {}).items()})
    for kind, message, times in one.get("errors", ()):
        to.errors[kind, message] += times
    for name, held, failed in one.get("checks", ()):
        counts = to.checks.setdefault(name, [0, 0])
        counts[0] += held
        counts[1] += failed
    for name in ("service", "response", "failed_service", "failed_response", "connect"):
        if name in one:
            to.histograms.setdefault(name, Counter()).update({key: one[name][key] for key in ("n", "sum")})
    for name, took in one.get("phases", {}).items():
        to.histograms.setdefault(name, Counter()).update({key: took[key] for key in ("n", "sum")})


def plan(
    phases: Sequence[tuple[float, float, float]] = ((1, 1, 20.0),),
    iterations: int | None = 1,
    pause_s: float = 0.0,
    grace_s: float = 5.0,
    journeys: Sequence[tuple[str, float]] = (("main", 1.0),),
    segment: tuple[int, int] = (0, 1),
    start_at_ns: int | None = None,
    limits: tuple[int, int, int] = (1000, 100, 50),
    population: Mapping[str, Any] | None = None,
    load: Mapping[str, Any] | None = None,
    **http: Any,
) -> dict[str, Any]:
    """Return a plan; what is not said is usual."""
    return {
        "version": 1,
        "segment": {"index": segment[0], "of": segment[1]},
        "start_at_ns": start_at_ns,
        **of_one_population(
            journeys,
            phases,
            population,
            iterations_per_user=iterations,
            pause_s=pause_s,
            grace_s=grace_s,
            **(load or {}),
        ),
        "http": {
            "base_url": None,
            "retarget": None,
            "timeout_s": 5,
            "max_redirects": 10,
            "user_agent": "penstock/test",
            "accept_encoding": "gzip, deflate, br",
            "cookies": "user",
            "verify_tls": True,
            "max_body_bytes": 1_000_000,
            **http,
        },
        "limits": dict(zip(("series", "errors_per_series", "samples"), limits, strict=True)),
    }


def play(*journeys: Journey, meanwhile: Callable[[socket.socket], None] | None = None, **settings: Any) -> Played:
    """Run journeys in this thread; `meanwhile` is called in another with the runner's end of the socket."""
    if len(journeys) > 1 and "journeys" not in settings:
        settings["journeys"] = [(f"j{number}", 1.0) for number in range(len(journeys))]
    return play_planned(orjson.dumps(plan(**settings)), journeys, meanwhile)


def play_planned(
    made: bytes, journeys: Sequence[Journey], meanwhile: Callable[[socket.socket], None] | None = None
) -> Played:
    """Run journeys by a plan that was made elsewhere."""
    messages: list[dict[str, Any]] = []
    ours, theirs = socket.socketpair()

    def listen() -> None:
        while (message := frames.receive(ours)) is not None:
            messages.append(message)

    threads = [threading.Thread(target=listen)]
    if meanwhile is not None:
        threads.append(threading.Thread(target=meanwhile, args=(ours,)))
    for thread in threads:
        thread.start()
    before = binding.recorder
    try:
        loop = engine.Loop(made)
        binding.bind(loop)
        began = time.monotonic()
        loop.run(journeys, theirs.fileno())
        took_s = time.monotonic() - began
    finally:
        binding.bind(before)
        theirs.close()
        for thread in threads:
            thread.join(10)
        ours.close()
    end = messages.pop() if messages else {}
    played = Played(messages, end, took_s)
    for kind, name in played.names:
        for _, message in played.series(name, kind).errors:
            # An assertion inside a journey is one of the test.
            assert not message.startswith("AssertionError"), message
    return played


def stop_after(seconds: float, grace_s: float) -> Callable[[socket.socket], None]:
    """Return a `meanwhile` that asks the run to stop."""

    def stop(to: socket.socket) -> None:
        time.sleep(seconds)
        frames.send(to, {"type": "stop", "grace_s": grace_s})

    return stop


def ask(
    url: str, *, method: str = "GET", times: int = 1, settings: dict[str, Any] | None = None, **options: Any
) -> list[Any]:
    """Ask a URL with one user and return the responses; `settings` are those of the plan."""
    responses = []

    async def journey(user: Any) -> None:
        for _ in range(times):
            responses.append(await http.request(method, url, **options))

    play(journey, **(settings or {}))
    return responses
