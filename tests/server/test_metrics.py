"""What a server tells Prometheus: scraped by a real one, and read as it stands."""

from __future__ import annotations

import re
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families

from tests.apps import Answer, Recorder, Request
from tests.apps.penstock_server import PenstockServer, wait_until
from tests.apps.ports import lasting_port
from tests.apps.prometheus import Prometheus, promtool
from tests.e2e.conftest import ROOT
from tests.server.loads import launch, until

GUIDE = (ROOT / "docs" / "guide" / "monitoring.md").read_text()


@pytest.fixture(scope="module")
def target() -> Iterator[Recorder]:
    def answer(request: Request) -> Answer:
        return Answer.json({}, 500 if request.path == "/broken" else 200)

    with Recorder(answer) as started:
        yield started


def told(server: PenstockServer, token: str | None = None) -> str:
    answer = httpx.get(f"{server.url}/metrics", headers={"Authorization": f"Bearer {token or server.token}"})
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"].startswith("text/plain")
    return answer.text


def value(text: str, name: str, **labels: str) -> float:
    """Return the sum of the samples of that name which have these labels."""
    found = [
        sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
        if sample.name == name and labels.items() <= sample.labels.items()
    ]
    assert found, f"there is no {name} with {labels}"
    return sum(found)


def both(url: str) -> list[dict[str, object]]:
    return [{"url": f"{url}/{name}", "description": name, "delay": 20} for name in ("items", "broken")]


def test_prometheus_has_the_numbers_of_the_report(server: PenstockServer, admin: httpx.Client) -> None:
    seen = threading.Event()

    def answer(request: Request) -> Answer:
        if len(target.requests) > 20:
            seen.wait(25)
        return Answer.json({}, 500 if request.path == "/broken" else 200)

    read = admin.post("/tokens", json={"description": "Prometheus", "scopes": ["read"]}).json()["token"]
    port = urlsplit(server.url).port
    assert port is not None
    with Prometheus([port], token=read) as watching, Recorder(answer) as target:
        run = launch(admin, target.url, requests=both(target.url), concurrency=2, maxIterations=40)
        watching.wait_for(f'penstock_load_users{{run="{run}"}} > 0')
        seen.set()
        until(admin, run)
        report = admin.get(f"/runs/{run}/report", params={"format": "json"}).json()
        rows = {row["name"]: row for row in report["requests"]}
        total = sum(row["count"] for row in rows.values())
        watching.wait_for(f'sum(penstock_load_requests_total{{run="{run}"}}) == {total}')
        for name, row in rows.items():
            here = f'{{run="{run}",request="{name}",name="shop",team="default"}}'
            assert watching.values(f"penstock_load_requests_total{here}") == [row["count"]]
            assert watching.values(f"penstock_load_failures_total{here}") == [row["failed"]]
            assert watching.values(f"penstock_load_latency_seconds_count{here}") == [row["count"]]
        assert rows["broken"]["failed"] > 0
        assert watching.values(f'penstock_load_iterations_total{{run="{run}"}}') == [report["iterations"]["finished"]]
        watching.wait_for(f'penstock_load_users{{run="{run}"}} == 0')
        watching.wait_for('sum(penstock_runs{kind="load",state=~"failed|passed"}) > 0')
        for expression in (
            'penstock_http_request_duration_seconds_count{face="native",status="2xx"} > 0',
            "process_resident_memory_bytes > 1e6",
            "process_open_fds > 0",
            "penstock_database_up == 1",
            "penstock_database_bytes > 1e4",
            "penstock_blob_bytes >= 0",
            'time() - penstock_chore_last_success_timestamp_seconds{chore="retention"} < 600',
            "penstock_build_info == 1",
        ):
            watching.wait_for(expression)


def test_a_run_that_waits_is_told_with_its_age(tmp_path: Path, target: Recorder) -> None:
    server = PenstockServer(tmp_path / "data", ("--allow-private-targets", "--max-runs", "1")).start()
    try:
        with server.client() as client:
            first, second = (launch(client, target.url, maxIterations=9999) for _ in range(2))
            until(client, first, "running")
            wait_until(lambda: value(told(server), "penstock_queue_oldest_age_seconds", kind="load") >= 1)
            assert value(told(server), "penstock_runs", kind="load", state="queued") == 1
            assert value(told(server), "penstock_queue_oldest_age_seconds", kind="suite") == 0
            for run in (second, first):
                client.post(f"/runs/{run}/stop")
                until(client, run)
    finally:
        assert server.stop() == 0


