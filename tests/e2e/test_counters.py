"""Counters of the server under test, from the command line: a real Prometheus, a stand-in for Application Insights."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.apps import Answer, Authority, Recorder
from tests.apps.insights import APP, KEY, Insights
from tests.apps.prometheus import PASSWORD, USER, Monitored, Prometheus
from tests.e2e.conftest import ROOT, Command
from tests.server.vs_loads import load_test, web_test

pytestmark = pytest.mark.e2e

FLOW = """
from penstock.script import http, sleep
async def journey(user):
    await http.get("/buy", name="buy")
    await sleep(0.05)
"""
GUIDE = (ROOT / "docs" / "guide" / "counters.md").read_text()


@pytest.fixture(scope="module")
def shop() -> Iterator[Monitored]:
    with Monitored() as started:
        started.gauges = {'queue{shard="a"}': 3, 'queue{shard="b"}': 5, "odd": float("nan")}
        yield started


@pytest.fixture(scope="module")
def watching(shop: Monitored) -> Iterator[Prometheus]:
    with Prometheus([shop.port]) as started:
        started.wait_for("queue")
        yield started


def written(folder: Path, url: str, counters: dict[str, Any], **more: Any) -> Path:
    (folder / "flow.py").write_text(FLOW)
    application = {"name": "shop", "kind": "prometheus", "url": url, "every_s": 1, "counters": counters} | more
    path = folder / "counters.yaml"
    path.write_text(json.dumps({"applications": [application]}))
    return path


def test_the_example_of_the_guide_runs(
    penstock: Command, tmp_path: Path, shop: Monitored, watching: Prometheus
) -> None:
    example, *_ = re.findall(r"```yaml\n(.*?)```", GUIDE, re.DOTALL)
    commands, *_ = re.findall(r"```sh\n(.*?)```", GUIDE, re.DOTALL)
    assert "penstock run flow.py --counters counters.yaml --duration 1m" in commands
    thresholds = re.findall(r"--threshold '([^']+)'", commands)
    (tmp_path / "counters.yaml").write_text(example.replace("http://127.0.0.1:9090", watching.url))
    (tmp_path / "flow.py").write_text(FLOW)
    asked = [word for one in thresholds for word in ("--threshold", one.replace("over 10s", "over 3s"))]
    options = ("--base-url", shop.url, "--counters", "counters.yaml", "--duration", "5s", "--users", "2")
    report = penstock("run", "flow.py", *options, *asked, "--json", "-").json()
    assert [one["passed"] for one in report["verdict"]["thresholds"]] == [True, True]
    assert report["verdict"]["thresholds"][0]["observed"] == 3.0
    (application,) = report["applications"]
    read = {(one["name"], one["instance"]): one for one in application["counters"]}
    assert 2 <= read["queue", "b"]["count"] <= 7, "once a second, more seldom where the machine is busy"
    assert read["queue", "b"]["last"] == 5
    assert read["requests", ""]["unit"] == "/s"
    assert 10 < read["requests", ""]["max"] < 60, "as many as the load sent"
    seconds = [point["second"] for point in read["queue", "a"]["points"]]
    assert seconds == sorted(set(seconds)), "each in its own second"
    assert set(seconds) <= set(range(6))


def test_a_threshold_on_a_counter_fails_the_run(
    penstock: Command, tmp_path: Path, shop: Monitored, watching: Prometheus
) -> None:
    file = written(tmp_path, watching.url, {"queue": "sum(queue)"})
    options = ("--base-url", shop.url, "--counters", file, "--duration", "4s")
    ended = penstock("run", "flow.py", *options, "--threshold", "max[counter:shop/queue] < 8", expect=99)
    assert "max[counter:shop/queue] < 8" in ended.stderr


def test_a_goal_is_sought_by_a_counter_of_the_server(
    penstock: Command, tmp_path: Path, shop: Monitored, watching: Prometheus
) -> None:
    file = written(tmp_path, watching.url, {"rate": "sum(rate(shop_requests_total{path='/buy'}[3s]))"})
    goal = "avg[counter:shop/rate] in 60..10000 with 1..8 users by 4 every 1s keep"
    options = ("--base-url", shop.url, "--counters", file, "--duration", "8s", "--json", "-")
    report = penstock("run", "flow.py", *options, "--goal", goal).json()
    changes = [event["what"] for event in report["events"] if event["who"] == "goal"]
    assert changes
    assert "counter:shop/rate" in changes[0]
    assert report["users"]["peak"] > 1


def test_what_is_wrong_with_a_counter_is_said_and_the_run_goes_on(
    penstock: Command, tmp_path: Path, shop: Monitored, watching: Prometheus
) -> None:
    counters = {"two": "queue", "odd": "odd", "bad": "sum(", "none": "nothing_here", "span": "queue[1m]", "one": "7"}
    counters["label"] = {"query": "sum(queue)", "instance": "shard"}  # type: ignore[assignment]
    file = written(tmp_path, watching.url, counters)
    options = ("--base-url", shop.url, "--counters", file, "--duration", "4s", "--json", "-")
    report = penstock("run", "flow.py", *options).json()
    said = [event["what"] for event in report["events"] if event["who"] == "counters"]
    assert len(said) == 6, "each once, however often it is read"
    for text in (
        "shop/two: gives 2 series, not one",
        "shop/odd: gives NaN",
        "shop/bad: is refused: bad_data: ",
        "shop/none: gives nothing",
        "shop/span: gives a matrix",
        "shop/label: gives a series without the label shard",
    ):
        assert any(one.startswith(text) for one in said), text
    assert [one["name"] for one in report["applications"][0]["counters"]] == ["one"]

    tried = penstock("counters", file, expect=104)
    assert tried.stdout == "shop/one  7\n"
    assert "error: shop/two: gives 2 series" in tried.stderr


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("http://127.0.0.1:1", "does not answer"),
        ("http://nowhere.invalid", "does not answer"),
        ("TARGET", "is not that of Prometheus"),  # another server, which answers with JSON
    ],
)
def test_a_source_that_is_not_there_is_said_once(
    penstock: Command, tmp_path: Path, shop: Monitored, url: str, said: str
) -> None:
    file = written(tmp_path, url.replace("TARGET", shop.url), {"a": "1", "b": "2"})
    options = ("--base-url", shop.url, "--counters", file, "--duration", "4s", "--json", "-")
    report = penstock("run", "flow.py", *options).json()
    (event,) = [one["what"] for one in report["events"] if one["who"] == "counters"]
    assert said in event
    assert report["totals"]["requests"]["count"] > 10


def test_a_source_that_fails_for_a_while_is_read_again(penstock: Command, tmp_path: Path, shop: Monitored) -> None:
    good = Answer.json({"status": "success", "data": {"resultType": "scalar", "result": [1.0, "4"]}})
    broken = Answer(503, (), b"starting")
    with Recorder([good, broken, broken, good]) as flaky:
        file = written(tmp_path, flaky.url, {"a": "4"})
        options = ("--base-url", shop.url, "--counters", file, "--duration", "4s", "--json", "-")
        report = penstock("run", "flow.py", *options).json()
    said = [one["what"] for one in report["events"] if one["who"] == "counters"]
    assert said[0].startswith("shop: http://127.0.0.1:")
    assert said[0].endswith("answers 503: starting")
    assert said[1:] == ["shop: can be read again"]


def test_credentials_and_authorities_reach_a_guarded_prometheus(
    penstock: Command, tmp_path: Path, shop: Monitored, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WATCHER_PASSWORD", PASSWORD)
    authority = Authority()
    authority.save(tmp_path / "authority.pem")
    trusted = {"authorities": (tmp_path / "authority.pem").read_text()}
    with Prometheus([shop.port], guarded=authority) as guarded:
        open_sesame = {"user": USER, "password": "${WATCHER_PASSWORD}"}
        right = penstock("counters", written(tmp_path, guarded.url, {"a": "6 * 7"}, **trusted, **open_sesame))
        assert right.stdout == "shop/a  42\n"
        wrong = {"user": USER, "password": "guess"}
        refused = penstock("counters", written(tmp_path, guarded.url, {"a": "1"}, **trusted, **wrong), expect=104)
        assert "refuses the credentials (401)" in refused.stderr
        assert "guess" not in refused.stderr
        stranger = penstock("counters", written(tmp_path, guarded.url, {"a": "1"}, **open_sesame), expect=104)
        assert "certificate" in stranger.stderr.lower()


def test_counters_of_application_insights_are_read_beside_a_run(penstock: Command, tmp_path: Path) -> None:
    with Insights() as cloud, Monitored() as shop:
        cloud.metrics["requests/duration", "avg"] = {"": lambda _: 12.5}
        (tmp_path / "flow.py").write_text(FLOW)
        application = {
            "name": "cloud",
            "kind": "application-insights",
            "url": cloud.url,
            "app": APP,
            "api_key": KEY,
            "counters": {"Duration": {"query": "requests/duration", "aggregation": "avg", "unit": "ms"}},
        }
        file = tmp_path / "counters.yaml"
        file.write_text(json.dumps({"applications": [application]}))
        options = ("--base-url", shop.url, "--counters", file, "--duration", "4s", "--json", "-")
        report = penstock("run", "flow.py", *options, "--threshold", "value[counter:cloud/Duration] < 20").json()
        (threshold,) = report["verdict"]["thresholds"]
        assert (threshold["observed"], threshold["passed"]) == (12.5, True)
        assert KEY not in json.dumps(report)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[1, 2]", "a list under the key applications is needed"),
        ("applications: []", "a list under the key applications is needed"),
        ("applications: [{name: a, kind: prometheus, url: 'http://h'}]", "applications[0]: counters are needed"),
        ("applications: [{name: a/b, kind: prometheus, url: 'http://h', counters: {a: b}}]", "name: "),
        ("applications: [{name: a, kind: graphite, url: 'http://h', counters: {a: b}}]", "applications[0], kind: "),
        ("applications: [{name: a, kind: prometheus, url: 'ftp://h', counters: {a: b}}]", "applications[0], url: "),
        ("applications: [{name: a, kind: prometheus, url: 'http://u:p@h', counters: {a: b}}]", "url: "),
        ("applications: [{name: a, kind: application-insights, url: 'http://h'}]", "app is needed"),
        (
            "applications: [{name: a, kind: prometheus, url: 'http://h', bearer: '${NOT_SET_HERE}', counters: {a: b}}]",
            "NOT_SET_HERE is not set",
        ),
    ],
)
def test_a_file_that_says_nothing_usable_is_refused(penstock: Command, tmp_path: Path, text: str, said: str) -> None:
    file = tmp_path / "counters.yaml"
    file.write_text(text)
    assert said in penstock("counters", file, expect=104).stderr


def test_a_threshold_on_a_counter_that_nobody_reads_is_refused(penstock: Command, tmp_path: Path) -> None:
    file = written(tmp_path, "http://127.0.0.1:9", {"queue": "queue"})
    asked = ("--counters", file, "--base-url", "http://127.0.0.1:9", "--threshold", "max[counter:shop/cue] < 1")
    assert "'shop/cue'" in penstock("run", "flow.py", *asked, "--duration", "1s", expect=104).stderr


def test_a_goal_of_visual_studio_is_sought_by_a_counter_of_its_machine(
    penstock: Command, tmp_path: Path, shop: Monitored, watching: Prometheus
) -> None:
    counter = 'CategoryName="Processor" CounterName="% Processor Time" InstanceName="_Total" MachineName="WEB01"'
    goal = f'Pattern="GoalBased" InitialUsers="1" MinUserCount="1" MaxUserCount="6" MaxUserCountIncrease="3" {counter}'
    constant = b'Pattern="Constant" InitialUsers="2"'
    test = load_test(seconds=7, sample_s=1)
    assert constant in test
    test = test.replace(constant, f'{goal} MinTargetValue="50" MaxTargetValue="60"'.encode())
    (tmp_path / "home.loadtest").write_bytes(test)
    (tmp_path / "home.webtest").write_bytes(web_test(f"{shop.url}/home"))
    refused = penstock("run", "home.loadtest", expect=104)
    assert "let the counter WEB01/Processor/% Processor Time be read (--counters)" in " ".join(refused.stderr.split())

    file = written(tmp_path, watching.url, {"Processor/% Processor Time": "sum(queue)"}, name="WEB01")
    report = penstock("run", "home.loadtest", "--counters", file, "--json", "-").json()
    assert report["users"]["peak"] == 6, "the counter stays at 8, far below the goal"
    (change, *_) = [event["what"] for event in report["events"] if event["who"] == "goal"]
    assert "avg[counter:WEB01/Processor/% Processor Time] was 8" in change
