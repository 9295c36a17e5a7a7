"""Whole request sequences of the original: imported, compiled, and run on the plain loop against a scripted server."""

from __future__ import annotations

import json
import re
from itertools import count
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from penstock.importers import registry
from penstock.importers.base import Files, Imported
from penstock.model import Request, Scenario
from penstock.program.journeys import compile as compile_scenario
from tests.engine.fake_http import Answer, Server
from tests.engine.fake_loop import FakeLoop

FILE = Path(__file__).parents[1] / "unit" / "program" / "values" / "loadmill_vectors.json"
VECTORS: list[dict[str, Any]] = json.loads(FILE.read_text())["vectors"]

WORDS = {
    "goTo unknown": "there is no (label|request) 'nowhere'",
    "loop condition that cannot be computed": "Error in function '__eq': Must have at least 2 arguments",
    "timeout": "no complete response within 0.1 s",
}
"""Failures that say it in other words than the original (`Unexpected sampler error`, say): what must be in them."""

DIFFERENCES = {"delay too large (later limit)": "limits of the vendor's servers are noted, but a test runs as written"}


def of_kind(kind: str) -> list[Any]:
    return [pytest.param(vector, id=vector.get("name", vector["id"])) for vector in VECTORS if vector["kind"] == kind]


def imported(conf: dict[str, Any]) -> Imported:
    requests = []
    for request in conf["requests"]:
        url = request.get("url", "").replace("SUT", "sut")
        requests.append({"delay": 50, **request, "url": f"http://sut{url}" if url.startswith("/") else url})
    content = json.dumps({**conf, "requests": requests, "rampUp": 0, "maxIterations": 1}).encode()
    return registry.compile(Files.from_dict({"test.json": content}), "test.json")


def stub() -> Server:
    calls = count(1)

    def answer(_method: str, url: str, _headers: dict[str, str], _body: bytes) -> Answer:
        path = urlsplit(url).path
        parts = path.strip("/").split("/")
        if parts[0] == "status":
            return Answer(int(parts[1]), reason=parts[2] if len(parts) > 2 else None)
        if path in ("/r1", "/r2"):
            return Answer(302, (("Location", {"/r1": "/r2", "/r2": "/echo"}[path]),))
        if path == "/html":
            return Answer(200, (("Content-Type", "text/html"),), b"<h1>x</h1>")
        if path == "/cookie":
            return Answer(200, (("Set-Cookie", "sid=1; Path=/"), ("Set-Cookie", "t=2; Path=/")), b"{}")
        if path == "/count":
            return Answer(200, (), json.dumps({"n": next(calls)}).encode())
        return Answer(200, (("X-A", "1"),), b'{"ok":true}', elapsed_s=0.4 if path == "/slow" else 0.001)

    return answer


def run(scenario: Scenario) -> FakeLoop:
    load = {"phases": [{"start": 1, "end": 1, "duration_s": 1e6}], "iterations_per_user": 1}
    http = {"cookies": scenario.defaults.cookies, "max_redirects": scenario.defaults.max_redirects}
    names = [{"name": journey.name} for journey in scenario.journeys]
    loop = FakeLoop({"load": load, "http": http, "journeys": names}, stub())
    return loop.run([journey.function for journey in compile_scenario(scenario)])


@pytest.mark.parametrize("vector", of_kind("sequence"))
def test_a_sequence_runs_as_in_the_original(vector: dict[str, Any]) -> None:
    result = imported(vector["conf"])
    assert result.scenario is not None
    assert [finding for finding in result.findings if finding.severity == "error"] == []
    if vector["name"] in DIFFERENCES:
        assert any(finding.code == "vendor-limit" for finding in result.findings)
        assert len(run(result.scenario).requests) == 1
        return
    loop = run(result.scenario)
    sent = [(method, url.removeprefix("http://sut"), headers, body) for method, url, headers, body in loop.requests]
    assert [(method, path) for method, path, _, _ in sent] == [
        (call["method"], call["path"]) for call in vector["expect"]["calls"]
    ]
    for call, (_, _, headers, body) in zip(vector["expect"]["calls"], sent, strict=True):
        assert body.decode() == call.get("body", body.decode())
        for name, value in call.get("headers", {}).items():
            assert headers.get(name) == value
    expect_failures(vector, result.scenario, loop)


def expect_failures(vector: dict[str, Any], scenario: Scenario, loop: FakeLoop) -> None:
    found = [message for series in loop.series.values() for _, message in series.errors.elements()]
    if not vector["expect"]["failures"]:
        assert found == []
        assert loop.iterations["failed"] == 0
        return
    assert loop.iterations["failed"] == 1
    ((place, failure),) = vector["expect"]["failures"].items()
    if all(reason.isdigit() for reason in failure["histogram"]):
        requests = [step for step in scenario.journeys[0].steps if isinstance(step, Request)]
        checks = [check.label for check in requests[int(place)].checks]
        missed = {name for series in loop.series.values() for name, (_, missed) in series.checks.items() if missed}
        assert missed == {checks[int(index)] for index in failure["histogram"]}
    else:
        (reason,) = failure["histogram"]
        (message,) = found
        if vector["name"] in WORDS:
            assert re.search(WORDS[vector["name"]], message)
        else:
            assert message == reason


@pytest.mark.parametrize("vector", of_kind("pause"))
def test_a_failed_iteration_is_followed_by_the_pause_of_the_original(vector: dict[str, Any]) -> None:
    requests = [
        {"url": "/status/500" if not index else "/echo", **request} for index, request in enumerate(vector["requests"])
    ]
    conf = {"iterationDelay": vector["iterationDelay"], "requests": requests}
    content = {**conf, "rampUp": 0, "requests": [{**each, "url": f"http://sut{each['url']}"} for each in requests]}
    result = registry.compile(Files.from_dict({"test.json": json.dumps(content).encode()}), "test.json")
    assert result.scenario is not None
    scenario = result.scenario
    (journey,) = compile_scenario(scenario)
    load = {
        "phases": [{"start": 1, "end": 1, "duration_s": 1e6}],
        "iterations_per_user": 2,
        "pause_s": scenario.populations[0].load.pause_s,
    }
    once = FakeLoop({"load": {**load, "iterations_per_user": 1}, "journeys": [{"name": "main"}]}, stub())
    twice = FakeLoop({"load": load, "journeys": [{"name": "main"}]}, stub())
    one_s = once.run([journey.function]).now
    both_s = twice.run([journey.function]).now
    assert both_s - 2 * one_s == pytest.approx(vector["pauseMs"] / 1000)
