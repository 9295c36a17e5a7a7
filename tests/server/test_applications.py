"""Applications of a team: kept with their secrets, read beside load runs, seen in the words of the cloud load test."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.apps import Answer, Recorder
from tests.apps.entra import CLIENT, TENANT, Entra
from tests.apps.entra import SECRET as TENANTS_SECRET
from tests.apps.insights import APP, KEY, Insights
from tests.apps.penstock_server import PenstockServer, wait_until
from tests.apps.prometheus import Monitored, Prometheus
from tests.server.drops import new_drop
from tests.server.loads import launch, source, until
from tests.server.vs_loads import load_test, web_test

QUEUE = {"query": "queue", "instance": "shard", "unit": "orders"}
SECRET = "a-token-that-nobody-sees"


@pytest.fixture(scope="module")
def shop() -> Iterator[Monitored]:
    with Monitored() as started:
        started.gauges = {'queue{shard="a"}': 3, 'queue{shard="b"}': 5}
        yield started


@pytest.fixture(scope="module")
def watching(shop: Monitored) -> Iterator[Prometheus]:
    with Prometheus([shop.port]) as started:
        started.wait_for("queue")
        yield started


@pytest.fixture
def kept(admin: httpx.Client) -> Iterator[list[str]]:
    """Ids of applications that are taken away again."""
    ids: list[str] = []
    yield ids
    for id in ids:
        admin.delete(f"/applications/{id}")


def application(url: str, /, **more: Any) -> dict[str, Any]:
    return {"name": "shop", "kind": "prometheus", "every_s": 1, "counters": {"queue": QUEUE}, "url": url} | more


def add(client: httpx.Client, kept: list[str], wish: dict[str, Any]) -> dict[str, Any]:
    made = client.post("/applications", json=wish)
    assert made.status_code == 201, made.text
    kept.append(made.json()["id"])
    return dict(made.json())


def test_a_load_run_reads_the_applications_of_its_team(
    server: PenstockServer, admin: httpx.Client, shop: Monitored, watching: Prometheus, kept: list[str]
) -> None:
    id = add(admin, kept, application(watching.url, counters={"queue": QUEUE, "nothing": "nothing_here"}))["id"]
    assert admin.post(f"/applications/{id}/reading").json()["values"] == {"shop/queue/a": 3, "shop/queue/b": 5}
    run = launch(
        admin,
        shop.url,
        changes={"thresholds": ["max[counter:shop/queue/a] < 4", "max[counter:shop/queue/b] < 4 over 1s"]},
        duration=4_000,
        maxIterations=None,
    )
    until(admin, run, "running")
    assert until(admin, run)["state"] == "failed"
    report = admin.get(f"/runs/{run}/report?format=json").json()
    judged = {one["text"]: (one["observed"], one["passed"]) for one in report["verdict"]["thresholds"]}
    assert judged["max[counter:shop/queue/a] < 4"] == (3.0, True)
    assert judged["max[counter:shop/queue/b] < 4 over 1s"] == (5.0, False)
    (told,) = report["applications"]
    assert [(one["instance"], one["last"]) for one in told["counters"]] == [("a", 3), ("b", 5)]
    assert all(one["unit"] == "orders" and len(one["points"]) >= 2 for one in told["counters"])
    events = [one["what"] for one in report["events"] if one["who"] == "counters"]
    assert events == ["shop/nothing: gives nothing: no series matches it, or none has a fresh sample"]
    assert 'id="applications"' in admin.get(f"/runs/{run}/report?format=html").text


def test_a_run_reads_those_that_it_names_and_no_others(
    admin: httpx.Client, shop: Monitored, watching: Prometheus, kept: list[str]
) -> None:
    add(admin, kept, application(watching.url, name="first"))
    add(admin, kept, application(watching.url, name="second", always=False))

    def read(names: list[str] | None) -> list[str]:
        wish = {"source": source(shop.url, maxIterations=2), "applications": names}
        answer = admin.post("/runs", json=wish)
        assert answer.status_code == 202, answer.text
        until(admin, answer.json()["id"])
        report = admin.get(f"/runs/{answer.json()['id']}/report?format=json").json()
        return [one["name"] for one in report["applications"]]

    assert read(None) == ["first"]
    assert read(["second"]) == ["second"]
    assert read([]) == []
    refused = admin.post("/runs", json={"source": source(shop.url), "applications": ["third"]})
    assert refused.status_code == 422
    assert "there is no application 'third'; there are 'first', 'second'" in refused.text


def test_a_threshold_on_a_counter_that_nobody_reads_is_refused_at_the_launch(
    admin: httpx.Client, shop: Monitored, kept: list[str]
) -> None:
    add(admin, kept, application("http://127.0.0.1:9"))
    wish = {"source": source(shop.url), "changes": {"thresholds": ["avg[counter:shop/cue] < 1"]}}
    refused = admin.post("/runs", json=wish)
    assert refused.status_code == 422
    assert "there is no counter 'shop/cue' to read; there are 'shop/queue'" in refused.text


def test_secrets_are_used_and_never_told(server: PenstockServer, admin: httpx.Client, kept: list[str]) -> None:
    answer = {"status": "success", "data": {"resultType": "scalar", "result": [1.0, "4"]}}
    with Recorder([Answer.json(answer)]) as backend:
        secret = {"bearer": SECRET, "headers": {"X-Scope": SECRET}}
        made = add(admin, kept, application(backend.url, counters={"a": "4"}, **secret))
        assert admin.post(f"/applications/{made['id']}/reading").json() == {"values": {"shop/a": 4}, "problems": {}}
        asked = backend.requests[-1]
        assert (asked.header("authorization"), asked.header("x-scope")) == (f"Bearer {SECRET}", SECRET)
        assert made["secrets"] == ["bearer"]
        assert made["content"]["headers"] == ["X-Scope"]
        again = application(f"{backend.url}/", counters={"b": "4"})
        changed = admin.put(f"/applications/{made['id']}", json=again)
        assert changed.json()["secrets"] == ["bearer"], "kept, since they were left out"
        shown = [changed.text, admin.get("/applications").text, admin.get(f"/applications/{made['id']}").text]
        shown.append(admin.get("/audit").text)
        assert not any(SECRET in text for text in shown)
        with Recorder([Answer.json(answer)]) as elsewhere:
            moved = admin.put(f"/applications/{made['id']}", json=application(elsewhere.url, counters={"b": "4"}))
            assert moved.json()["secrets"] == [], "another server is not told what the first one may know"
            admin.post(f"/applications/{made['id']}/reading")
            assert elsewhere.requests[-1].header("authorization") is None
    assert SECRET not in server.log


def test_an_application_of_entra_is_read_and_its_secret_goes_to_its_authority_alone(
    server: PenstockServer, admin: httpx.Client, kept: list[str]
) -> None:
    with Entra() as authority, Entra() as elsewhere, Insights() as cloud:
        cloud.tokens = authority.tokens
        cloud.metrics["requests/duration", "avg"] = {"": lambda _: 6.0}
        ids = {"tenant": TENANT, "client_id": CLIENT, "authority": authority.url}
        counters = {"a": {"query": "requests/duration", "aggregation": "avg"}}
        insights = {"kind": "application-insights", "app": APP, "counters": counters}
        made = add(admin, kept, application(cloud.url, **insights, **ids, client_secret=TENANTS_SECRET))
        assert admin.post(f"/applications/{made['id']}/reading").json() == {"values": {"shop/a": 6}, "problems": {}}
        assert made["secrets"] == ["client_secret"]
        assert made["content"]["client_id"] == CLIENT
        same = admin.put(f"/applications/{made['id']}", json=application(cloud.url, **insights, **ids))
        assert same.json()["secrets"] == ["client_secret"]
        ids["authority"] = elsewhere.url
        moved = admin.put(f"/applications/{made['id']}", json=application(cloud.url, **insights, **ids))
        assert moved.json()["secrets"] == []
        told = admin.post(f"/applications/{made['id']}/reading").json()["problems"]
        assert "no client_secret" in told[""]
        assert not elsewhere.requests
    assert TENANTS_SECRET not in server.log + str(made) + moved.text


def component(name: str, *counters: str) -> str:
    """Return the element of an application in a load test, with those of its counters."""
    return (
        f'<AutComponent Name="{name}" Id="ApplicationInsights~{name}" Type="ApplicationInsights">'
        f"<AutCounters>{''.join(counters)}</AutCounters></AutComponent>"
    )


def choosing(admin: httpx.Client, shop: Monitored, components: str, **more: Any) -> dict[str, Any]:
    """Run a load test that chooses applications; returns its report."""
    test = load_test(seconds=1).replace(
        b'CoolDownTime="0" />',
        f'CoolDownTime="0"><Applications>{components}</Applications></RunConfiguration>'.encode(),
    )
    files = {"home.loadtest": test, "home.webtest": web_test(f"{shop.url}/items")}
    sent = [{"name": name, "text": content.decode()} for name, content in files.items()]
    answer = admin.post("/runs", json={"source": {"entry": "home.loadtest", "files": sent}, **more})
    assert answer.status_code == 202, answer.text
    until(admin, answer.json()["id"])
    report: dict[str, Any] = admin.get(f"/runs/{answer.json()['id']}/report?format=json").json()
    return report


def test_a_load_test_chooses_single_counters_of_an_application(
    admin: httpx.Client, shop: Monitored, watching: Prometheus, kept: list[str]
) -> None:
    counters = {"Process CPU": "1", "Request Rate": "2", "Queue": "3", "Users": "4"}
    add(admin, kept, application(watching.url, counters=counters))

    def read(*chosen: str, **more: Any) -> tuple[list[str], list[str]]:
        report = choosing(admin, shop, component("Shop", *chosen), **more)
        (read,) = report["applications"]
        lacking = [one["message"] for one in report["findings"] if one["code"] == "unknown-application-counter"]
        return [one["name"] for one in read["counters"]], lacking

    cpu = '<AutCounter Name="process cpu" Id="APM_CPU" Path="\\shop\\Default Metrics\\Process CPU\\Average" />'
    newer = '<AutCounter Name="Users" Id="/subscriptions/1/components/shop~users/count~unique" />'
    assert read(cpu, newer) == (["Process CPU", "Users"], [])
    assert read() == (list(counters), []), "none is chosen, so all are"
    found, (lacking,) = read(cpu, '<AutCounter Name="Disk" Id="~disk/used~max" />')
    assert found == ["Process CPU"]
    assert lacking == "the test chooses 'Disk' (disk/used~max) of 'shop', which has no such counters"
    found, (lacking,) = read('<AutCounter Name="Disk" Id="APM_Disk" />')
    assert found == list(counters)
    assert lacking.endswith("all of its counters are read")
    more = {"changes": {"thresholds": ["max[counter:shop/Queue] < 4"]}}
    assert read(cpu, **more)[0] == ["Process CPU", "Queue"], "what a threshold asks for is read, too"


def test_a_load_test_chooses_the_applications_that_are_read_beside_it(
    admin: httpx.Client, shop: Monitored, watching: Prometheus, kept: list[str]
) -> None:
    add(admin, kept, application(watching.url, name="first"))
    add(admin, kept, application(watching.url, name="second", always=False))

    def read(*chosen: str, **more: Any) -> tuple[list[str], list[str]]:
        report = choosing(admin, shop, "".join(component(name) for name in chosen), **more)
        missing = [one["message"] for one in report["findings"] if one["code"] == "unknown-application"]
        return [one["name"] for one in report["applications"]], missing

    assert read() == (["first"], [])
    assert read("SECOND") == (["second"], [])
    found, missing = read("second", "third")
    assert found == ["second"]
    assert missing == ["the test chooses counters of 'third', and the team keeps no application of that name"]
    assert read("third")[0] == ["first"], "nothing that is kept is chosen"
    assert read("second", applications=["first"]) == (["first"], []), "who launches it says it last"


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"url": "gopher://h"}, "url"),
        ({"url": "http://127.0.0.1:99999"}, "no address"),
        ({"url": "http://[::1"}, "no address"),
        ({"url": "http://a\u0001b"}, "no address"),
        ({"authority": "https://h:0"}, "no address"),
        ({"authorities": "no PEM"}, "no certificates"),
        ({"authorities": "kein Schlüssel"}, "no certificates"),
        ({"counters": {}}, "counters are needed"),
        ({"kind": "application-insights", "counters": {}}, "app is needed"),
        ({"counters": {"a[b]": "1"}}, "counters"),
        ({"every_s": 0}, "every_s"),
        ({"bearer": "two\nlines"}, "bearer"),
        ({"colour": "red"}, "colour"),
    ],
)
def test_what_is_no_application_is_refused(admin: httpx.Client, more: dict[str, Any], said: str) -> None:
    refused = admin.post("/applications", json=application("http://127.0.0.1:9", **more))
    assert refused.status_code == 422, refused.text
    assert said in refused.text


def test_names_are_there_once_and_teams_do_not_see_each_others(
    server: PenstockServer, admin: httpx.Client, kept: list[str]
) -> None:
    id = add(admin, kept, application("http://127.0.0.1:9"))["id"]
    assert admin.post("/applications", json=application("http://127.0.0.1:9", name="SHOP")).status_code == 409
    with server.client(server.stranger()) as stranger:
        assert stranger.get("/applications").json() == []
        assert stranger.get(f"/applications/{id}").status_code == 404
        assert stranger.put(f"/applications/{id}", json=application("http://127.0.0.1:9")).status_code == 404
        assert stranger.post(f"/applications/{id}/reading").status_code == 404
        assert stranger.delete(f"/applications/{id}").status_code == 404


def test_private_addresses_are_asked_only_where_the_operator_opens_them(tmp_path: Path) -> None:
    answer = {"status": "success", "data": {"resultType": "scalar", "result": [1.0, "4"]}}
    with Recorder([Answer.json(answer)]) as backend:
        found = {}
        for options in ((), ("--counter-hosts", "localhost")):
            server = PenstockServer(tmp_path / f"data{len(options)}", options).start()
            try:
                with server.client() as client:
                    for host in ("127.0.0.1", "localhost"):
                        wish = application(f"http://{host}:{backend.port}", name=host, counters={"a": "4"})
                        made = client.post("/applications", json=wish).json()
                        found[bool(options), host] = client.post(f"/applications/{made['id']}/reading").json()
            finally:
                assert server.stop() == 0
        (asked,) = backend.requests
        assert asked.header("host") == f"localhost:{backend.port}"
    assert found.pop((True, "localhost")) == {"values": {"localhost/a": 4}, "problems": {}}
    assert len(found) == 3
    for one in found.values():
        assert "counter_hosts" in one["problems"][""]
        assert not one["values"]


def test_a_source_that_fails_does_not_fail_a_run_and_is_told_while_it_goes_on(
    server: PenstockServer, admin: httpx.Client, shop: Monitored, kept: list[str]
) -> None:
    with Insights() as cloud:
        wish = {"kind": "application-insights", "app": APP, "api_key": "wrong", "counters": {}, "name": "cloud"}
        add(admin, kept, application(cloud.url, **wish))
        run = launch(admin, shop.url, duration=60_000, maxIterations=None)
        until(admin, run, "running")
        found: Any = wait_until(lambda: admin.get(f"/runs/{run}").json()["result"].get("events"))
        assert "refuses the credentials (403)" in found[0]["what"]
        admin.post(f"/runs/{run}/stop")
        assert until(admin, run)["state"] == "stopped"
    assert KEY not in json.dumps(found)


def test_the_command_line_keeps_what_a_file_says(
    server: PenstockServer, admin: httpx.Client, tmp_path: Path, watching: Prometheus, kept: list[str]
) -> None:
    file = tmp_path / "counters.yaml"
    file.write_text(json.dumps({"applications": [application(watching.url, bearer="${SHOP_TOKEN}")]}))
    environment = {**os.environ, "PENSTOCK_SERVER": server.url, "PENSTOCK_TOKEN": server.token, "SHOP_TOKEN": SECRET}

    def penstock(*arguments: str) -> str:
        command = [sys.executable, "-m", "penstock", "applications", *arguments]
        done = subprocess.run(command, capture_output=True, text=True, timeout=30, env=environment, cwd=tmp_path)
        assert done.returncode == 0, done.stderr
        return done.stdout

    penstock("set", str(file))
    penstock("set", str(file))
    (made,) = admin.get("/applications").json()
    kept.append(made["id"])
    assert made["secrets"] == ["bearer"]
    assert penstock("list") == f"shop  prometheus  {watching.url}  always  queue\n"
    assert penstock("read", "shop") == "shop/queue/a  3\nshop/queue/b  5\n"
    penstock("delete", "Shop")
    assert admin.get("/applications").json() == []
    assert SECRET not in penstock("list", "--json")


def test_counters_of_an_application_are_instances_of_a_cloud_load_test(
    server: PenstockServer, admin: httpx.Client, shop: Monitored, watching: Prometheus, kept: list[str]
) -> None:
    add(admin, kept, application(watching.url, counters={"queue": QUEUE, "none": "nothing_here"}))
    clt = httpx.Client(base_url=f"{server.url}/_apis/clt", auth=("", server.token), timeout=30)
    with clt:
        assert clt.get("/apm/plugins/PROMETHEUS").json()["type"] == "Prometheus"
        assert clt.get("/apm/applications?type=ApplicationInsights").json()["count"] == 0
        assert clt.get("/apm/applications/prometheus~SHOP").json()["applicationId"] == "Prometheus~shop"
        told = clt.get("/apm/counters?applicationId=Prometheus~shop&plugintype=prometheus").json()["value"]
        assert (told[0]["id"], told[0]["path"]) == ("queue", "\\shop\\Default Metrics\\queue\\Average")
        assert clt.get("/apm/applications/Prometheus~other").status_code == 404

        drop = new_drop(clt, "")
        drop.put("home.loadtest", load_test(seconds=5, sample_s=1))
        drop.put("home.webtest", web_test(f"{shop.url}/home"))
        run = clt.post("/testruns", json={"name": "home.loadtest", "testDrop": {"id": drop.id}}).json()["id"]
        clt.patch(f"/testruns/{run}", json={"state": "queued"})

        told_as: dict[tuple[str, str], set[str]] = {}

        def instances() -> Any:
            for one in clt.get(f"/testruns/{run}/messages").json()["value"]:
                told_as.setdefault((one["loggedDate"], one["message"]), set()).add(one["messageId"])
            query = {"groupNames": "Application", "includeSummary": "true"}
            found = clt.get(f"/testruns/{run}/counterinstances", params=query).json()["value"]
            return {one["counterInstanceId"]: one for one in found if one["machineName"] == "shop"}

        instances()
        live = wait_until(instances)
        assert clt.get(f"/testruns/{run}").json()["state"] == "inProgress", "they are there while it goes on"
        wait_until(lambda: clt.get(f"/testruns/{run}").json()["state"] == "completed")
        found = instances()
        assert found.keys() == live.keys()  # type: ignore[attr-defined]
        by_instance = {one["instanceName"]: one for one in found.values()}
        assert by_instance.keys() == {"a", "b"}
        for name, value in (("a", 3), ("b", 5)):
            one = by_instance[name]
            assert one["counterInstanceId"].startswith("Prometheus~")
            assert (one["counterName"], one["categoryName"], one["counterUnits"]) == (
                "queue",
                "Default Metrics",
                "orders",
            )
            assert one["summaryData"] == {"min": value, "max": value, "average": value}
            asked = {"value": [{"counterInstanceId": one["counterInstanceId"], "fromInterval": 1}]}
            (samples,) = clt.post(f"/testruns/{run}/countersamples", json=asked).json()["values"]
            assert samples["counterInstanceId"] == one["counterInstanceId"]
            assert {sample["computedValue"] for sample in samples["values"][1:]} == {value}
            assert {sample["counterType"] for sample in samples["values"]} == {"NumberOfItems32"}

        assert all(len(ids) == 1 for ids in told_as.values()), "a message keeps its id when others come in before it"
        assert len(set.union(*told_as.values())) == len(told_as)
        messages = clt.get(f"/testruns/{run}/messages").json()["value"]
        (message,) = [one for one in messages if one["messageSource"] == "autCounterCollection"]
        assert message["message"].startswith("shop/none: gives nothing")
        assert message["messageType"] == "warning"
        assert clt.get(f"/testruns/{run}").json()["autInitializationError"] is True
