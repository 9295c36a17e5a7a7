"""Suites and flows from the command line, against a server that remembers what it was asked."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import jsonschema
import pytest

from tests.apps import Answer, Recorder, Request
from tests.apps.penstock_server import wait_until
from tests.e2e.conftest import ROOT, Command

pytestmark = pytest.mark.e2e

CASE = ROOT / "tests" / "imports" / "cases" / "loadmill" / "suite_with_everything" / "input.yaml"


def shop(request: Request) -> Answer:
    """Answer what the suite of the import cases asks for."""
    match request.path:
        case "/login":
            return Answer.json({"token": "T1"}, headers=(("Set-Cookie", "session=s1; Path=/"),))
        case "/key":
            return Answer.json({"key": "K"}, headers=(("Set-Cookie", "suite=all; Path=/"),))
        case "/items":
            return Answer.json([{"id": 7}])
        case "/orders":
            return Answer.json({}, status=201)
    return Answer.json({})


def write(folder: Path, text: str, name: str = "suite.yaml") -> Path:
    path = folder / name
    path.write_text(text)
    return path


def paths(target: Recorder) -> list[str]:
    return [request.path for request in target.requests]


def test_a_suite_sends_what_it_says_in_the_order_it_says(penstock: Command, tmp_path: Path) -> None:
    with Recorder(shop) as target:
        ended = penstock(
            "run", CASE, f"base_url={target.url}", "--no-think",
            "--json", "run.json", "--junit", "run.xml", "--html", "h.html",
        )  # fmt: skip
        asked = target.requests
    assert [request.path for request in asked] == [
        "/key",
        "/cart", "/", "/logout",
        "/login", "/cart", "/items", "/orders", "/logout",
        "/login", "/cart", "/rate", "/logout",
        "/login", "/cart", "/rate", "/logout",
        "/key/K",
    ]  # fmt: skip
    order = next(request for request in asked if request.path == "/orders")
    assert json.loads(order.body) == {"item": 7, "amount": 3, "run": "K"}
    assert order.header("authorization") == "Bearer T1"
    assert set((order.header("cookie") or "").split("; ")) == {"suite=all", "session=s1"}
    login = next(request for request in asked if request.path == "/login")
    assert login.header("authorization") == "Basic dTpw"
    assert login.header("cookie") == "suite=all"
    assert [request.target for request in asked if request.path == "/rate"] == ["/rate?stars=5", "/rate?stars=1"]
    assert "✓ Order" in ended.stderr
    assert "PASSED" in ended.stderr

    told = json.loads((tmp_path / "run.json").read_text())
    assert (told["status"], told["progress"], told["successRate"]) == ("PASSED", "4/4", "100%")
    flow = next(run for run in told["testSuiteFlowRuns"] if run["description"] == "Order")
    assert flow["testSuiteFlowStatus"] == "Active"
    assert flow["labels"] == ["smoke", "orders"]
    # the suite is marked as sensitive
    assert "T1" not in (tmp_path / "run.json").read_text()
    assert flow["result"]["flow"]["resolvedRequests"][0]["postData"]["text"] == "Body Data Redacted"
    cases = ElementTree.parse(tmp_path / "run.xml").getroot().findall("./testsuite/testcase")
    assert [case.get("status") for case in cases] == ["PASSED"] * 6
    assert "Body Data Redacted" in (tmp_path / "h.html").read_text()


FAILING = """
conf:
  meta: {description: Two flows}
  parameters: [{base: "URL"}]
  maxFlakyFlowRetries: 1
flows:
  - id: f1
    order: 0
    runInCi: true
    conf:
      meta: {description: Sometimes}
      requests:
        - description: Odd ones fail
          url: ${base}/sometimes
          assert: [{check: __status, equals: "200"}]
  - id: f2
    order: 1
    runInCi: true
    labels: [bad]
    conf:
      meta: {description: Never}
      requests:
        - description: First
          url: ${base}/first
          extract: [{name: {jsonPath: name}}]
          assert:
            - {check: name, equals: bob}
            - {check: __status, equals: "200"}
            - {check: name, contains: zz}
          postScript: console.log("name is", name)
        - {description: Off, url: "${base}/off", disabled: true}
        - {description: Not reached, url: "${base}/second"}
