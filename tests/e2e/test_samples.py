"""Real load-test configurations from the field run against a recording server; what it sees is what they say."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.apps import Answer, Recorder, Request
from tests.e2e.conftest import ROOT, Command

pytestmark = pytest.mark.e2e

SAMPLES = ROOT.parent / "shared" / "samples" / "loadmill"
CONFIGURATIONS = sorted(path for path in SAMPLES.glob("*.json") if "mochawesome" not in path.name)

needs_samples = pytest.mark.skipif(not CONFIGURATIONS, reason="the folder of files from the field is not here")


def blog(request: Request) -> Answer:
    """Answer what the samples extract and check."""
    if request.path.endswith("/token/"):
        return Answer.json({"access_token": "secret-1", "token_type": "Bearer"})
    if request.path.endswith("/posts/"):
        return Answer.json({"posts": [{"id": 17}]})
    return Answer.json({"json": {"parameter": "value"}})


def form_of(text: str) -> re.Pattern[str]:
    """Turn a text of the file into a pattern: drawn values are any ten letters or digits."""
    pieces = re.split(r"\$\{__random_chars\}", text)
    return re.compile("[A-Za-z0-9]{10}".join(map(re.escape, pieces)))


def expected_headers(step: dict[str, Any]) -> dict[str, str]:
    given = step.get("headers") or []
    pairs = [pair for each in (given if isinstance(given, list) else [given]) for pair in each.items()]
    values = {"${token_type} ${access_token}": "Bearer secret-1"}
    return {name.lower(): values.get(value, value) for name, value in pairs}


@needs_samples
@pytest.mark.parametrize("path", CONFIGURATIONS, ids=lambda path: path.stem)
def test_a_configuration_from_the_field_sends_what_it_says(penstock: Command, tmp_path: Path, path: Path) -> None:
    configuration = json.loads(path.read_text())
    with Recorder(blog) as target:
        ended = penstock("run", path, "--base-url", target.url, "--duration", "4s", "--json", "-", timeout=60)
        host = target.url.removeprefix("http://")
        recorded = target.requests
    summary = json.loads(ended.stdout)
    assert summary["totals"]["requests"]["failed"] == 0
    assert summary["totals"]["requests"]["count"] == len(recorded) > 0
    for step in configuration["requests"]:
        url = step["url"] if "//" in step["url"] else f"http://{step['url']}"
        path_of_step = urlsplit(url).path or "/"
        sent = [request for request in recorded if request.path == path_of_step]
        assert sent, f"{path_of_step} was never asked for"
        for request in sent:
            assert request.method == step.get("method", "GET")
            assert request.header("host") == host
            for name, value in expected_headers(step).items():
                assert request.header(name) == value
            body = step.get("postData")
            if body:
                assert form_of(body["text"]).fullmatch(request.body.decode())
                assert request.header("content-type") == body["mimeType"]
            else:
                assert request.body == b""


@needs_samples
def test_every_configuration_from_the_field_can_be_checked(penstock: Command) -> None:
    for path in CONFIGURATIONS:
        assert "can be run" in penstock("check", path).stdout