def test_webhooks_and_people_who_were_not_let_in_are_counted(
    server: PenstockServer, admin: httpx.Client, target: Recorder
) -> None:
    before = told(server)

    def more(name: str, **labels: str) -> float:
        return value(told(server), name, **labels) - value(before, name, **labels)

    with server.client("") as nobody:
        nobody.post("/sign-in", json={"user": "admin", "password": "wrong", "description": "x"})
    with server.client("pst_unknown") as stranger:
        assert stranger.get("/me").status_code == 401
    assert more("penstock_sign_ins_total", outcome="failed") == 1
    assert more("penstock_refused_tokens_total") == 1
    with Recorder([Answer.json({}, 503), Answer.json({})]) as receiver:
        hook = admin.post("/webhooks", json={"name": "ci", "content": {"url": receiver.url}}).json()
        until(admin, launch(admin, target.url))
        wait_until(lambda: more("penstock_webhook_calls_total", outcome="refused") == 1)
        wait_until(lambda: more("penstock_webhook_calls_total", outcome="taken") == 1)
        admin.delete(f"/webhooks/{hook['id']}")
    wait_until(lambda: value(told(server), "penstock_webhooks_waiting") == 0)  # it is noted after the call


def test_a_team_sees_its_own_runs_and_nothing_of_the_server(
    server: PenstockServer, admin: httpx.Client, target: Recorder
) -> None:
    requests = [{"url": f"{target.url}/a", "description": "secret-of-ours", "delay": 20}]
    ours = until(admin, launch(admin, target.url, requests=requests))["id"]
    stranger = server.stranger()
    with server.client(stranger) as client:
        theirs = until(client, launch(client, target.url))["id"]
    text = told(server, stranger)
    assert value(text, "penstock_load_requests_total", run=theirs, request="items") == 5
    assert value(text, "penstock_runs") == 1
    assert ours not in text
    assert "secret-of-ours" not in text
    assert "default" not in text
    names = {family.name for family in text_string_to_metric_families(text)}
    assert {name for name in names if not name.startswith("penstock_load_")} == {"penstock_build_info", "penstock_runs"}
    whole = told(server)
    assert value(whole, "penstock_load_requests_total", run=theirs) == 5
    assert value(whole, "penstock_load_requests_total", run=ours) == 5


def test_metrics_want_a_token_that_may_read(server: PenstockServer, admin: httpx.Client) -> None:
    for shown in ({}, {"Authorization": "Bearer pst_wrong"}):
        refused = httpx.get(f"{server.url}/metrics", headers=shown)
        assert refused.status_code == 401
        assert refused.headers["content-type"] == "application/problem+json"
    run_only = admin.post("/tokens", json={"description": "runs", "scopes": ["run"]}).json()["token"]
    assert httpx.get(f"{server.url}/metrics", headers={"Authorization": run_only}).status_code == 403


def test_metrics_have_an_address_of_their_own_where_one_is_set(tmp_path: Path) -> None:
    port = lasting_port()
    server = PenstockServer(tmp_path / "data", ("--metrics-address", f"127.0.0.1:{port}")).start()
    try:
        text = httpx.get(f"http://127.0.0.1:{port}/metrics").text
        assert value(text, "penstock_database_up") == 1
        assert server.token not in text
        second = PenstockServer(tmp_path / "other", ("--metrics-address", f"127.0.0.1:{port}"))
        with pytest.raises(AssertionError, match=f"127.0.0.1:{port}: cannot be listened on: Address already in use"):
            second.start()
        with pytest.raises(AssertionError, match="'9464' is no address and port to serve metrics at"):
            PenstockServer(tmp_path / "third", ("--metrics-address", "9464")).start()
    finally:
        assert server.stop() == 0


def test_what_is_told_is_as_prometheus_wants_it(server: PenstockServer, admin: httpx.Client, target: Recorder) -> None:
    until(admin, launch(admin, target.url))
    checked = subprocess.run(
        [promtool(), "check", "metrics"], input=told(server), capture_output=True, text=True, timeout=30, check=False
    )
    assert (checked.returncode, checked.stdout, checked.stderr) == (0, "", "")


def test_the_examples_of_the_guide_are_valid_and_name_what_there_is(server: PenstockServer, tmp_path: Path) -> None:
    scraping, alerts = re.findall(r"```yaml\n(.*?)```", GUIDE, re.DOTALL)
    (tmp_path / "penstock.token").write_text("token")
    (tmp_path / "prometheus.yml").write_text(scraping.replace("/etc/prometheus", str(tmp_path)))
    (tmp_path / "alerts.yml").write_text(alerts)
    for kind, file in (("config", "prometheus.yml"), ("rules", "alerts.yml")):
        checked = subprocess.run(
            [promtool(), "check", kind, str(tmp_path / file)], capture_output=True, text=True, timeout=30, check=False
        )
        assert checked.returncode == 0, checked.stdout + checked.stderr
    known = set(re.findall(r"^# TYPE (\w+)", told(server), re.MULTILINE))
    named = set(re.findall(r"\bpenstock_[a-z_]+\b", GUIDE))
    assert named <= known
    assert {name for name in known if name.startswith("penstock_")} <= named