"""


class Sometimes:
    def __init__(self) -> None:
        self.count = 0

    def __call__(self, request: Request) -> Answer:
        if request.path == "/sometimes":
            self.count += 1
            return Answer.json({}, status=500 if self.count % 2 else 200)
        return Answer.json({"name": "ann"})


def test_failed_flows_are_repeated_and_every_assertion_is_told(penstock: Command, tmp_path: Path) -> None:
    with Recorder(Sometimes()) as target:
        base = target.url
        path = write(tmp_path, FAILING.replace("URL", target.url))
        ended = penstock("run", path, "--no-think", "--json", "-", "--junit", "j.xml", expect=99)
    assert paths(target) == ["/sometimes", "/sometimes", "/first", "/first"]
    assert "≈ Sometimes  (flaky" in ended.stderr
    assert "attempt 1: Odd ones fail: HTTP status 500" in ended.stderr
    assert "✗ name: expected equals bob, actual 'ann'" in ended.stderr
    assert "> name is ann" in ended.stderr
    assert "– Off  (disabled)" in ended.stderr
    told = ended.json()
    flaky, failed = told["testSuiteFlowRuns"]
    assert (flaky["status"], [run["status"] for run in flaky["runs"]]) == ("FLAKY", ["FAILED", "PASSED"])
    first_run = flaky["runs"][0]["result"]
    assert first_run["failures"] == {
        "0": {"numFailures": 1, "histogram": {"HTTP status 500 - Internal Server Error": 1}}
    }
    result = failed["result"]
    assert result["failures"] == {"0": {"numFailures": 1, "histogram": {"0": 1, "2": 1}}}
    resolved = result["resolvedRequests"]
    assert [request["description"] for request in resolved] == ["First", "Off", "Not reached"]
    assert resolved[0]["url"] == f"{base}/first"
    assert resolved[0]["assert"][0] == {"check": "name", "equals": "bob"}
    assert resolved[0]["response"]["text"] == '{"name": "ann"}'
    assert resolved[0]["stdout"] == ["name is ann "]
    assert "response" not in resolved[2]
    values = failed["redactableResult"]
    assert len(values) == len(resolved)
    assert {"name": "ann"} in values[0]["postParameters"]
    assert {"__status": "200"} in values[0]["postParameters"]
    failures = ElementTree.parse(tmp_path / "j.xml").getroot().findall(".//failure")
    assert [failure.get("message") for failure in failures] == [
        f"Request #1 - First - GET {base}/first => Expected: name equals bob Actual: ann",
        f"Request #1 - First - GET {base}/first => Expected: name contains zz Actual: ann",
    ]


def test_labels_and_flows_choose_what_runs(penstock: Command, tmp_path: Path) -> None:
    with Recorder() as target:
        path = write(tmp_path, FAILING.replace("URL", target.url))
        penstock("run", path, "--no-think", "--labels", "bad", "--retry", "0", expect=99)
        assert paths(target) == ["/first"]
        target.clear()
        penstock("run", path, "--no-think", "--flow", "f1")
        assert paths(target) == ["/sometimes"]
    refused = penstock("run", path, "--labels", "none", expect=104)
    assert "labels in the suite are bad" in refused.stderr


def test_a_stopped_suite_reports_the_flows_until_then(tmp_path: Path) -> None:
    with Recorder() as target:
        steps = f"[{{url: '{target.url}/begun'}}, {{type: Wait, wait: 30}}]"
        waiting = "\n".join(
            f"  - {{id: w{n}, order: {n}, conf: {{meta: {{description: W{n}}}, requests: {steps}}}}}" for n in range(3)
        )
        path = write(tmp_path, f"conf: {{meta: {{description: Slow}}}}\nflows:\n{waiting}\n")
        process = subprocess.Popen(
            [sys.executable, "-m", "penstock", "run", path, "--json", "out.json"],
            cwd=tmp_path,
            stderr=subprocess.PIPE,
            text=True,
            env={**os.environ, "NO_COLOR": "1"},
        )
        wait_until(lambda: target.requests)
        process.send_signal(signal.SIGINT)
        _, told = process.communicate(timeout=20)
    assert process.returncode == 105, told
    runs = json.loads((tmp_path / "out.json").read_text())["testSuiteFlowRuns"]
    assert [run["status"] for run in runs] == ["STOPPED"] * 3
    assert "· W2  (not run)" in told or "1 stopped, 2 not run" in told


def test_a_configuration_is_done_once_where_that_is_asked_for(penstock: Command, tmp_path: Path) -> None:
    with Recorder() as target:
        text = json.dumps({"duration": 60000, "requests": [{"url": f"{target.url}/once"}]})
        ended = penstock("run", write(tmp_path, text, "load.json"), "--once", "--no-think", "--json", "-")
    assert paths(target) == ["/once"]
    assert ended.json()["progress"] == "1/1"


def test_a_flow_of_a_suite_becomes_a_load(penstock: Command, tmp_path: Path) -> None:
    with Recorder(shop) as target:
        ended = penstock(
            "run", CASE, f"base_url={target.url}", "--as-load", "--flow", "Rate", "--users", "2", "--iterations", "3",
            "--ramp-up", "0s", "--no-think", "--json", "-",
        )  # fmt: skip
    summary = ended.json()
    assert summary["iterations"]["finished"] == 6
    assert paths(target).count("/login") == 6
    assert paths(target).count("/key") == 0
    assert {request.target for request in target.requests if request.path == "/rate"} <= {
        "/rate?stars=5",
        "/rate?stars=1",
    }
    refused = penstock("run", CASE, "--as-load", "--flow", "Rate", "--retry", "1", "--labels", "x", expect=104)
    assert "--labels, --retry: only for suites that run flow by flow" in refused.stderr
    refused = penstock("run", CASE, "--as-load", expect=104)
    assert "say which flow is meant, with --flow NAME" in refused.stderr


UPLOAD = """
meta: {description: Upload}
requests:
  - {url: "URL/logo", method: PUT, file: {name: logo.png, key: team/1234}}
  - {url: "URL/notes", method: POST, file: {name: notes}, headers: [{Content-Type: text/x-notes}]}
  - {url: "URL/broken", assert: [{check: never}]}
