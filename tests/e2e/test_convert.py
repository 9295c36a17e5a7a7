"""`penstock convert`: what is written does the same as what was read."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.apps import Answer, Recorder
from tests.e2e.conftest import ROOT, Command

pytestmark = pytest.mark.e2e


def test_a_scenario_that_was_written_sends_what_the_original_sends(penstock: Command, tmp_path: Path) -> None:
    original = {
        "parameters": [{"user": "ann"}],
        "useCookies": True,
        "requests": [
            {
                "method": "POST",
                "url": "http://h/login",
                "postData": {"mimeType": "application/json", "text": '{"user": "${user}"}'},
                "extract": [{"token": {"jsonPath": "token"}}],
            },
            {"url": "http://h/items?by=${user}", "headers": [{"X-Token": "${token}"}], "assert": [{"check": "token"}]},
        ],
    }
    (tmp_path / "original.json").write_text(json.dumps(original))
    penstock("convert", "original.json", "user=bob", "-o", "scenario.json")
    sent = []
    for file in ("original.json", "scenario.json", "flow.py"):
        with Recorder(lambda _: Answer.json({"token": "t-1"})) as target:
            if file == "flow.py":  # a flow.py has no address that could be replaced: it is asked for with the right one
                content = json.dumps(original).replace("http://h/", f"{target.url}/")
                (tmp_path / "there.json").write_text(content)
                penstock("convert", "there.json", "user=bob", "-o", "flow.py")
            given = ["user=bob"] if file == "original.json" else []
            given += [] if file == "flow.py" else ["--base-url", target.url]
            penstock("run", file, *given, "--no-think", "--users", "1", "--iterations", "2", "--duration", "5s")
            sent.append([(one.method, one.target, one.body, one.header("x-token")) for one in target.requests])
    assert sent[0] == 2 * [("POST", "/login", b'{"user": "bob"}', None), ("GET", "/items?by=bob", b"", "t-1")]
    assert sent[1] == sent[0]
    assert sent[2] == sent[0]


def test_what_cannot_be_run_is_not_converted(penstock: Command, tmp_path: Path) -> None:
    (tmp_path / "bad.json").write_text(json.dumps({"requests": [{"url": "http://h/", "method": "FETCH"}]}))
    ended = penstock("convert", "bad.json", "-o", "scenario.json", expect=104)
    assert "cannot be converted as it is (1 error)" in ended.stderr
    assert not (tmp_path / "scenario.json").exists()


SUITE = """\
conf: {parameters: [{host: "http://h"}]}
flows:
  - id: 11111111-1111-4111-8111-111111111111
    conf: {meta: {description: Browse}, requests: [{url: "${host}/items"}]}
  - id: 22222222-2222-4222-8222-222222222222
    conf: {meta: {description: Buy}, requests: [{url: "${host}/cart", method: POST}]}
"""


@pytest.mark.parametrize("file", ["scenario.json", "flow.py"])
def test_a_flow_of_a_suite_is_converted_by_its_name(penstock: Command, tmp_path: Path, file: str) -> None:
    with Recorder() as target:
        (tmp_path / "suite.yaml").write_text(SUITE.replace("http://h", target.url))
        penstock("convert", "suite.yaml", "--flow", "Buy", "-o", file)
        penstock("run", file, "--users", "1", "--iterations", "1", "--duration", "5s")
    assert [(one.method, one.target) for one in target.requests] == [("POST", "/cart")]


def test_a_suite_is_not_converted_whole_and_its_flows_are_named(penstock: Command, tmp_path: Path) -> None:
    (tmp_path / "suite.yaml").write_text(SUITE)
    ended = penstock("convert", "suite.yaml", "-o", "scenario.json", expect=104)
    assert "--flow NAME: 'Browse', 'Buy'" in ended.stderr
    assert not (tmp_path / "scenario.json").exists()


@pytest.mark.parametrize(
    ("output", "reason"),
    [("scenario.txt", "end the name with one"), ("nowhere/scenario.json", "does not exist")],
)
def test_an_output_that_cannot_be_written_is_refused_first(penstock: Command, output: str, reason: str) -> None:
    ended = penstock("convert", ROOT / "examples" / "shop.loadmill.json", "-o", output, expect=104)
    assert reason in ended.stderr


def test_check_says_what_became_of_each_kind_of_element(penstock: Command, tmp_path: Path) -> None:
    requests = [{"url": "http://h/", "unheard": 1}, {"url": "http://h/b"}]
    (tmp_path / "test.json").write_text(json.dumps({"requests": requests}))
    told = penstock("check", "test.json")
    assert "element" in told.stdout
    report = penstock("check", "test.json", "--json").json()
    kinds = {one.pop("kind"): one for one in report["elements"]}
    assert kinds["requests"] == {"mapped": 2, "approximated": 0, "dropped": 0}
    assert kinds["requests.unheard"] == {"mapped": 0, "approximated": 0, "dropped": 1}
    assert {"code", "severity", "effect", "file", "line", "path", "message", "advice"} == set(report["findings"][0])
