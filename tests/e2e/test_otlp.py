"""`penstock run --otlp`: what a run measures reaches a collector of OpenTelemetry, and a bad collector no run."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.apps import Answer, Recorder, Request
from tests.e2e.conftest import Command

pytest.importorskip("opentelemetry.proto", reason="OpenTelemetry is not installed: penstock[otlp]")
from tests.apps.otlp import Collector, points, total

pytestmark = pytest.mark.e2e

FLOW = """
from penstock.script import Options, check, group, http, sleep
options = Options(users=3, iterations=4)
async def journey(user):
    async with group("shop"):
        for name in ("fine", "broken", "fine"):
            got = await http.get("/" + name, name=name)
            check(got.status == 200, "answers")
    await sleep(0.2)
"""


def answer(request: Request) -> Answer:
    return Answer.json({}, 500 if request.path == "/broken" else 200)


@pytest.fixture
def flow(tmp_path: Path) -> Path:
    (tmp_path / "flow.py").write_text(FLOW)
    return tmp_path


def test_a_collector_gets_what_the_report_says(penstock: Command, flow: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_HEADERS", "api-key=secret%20one")
    monkeypatch.setenv("OTEL_RESOURCE_ATTRIBUTES", "deployment.environment.name=staging")
    monkeypatch.setenv("OTEL_METRIC_EXPORT_INTERVAL", "200")
    with Recorder(answer) as shop, Collector() as collector:
        said = penstock(
            *("run", "flow.py", "--base-url", shop.url, "--otlp", collector.url, "--json", "r.json"),
            *("--iterations", "12", "--max-failures", "100%"),
        ).stderr
        assert {request.header("api-key") for request in collector.requests} == {"secret one"}
        told = collector.messages
    assert "messages with metrics" not in said
    assert len(told) > 1, "while it runs, and at its end"
    last, report = told[-1], json.loads((flow / "r.json").read_text())
    assert total(last, "penstock.load.users") == 0
    assert total(last, "penstock.load.agents") == 1
    assert total(last, "penstock.load.iterations") == report["iterations"]["finished"] == 36
    for row in report["requests"]:
        name = row["name"]
        assert total(last, "penstock.load.requests", request=name) == row["count"]
        assert total(last, "penstock.load.failures", request=name) == row["failed"]
        (latency,) = points(last["penstock.load.latency"], request=name)
        assert (latency.count, sum(latency.bucket_counts)) == (row["count"], row["count"])
        assert latency.max == row["all"]["response"]["max_s"]
    assert total(last, "penstock.load.requests", request="broken", status="5xx") == 36
    assert total(last, "penstock.load.errors", request="broken", kind="status") == 36
    assert total(last, "penstock.load.checks", request="broken", check="answers", outcome="missed") == 36
    assert total(last, "penstock.load.group.passes", group="shop") == 36
    assert total(last, "penstock.load.sent") > total(last, "penstock.load.requests") * 50
    counts = [total(one, "penstock.load.iterations") for one in told if "penstock.load.iterations" in one]
    assert counts == sorted(counts), "values are cumulative"


def test_a_collector_of_the_environment_gets_exponential_histograms(
    penstock: Command, flow: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_METRICS_DEFAULT_HISTOGRAM_AGGREGATION", "base2_exponential_bucket_histogram")
    with Recorder(answer) as shop, Collector() as collector:
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", collector.url)
        penstock("run", "flow.py", "--base-url", shop.url, "--otlp", "env", "--max-failures", "100%")
        last = collector.messages[-1]
    (fine,) = points(last["penstock.load.latency"], request="fine")
    assert fine.count == 24
    assert fine.zero_count + sum(fine.positive.bucket_counts) == 24


def test_a_collector_that_is_away_disturbs_no_run_and_is_told_once(
    penstock: Command, flow: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OTEL_METRIC_EXPORT_INTERVAL", "200")
    with Recorder(answer) as shop, Collector(status=403) as refusing:
        for place, why in (("http://127.0.0.1:9", "Connection refused"), (refusing.url, "HTTP status 403 Forbidden")):
            said = penstock(
                "run", "flow.py", "--base-url", shop.url, "--otlp", place, "--max-failures", "100%", "--json", "r.json"
            ).stderr
            (line,) = [one for one in said.splitlines() if "messages with metrics" in one]
            assert line.startswith("warning: ")
            assert f"were not taken by {place} ({why}); nor was the last one" in line
            report: Any = json.loads((flow / "r.json").read_text())
            assert report["iterations"]["finished"] == 12


@pytest.mark.parametrize(
    ("place", "environment", "says"),
    [
        pytest.param("collector:4318", {}, "write it like http://collector.example.com:4318", id="no URL"),
        pytest.param("env", {}, "neither OTEL_EXPORTER_OTLP_METRICS_ENDPOINT nor", id="nothing in the environment"),
        pytest.param(
            "http://127.0.0.1:9",
            {"OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE": "delta"},
            "only cumulative values are sent",
            id="deltas",
        ),
        pytest.param(
            "http://127.0.0.1:9", {"OTEL_METRIC_EXPORT_INTERVAL": "1s"}, "milliseconds are needed", id="no interval"
        ),
    ],
)
def test_what_cannot_be_done_is_said_before_anything_is_sent(
    penstock: Command,
    flow: Path,
    monkeypatch: pytest.MonkeyPatch,
    place: str,
    environment: dict[str, str],
    says: str,
) -> None:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    with Recorder(answer) as shop:
        assert says in penstock("run", "flow.py", "--base-url", shop.url, "--otlp", place, expect=104).stderr
        assert not shop.requests