afterAllRequests: [{url: "URL/tidy", method: DELETE}]
"""


def test_a_flow_sends_the_files_beside_it_and_tidies_up_at_last(penstock: Command, tmp_path: Path) -> None:
    logo = bytes(range(256)) * 2
    (tmp_path / "files").mkdir()
    (tmp_path / "files" / "logo.png").write_bytes(logo)
    (tmp_path / "notes").write_text("ä ${not an expression}")
    with Recorder() as target:
        penstock("run", write(tmp_path, UPLOAD.replace("URL", target.url), "flow.yaml"), "--no-think", expect=99)
        first, second, broken, tidy = target.requests
    assert (first.path, first.body, first.header("content-type")) == ("/logo", logo, "image/png")
    assert (second.body.decode(), second.header("content-type")) == ("ä ${not an expression}", "text/x-notes")
    assert (broken.path, tidy.path, tidy.method) == ("/broken", "/tidy", "DELETE")


def test_a_file_that_is_not_there_is_asked_for(penstock: Command, tmp_path: Path) -> None:
    (tmp_path / "notes").write_text("x")
    refused = penstock("check", write(tmp_path, UPLOAD, "flow.yaml"), expect=104)
    told = "requests[0].file: the file 'logo.png', which is sent, is not beside the test"
    assert told in refused.stdout + refused.stderr


def test_a_flow_says_that_nothing_comes_at_last_under_load(penstock: Command, tmp_path: Path) -> None:
    flow = {"requests": [{"url": "URL/a"}], "afterAllRequests": [{"url": "URL/tidy"}], "maxIterations": 1}
    with Recorder() as target:
        path = write(tmp_path, json.dumps(flow).replace("URL", target.url), "load.json")
        ended = penstock("run", path, "--no-think")
        assert paths(target) == ["/a"]
    assert "afterAllRequests: these are done once, after the flow is done as an API test" in ended.stderr


MIXED = """
conf: {meta: {description: Mixed}}
flows:
  - {id: a, conf: {meta: {description: In a browser}, requests: [{type: Playwright, postScript: "x"}]}}
  - {id: b, conf: {meta: {description: Over HTTP}, requests: [{url: "URL/b"}]}}
