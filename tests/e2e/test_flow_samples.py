"""Real flows from the field, done once against a server that plays the services they speak to."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import pytest

from penstock.importers import registry
from penstock.importers.base import Files, Overrides, Pool
from tests.apps import Answer, Recorder, Request
from tests.apps.sockets import echoing
from tests.e2e.conftest import ROOT, Command

pytestmark = pytest.mark.e2e

SAMPLES = ROOT.parent / "shared" / "samples" / "loadmill"
FILES = [path for path in sorted(SAMPLES.glob("*.yaml")) if "parameters-set" not in path.name]
FLOWS = {path.stem.rsplit("__", 1)[1]: path for path in FILES}

needs_samples = pytest.mark.skipif(not FLOWS, reason="the folder of files from the field is not here")

SLIDES = """<?xml version="1.0"?>
<slideshow><slide><title>Wake up</title></slide><slide><title>Over</title></slide></slideshow>"""


def services(request: Request) -> Answer:
    """Answer as httpbin, an echo, a web-hook catcher, an inbox, and relays to a database and to Kafka do."""
    parts = urlsplit(request.target)
    path, query = parts.path, parse_qs(parts.query)
    text = request.body.decode()
    match path.strip("/").split("/"):
        case ["anything"]:
            return Answer.json({"data": text, "method": request.method})
        case ["status", code]:
            return Answer.json({}, status=int(code))
        case ["html"]:
            return _answer("<html><body><h1>Herman &amp; Melville</h1></body></html>", "text/html")
        case ["xml"]:
            return _answer(SLIDES, "application/xml")
        case ["base64", word]:
            return _answer(base64.b64decode(unquote(word)).decode(), "text/plain")
        case ["response-headers"]:
            return Answer.json({}, headers=tuple((name, values[0]) for name, values in query.items()))
        case ["api", "postgres"]:
            return Answer.json({"result": [{"book_id": 4, "author_id": 9}]})
        case ["subscribe"]:
            return Answer.json({"id": "consumer-1"})
        case ["consume", "consumer-1"]:
            return Answer.json({"messages": [{"value": f"sent at {query['filter'][0].strip('.*')}"}]})
        case ["open-api", "emails", _] if request.method == "GET":
            return _answer("<p>Slack confirmation code: ABC-123</p>", "text/html")
        case ["requests", _]:
            hook = {"arguments": {"arg1": "1st webhook arg", "arg2": "x"}}
            seen = {"body": json.dumps(hook), "path": "/route/for/the/webhook/url_arg1/", "query": "query_arg=example"}
            return Answer.json(seen)
        case ["api", *_]:
            return Answer.json({"ok": True, "more": 1})
    return Answer.json({"parsedBody": _parsed(text), "rawBody": text, "n": 1})


def _answer(text: str, kind: str) -> Answer:
    return Answer(200, (("Content-Type", kind),), text.encode())


def _parsed(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return None


POOL = "email,user_id,is_subscribed\nann@shop.test,7,yes\nbob@shop.test,8,no\n"


@needs_samples
@pytest.mark.parametrize("name", [name for name in FLOWS if name != "websocket"])
def test_a_flow_from_the_field_runs(penstock: Command, tmp_path: Path, name: str) -> None:
    path = tmp_path / "flow.yaml"
    path.write_text(FLOWS[name].read_text().replace("wait: 1000", "wait: 500"))
    (tmp_path / "24c4cbb9-52d3-42ee-8129-c7eea45f9a14.csv").write_text(POOL)
    with Recorder(services) as target:
        fails = name == "postscript"  # its last request shows how an assertion in a script fails
        ended = penstock(
            "run", path, "--base-url", target.url, "--no-think", "--json", "-", expect=99 if fails else 0, timeout=90
        )
        asked = target.requests
    told = ended.json()
    assert not [finding for finding in told["findings"] if "not available" in finding or "not run" in finding]
    results = [run["result"] for run in told["testSuiteFlowRuns"]]
    assert len(asked) >= sum(len(result["resolvedRequests"]) for result in results) > 0
    if fails:
        (failure,) = results[0]["failures"].values()
        assert list(failure["histogram"]) == [
            'Post Script AssertionError: The key "key3", does not match the value "val7"'
        ]
    after = [each for run in told["testSuiteFlowRuns"] for each in run["redactableResult"]]
    values = [value for each in after for value in each["postParameters"]]
    for expected in EXPECTED.get(name, ()):
        assert expected in values


EXPECTED: dict[str, tuple[dict[str, str], ...]] = {
    "parameters_extractions": (
        {"two_mul_two": "4"},
        {"jsonpath_param": "Hello I'm extracted using JSONPath"},
        {"title_of_html": "Herman &amp; Melville"},
        {"xpath_param": "Wake up"},
        {"header_param": "My extracted header"},
        {"regexp_param": "The sentence between the quotes..."},
    ),
    "slack_signup": ({"confirmation_code": "ABC123"},),
    "postgres_data_validation": ({"book_id": "4"}, {"author_id": "9"}),
    "using_csv": ({"is_user_subscribed": "yes"}, {"is_user_subscribed": "no"}),
    "loop_with_complex_condition": ({"parameter_y": "8"},),
    "postscript": ({"key_num": "3"},),
}
"""What the flows must have made of the answers."""


@needs_samples
@pytest.mark.parametrize("name", [name for name in FLOWS if name != "websocket"])
def test_a_flow_from_the_field_is_carried_over_whole(tmp_path: Path, name: str) -> None:
    files, entry = Files.from_path(FLOWS[name])
    pools = (Pool(None, "pool.csv", POOL.encode()),) if name == "using_csv" else ()
    imported = registry.compile(files, entry, Overrides(pools=pools))
    assert [finding for finding in imported.findings if finding.severity != "note"] == []
    assert not imported.is_blocked


@needs_samples
def test_the_websocket_flow_from_the_field_runs_as_a_suite_as_a_trial_and_as_a_load(
    penstock: Command, tmp_path: Path
) -> None:
    path = FLOWS["websocket"]
    with echoing() as url:
        suite = penstock("run", path, "--base-url", url, "--json", "-").json()
        penstock("trial", path, "--base-url", url, "-o", tmp_path / "recording.json")
        brief = ("--as-load", "--users", "2", "--duration", "1s", "--ramp-up", "0s", "--no-think")
        load = penstock("run", path, "--base-url", url, *brief, "--json", "-").json()
    (run,) = suite["testSuiteFlowRuns"]
    assert run["status"] == "PASSED"
    assert {"sent_string": "hello there"} in run["redactableResult"][-1]["postParameters"]
    assert {"B_stands_for": "Banana"} in run["redactableResult"][-1]["postParameters"]
    first, sent, message, *_ = run["result"]["resolvedRequests"]
    assert (first["response"]["status"], sent["stdout"]) == (101, ["foo hello there bar"])
    assert message["response"]["text"] == "foo hello there bar"
    recording = (tmp_path / "recording.json").read_text()
    assert "Now we'll put B for: Banana." in recording
    assert load["verdict"]["passed"]
    assert {row["name"] for row in load["messages"]} == {
        "Dummy request - Send & extract, message",
        "Dummy request - Send 'D' & extract 'B' using pattern, message",
    }