"""


def test_a_flow_with_steps_that_are_not_run_is_an_error_and_the_others_run(penstock: Command, tmp_path: Path) -> None:
    with Recorder() as target:
        path = write(tmp_path, MIXED.replace("URL", target.url))
        assert "can be run" in penstock("check", path).stdout
        ended = penstock("run", path, "--no-think", "--junit", "run.xml", expect=103)
        assert paths(target) == ["/b"]
    (suite,) = ElementTree.parse(tmp_path / "run.xml").getroot().iter("testsuite")
    counted = {name: suite.get(name) for name in ("tests", "errors", "failures", "skipped")}
    assert counted == {"tests": "2", "errors": "1", "failures": "0", "skipped": "0"}
    assert "! In a browser  (error" in ended.stderr
    assert "steps in a browser (Playwright) are not run" in ended.stderr
    assert "✓ Over HTTP" in ended.stderr


SHARED = """
conf:
  meta: {description: Carries}
  executionMode: Dependent
  useCookies: true
  parameters: [{base: "URL"}, {drawn: "${__random_uuid()}"}]
flows:
  - id: one
    order: 0
    conf: {meta: {description: One}, requests: [{url: "${base}/one", extract: [{left: "by one"}]}]}
  - id: two
    order: 1
    conf: {meta: {description: Two}, requests: [{url: "${base}/two?left=${left}&drawn=${drawn}"}]}
"""


def test_flows_that_depend_hand_on_values_and_cookies(penstock: Command, tmp_path: Path) -> None:
    def answer(request: Request) -> Answer:
        return Answer.json({}, headers=(("Set-Cookie", f"from={request.path[1:]}"),))

    with Recorder(answer) as target:
        penstock("run", write(tmp_path, SHARED.replace("URL", target.url)), "--no-think")
        one, two = target.requests
    assert one.header("cookie") is None
    assert two.header("cookie") == "from=one"
    assert "left=by%20one" in two.target


def test_flows_that_were_not_reached_are_skipped_and_no_failures(penstock: Command, tmp_path: Path) -> None:
    with Recorder(lambda _: Answer(500)) as target:
        path = write(tmp_path, SHARED.replace("URL", target.url))
        penstock("run", path, "--no-think", "--junit", "run.xml", expect=99)
    (suite,) = ElementTree.parse(tmp_path / "run.xml").getroot().iter("testsuite")
    counted = {name: suite.get(name) for name in ("tests", "errors", "failures", "skipped")}
    assert counted == {"tests": "2", "errors": "0", "failures": "1", "skipped": "1"}


def test_cookies_of_the_file_are_there_from_the_start(penstock: Command, tmp_path: Path) -> None:
    with Recorder() as target:
        flow = f"""
meta: {{description: Cookies}}
useCookies: true
cookies: {{"{target.url}/": [{{cookie: "who=ann", domain: 127.0.0.1, path: /}}, {{cookie: "deep=1", path: /b}}]}}
requests: [{{url: "{target.url}/a"}}, {{url: "{target.url}/b/c"}}]
"""
        path = write(tmp_path, flow, "flow.yaml")
        penstock("run", path, "--no-think")
        penstock("run", path, "--no-think", "--users", "1", "--iterations", "1", "--ramp-up", "0s")
    assert [request.header("cookie") for request in target.requests] == ["who=ann", "deep=1; who=ann"] * 2


def test_rows_may_hold_line_breaks_and_older_encodings(penstock: Command, tmp_path: Path) -> None:
    (tmp_path / "pool-1.csv").write_bytes('name,note\n"M\xfcller, J","two\nlines"\n'.encode("latin-1"))
    with Recorder() as target:
        flow = f"""
meta: {{description: Rows}}
requests:
  - url: {target.url}/
    method: POST
    postData: {{mimeType: text/plain, text: "${{name}}|${{note}}"}}
parameterPools: [pool-1]
"""
        ended = penstock("run", write(tmp_path, flow, "flow.yaml"), "--no-think")
    assert target.requests[0].body.decode() == "Müller, J|two\nlines"
    assert "it is read as Windows-1252" in ended.stderr
    assert "Rows [row 1]" in ended.stderr


SCRIPTS = """
conf: {meta: {description: Scripts}}
flows:
  - id: a
    conf: {meta: {description: Endless}, requests: [{url: "URL/a", postScript: "while (true) {}"}]}
  - id: b
    conf: {meta: {description: Deep}, requests: [{url: "URL/b", postScript: "(function f() { f() })()"}]}
  - id: c
    conf:
      meta: {description: Slow pattern}
      requests:
        - url: URL/c
          extract: [{text: "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab"}]
          assert: [{check: text, matches: "^(a+)+$"}]
  - id: d
    conf: {meta: {description: Fine}, requests: [{url: "URL/d"}]}
"""


def test_a_flow_that_never_ends_its_script_breaks_only_itself(penstock: Command, tmp_path: Path) -> None:
    with Recorder() as target:
        ended = penstock("run", write(tmp_path, SCRIPTS.replace("URL", target.url)), "--no-think", expect=99)
    assert "Post Script Error: Script execution timed out after 1000ms" in ended.stderr
    assert "Post Script" in ended.stderr.split("✗ Deep")[1].split("Slow pattern")[0]
    assert "✗ Slow pattern" in ended.stderr
    assert "✓ Fine" in ended.stderr
    assert paths(target) == ["/a", "/b", "/c", "/d"]


def test_a_timeout_is_told_in_the_vendors_words(penstock: Command, tmp_path: Path) -> None:
    told = threading.Event()

    def late(request: Request) -> Answer:
        told.wait(30)
        return Answer.json({})

    with Recorder(late) as target:
        flow = f"meta: {{description: Late}}\nrequests: [{{url: '{target.url}/late', timeout: 200}}]\n"
        ended = penstock("run", write(tmp_path, flow, "flow.yaml"), "--no-think", "--json", "-", expect=99)
        told.set()
    histogram = ended.json()["testSuiteFlowRuns"][0]["result"]["failures"]["0"]["histogram"]
    assert histogram == {"Timeout of 200ms exceeded": 1}
    assert "Timeout of 200ms exceeded" in ended.stderr


LOOKS_BACK = """
meta: {description: Looks back}
parameters: [{base: "URL"}, {seconds: "0.05"}]
requests:
  - {description: Get, url: "${base}/x", extract: [{first: {jsonPath: n}}]}
  - {type: Wait, wait: seconds}
  - description: Look
    type: ExtractAndAssert
    extract: [{again: {jsonPath: n}}, {sum: "${first + again}"}]
    assert: [{check: sum, equals: "2"}, {check: sum, equals: "3", disabled: true}]
  - {description: Compute, type: Code, postScript: "const double = sum * 2; console.log(double)"}
  - {description: Send, url: "${base}/y?d=${double}"}
"""


def test_steps_that_send_nothing_look_back_and_compute(penstock: Command, tmp_path: Path) -> None:
    with Recorder() as target:
        path = write(tmp_path, LOOKS_BACK.replace("URL", target.url), "flow.yaml")
        ended = penstock("run", path, "--json", "-")
    assert [request.target for request in target.requests] == ["/x", "/y?d=4"]
    resolved = ended.json()["testSuiteFlowRuns"][0]["result"]["resolvedRequests"]
    assert [request["description"] for request in resolved][2:] == ["Look", "Compute", "Send"]
    assert {"sum": "2"} in resolved[2]["postParameters"]
    assert resolved[3]["stdout"] == ["4 "]


def test_given_parameters_come_last_or_in_place(penstock: Command, tmp_path: Path) -> None:
    with Recorder() as target:
        flow = f"""
meta: {{description: P}}
parameters: [{{who: ann}}, {{text: "hello ${{who}}"}}]
requests: [{{url: "{target.url}/${{who}}/${{text}}/${{more}}"}}]
"""
        path = write(tmp_path, flow, "flow.yaml")
        (tmp_path / "set.yaml").write_text("meta: {description: Set}\nparameters: [{more: set}, {who: cid}]\n")
        (tmp_path / "lines.txt").write_text("# a comment\nmore=lines\n")
        penstock("run", path, "who=bob", "--parameters-file", "set.yaml", "--no-think")
        penstock("run", path, "who=bob", "--inline", "--parameters-file", "lines.txt", "--no-think")
        assert paths(target) == ["/bob/hello%20ann/set", "/bob/hello%20bob/lines"]
    wrong = write(tmp_path, "no equals sign\n", "wrong.txt")
    assert (
        "wrong.txt:1: 'no equals sign': write name=value"
        in penstock("run", path, "--parameters-file", wrong, expect=104).stderr
    )


def test_a_suite_is_found_in_a_folder_and_in_an_archive(penstock: Command, tmp_path: Path) -> None:
    import zipfile

    with Recorder() as target:
        text = (
            f"conf: {{meta: {{description: Z}}}}\nflows: [{{id: a, conf: {{requests: [{{url: '{target.url}/z'}}]}}}}]\n"
        )
        folder = tmp_path / "synced"
        folder.mkdir()
        write(folder, text)
        with zipfile.ZipFile(tmp_path / "suite.zip", "w") as archive:
            archive.writestr("suite.yaml", text)
        write(folder, "meta: {description: Shared}\nrequests: [{url: http://x.test/}]\n", "shared.yaml")
        penstock("run", folder, "--no-think")
        penstock("run", tmp_path / "suite.zip", "--no-think")
    assert paths(target) == ["/z", "/z"]


def test_flows_in_a_folder_are_a_suite(penstock: Command, tmp_path: Path) -> None:
    with Recorder() as target:
        folder = tmp_path / "flows"
        folder.mkdir()
        for name in ("b", "a"):
            head = f"meta: {{description: Flow {name}}}\nparameters: [{{p: {name}}}]\n"
            write(folder, f"{head}requests: [{{url: '{target.url}/${{p}}'}}]\n", f"{name}.yaml")
        write(folder, "parameters: [{p: x}]\n", "set.yaml")
        ended = penstock("run", folder, "--no-think")
    assert paths(target) == ["/a", "/b"]
    assert "✓ Flow b" in ended.stderr


def test_rows_may_be_handed_out_one_after_the_other_under_load(penstock: Command, tmp_path: Path) -> None:
    (tmp_path / "p.csv").write_text("n\n" + "".join(f"{number}\n" for number in range(6)))
    with Recorder() as target:
        flow = f"meta: {{description: Rows}}\nrequests: [{{url: '{target.url}/${{n}}'}}]\nparameterPools: [p]\n"
        path = write(tmp_path, flow, "flow.yaml")
        load = ("--users", "2", "--iterations", "3", "--ramp-up", "0s", "--no-think")
        penstock("run", path, *load, "--pool-order", "sequential")
    assert sorted(paths(target)) == [f"/{number}" for number in range(6)]
    assert "write random or sequential" in penstock("run", path, "--pool-order", "sorted", expect=104).stderr


def test_a_trial_records_what_the_test_says_and_what_came(penstock: Command, tmp_path: Path) -> None:
    flow = """
meta: {description: Recorded}
requests:
  - {description: Get, url: "http://shop.example/items?q=1", delay: 40000, headers: [{Authorization: Bearer secret}],
     assert: [{check: __status, equals: "201"}]}
"""
    with Recorder() as target:
        ended = penstock(
            "trial", write(tmp_path, flow, "flow.yaml"), "--base-url", target.url, "--no-think", "-o", "-", expect=99
        )
    told: dict[str, Any] = ended.json()
    pause, request = told["entries"]
    assert (pause["type"], pause["kind"], pause["planned_s"]) == ("pause", "think", 40.0)
    assert request["url"] == "http://shop.example/items?q=1"
    assert target.requests[0].target == "/items?q=1"
    assert request["response"]["status"] == 200
    assert request["checks"][0] | {"label": ""} == {
        "label": "", "held": False, "subject": "__status", "actual": "200", "expected": "equals 201", "enforced": True
    }  # fmt: skip
    assert request["started_s"] < 20
    assert "secret" not in ended.stdout
    assert told["result"]["failures"] == {"0": {"numFailures": 1, "histogram": {"0": 1}}}


def test_a_trial_tells_the_line_of_a_script_that_failed(penstock: Command, tmp_path: Path) -> None:
    flow = """
meta: {description: Scripts}
requests:
  - {description: Get, url: "URL/a", postScript: "const a = 1;\\nif (a) {\\n  JSON.parse('{');\\n}"}
"""
    with Recorder() as target:
        path = write(tmp_path, flow.replace("URL", target.url), "flow.yaml")
        ended = penstock("trial", path, "-o", "recording.json", expect=99)
        once = penstock("run", path, "--junit", "-", "--quiet", expect=99)
    assert "SyntaxError: expecting property name (line 3: JSON.parse('{');)" in ended.stderr
    recording = json.loads((tmp_path / "recording.json").read_text())
    assert recording["entries"][-1]["failures"][0]["place"] == "line 3: JSON.parse('{');"
    assert list(recording["result"]["failures"]["0"]["histogram"]) == [
        "Post Script SyntaxError: expecting property name"
    ], "the vendor's form keeps the vendor's words"
    assert "(line 3: JSON.parse(" in once.stdout


def test_a_trial_of_a_python_flow_records_requests_checks_and_thinks(penstock: Command, tmp_path: Path) -> None:
    with Recorder() as target:
        (tmp_path / "flow.py").write_text(
            "from penstock.script import check, group, http, sleep\n"
            "async def journey(user):\n"
            "    async with group('browse'):\n"
            "        got = await http.post('/a', json={'x': 1}, name='first')\n"
            "        check(got.status == 200, 'answers')\n"
            "    await sleep(30)\n"
            "    await http.get('/b')\n"
        )
        ended = penstock("trial", "flow.py", "--base-url", target.url, "--no-think", "-o", "rec.json")
    entries = json.loads((tmp_path / "rec.json").read_text())["entries"]
    assert [entry["type"] for entry in entries] == ["request", "pause", "request"]
    assert entries[0]["groups"] == ["browse"]
    assert entries[0]["checks"][0]["label"] == "answers"
    assert entries[1]["planned_s"] == 30
    assert "think 30 s" in ended.stderr


def test_what_is_checked_of_a_suite_is_said(penstock: Command) -> None:
    ended = penstock("check", CASE)
    assert "can be run: 'Shop', 3 flows" in ended.stdout
    wrong = CASE.parent.parent / "suite_that_cannot_be" / "input.yaml"
    assert "cannot be run as it is" in penstock("check", wrong, expect=104).stdout


def test_the_published_form_of_a_suite_is_that_of_its_schema() -> None:
    from penstock.importers import registry
    from penstock.importers.base import Files
    from penstock.model import codec

    files, entry = Files.from_path(CASE)
    suite = registry.compile(files, entry).suite
    assert suite is not None
    schema = json.loads((ROOT / "schema" / "suite.v1.json").read_text())
    jsonschema.Draft202012Validator(schema).validate(json.loads(codec.encode_suite(suite)))
