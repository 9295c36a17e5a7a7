"""A team's `target_overrides`: the requests of all its runs go elsewhere, whatever API they were asked for by."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from tests.apps import Recorder
from tests.apps.penstock_server import PenstockServer, wait_until
from tests.server.loads import configuration, launch, until
from tests.server.test_cloudtest_runs import change, created, drop_of
from tests.server.test_cloudtest_runs import until as until_cloud
from tests.server.test_commands import SUITE
from tests.server.vs_loads import load_test, web_test

SHOP = "https://shop.invalid"


@pytest.fixture(scope="module")
def target() -> Iterator[Recorder]:
    with Recorder() as started:
        yield started


@pytest.fixture
def client(server: PenstockServer, target: Recorder) -> Iterator[httpx.Client]:
    target.clear()
    with server.client() as opened:
        keep(opened, {SHOP: target.url})
        yield opened
        assert opened.put("/team", json={"settings": {}}).status_code == 200


def keep(client: httpx.Client, overrides: Any) -> None:
    answer = client.put("/team", json={"settings": {"target_overrides": overrides}})
    assert answer.status_code == 200, answer.text


def asked(target: Recorder) -> set[str]:
    return {request.target for request in target.requests}


def test_a_load_with_an_address_that_is_nowhere_reaches_the_target(client: httpx.Client, target: Recorder) -> None:
    run = until(client, launch(client, SHOP))
    assert (run["state"], asked(target)) == ("passed", {"/items"})
    report = client.get(f"/runs/{run['id']}/report", params={"format": "json"}).json()
    assert report["scenario"]["target_overrides"] == {SHOP: target.url}


def test_a_web_test_reaches_the_target(client: httpx.Client, target: Recorder) -> None:
    files = [{"name": "home.webtest", "text": web_test(f"{SHOP}/home").decode()}]
    wish = {"source": {"entry": "home.webtest", "files": files}}
    run = until(client, client.post("/runs", json=wish).json()["id"])
    assert (run["state"], asked(target)) == ("passed", {"/home"})


def test_a_suite_reaches_the_target(client: httpx.Client, target: Recorder) -> None:
    files = [{"name": "suite.yaml", "text": SUITE.format(url=SHOP)}]
    answer = client.post("/suite-runs", json={"source": {"entry": "suite.yaml", "files": files}})
    run = until(client, answer.json()["id"])
    assert (run["state"], asked(target)) == ("passed", {"/items?for=ann"})


def test_a_load_test_of_loadmill_reaches_the_target(
    client: httpx.Client, server: PenstockServer, target: Recorder
) -> None:
    with httpx.Client(base_url=server.url, auth=(server.token, ""), timeout=30) as vendor:
        test = vendor.post("/api/v1/tests", json=json.loads(configuration(SHOP))).json()["testId"]
        assert vendor.put(f"/api/v1/tests/{test}/load").status_code == 200
        wait_until(lambda: vendor.get(f"/api/v1/tests/{test}").json().get("result"))
    assert asked(target) == {"/items"}


def test_a_cloud_run_reaches_the_target(client: httpx.Client, server: PenstockServer, target: Recorder) -> None:
    with httpx.Client(base_url=server.url, auth=("", server.token), timeout=30) as cloud:
        files = {"home.loadtest": load_test(seconds=2), "home.webtest": web_test(f"{SHOP}/home")}
        run = created(cloud, drop_of(cloud, files))["id"]
        change(cloud, run, "queued")
        assert until_cloud(cloud, run, "completed", "aborted", "error")["state"] == "completed"
    assert asked(target) == {"/home"}


def test_what_a_run_says_itself_wins(client: httpx.Client, target: Recorder) -> None:
    keep(client, {SHOP: "http://127.0.0.1:1", "*": "http://127.0.0.1:1"})
    for changes in ({"base_url": target.url}, {"target_overrides": {SHOP: target.url}}):
        run = until(client, launch(client, SHOP, changes=changes))
        assert run["state"] == "passed", changes
    assert len(target.requests) == 10


def test_other_teams_go_where_they_say(client: httpx.Client, server: PenstockServer, target: Recorder) -> None:
    with server.client(server.stranger()) as stranger:
        run = until(stranger, launch(stranger, SHOP))
    assert (run["state"], target.requests) == ("failed", [])


def test_targets_are_still_judged_by_the_address_they_have(target: Recorder, tmp_path: Any) -> None:
    started = PenstockServer(tmp_path / "data").start()
    try:
        with started.client() as client:
            keep(client, {"*": target.url})
            run = until(client, launch(client, SHOP))
            errors = client.get(f"/runs/{run['id']}/report", params={"format": "json"}).json()["errors"]
    finally:
        assert started.stop() == 0
    assert (run["state"], {error["kind"] for error in errors}) == ("failed", {"refused"})


def test_a_patch_changes_one_origin_and_leaves_the_rest(client: httpx.Client, target: Recorder) -> None:
    more = {"target_overrides": {"https://SHOP.invalid:443": None, "http://old.invalid": "http://new.invalid:81/"}}
    changed = client.patch("/team", json={"settings": {**more, "colour": "blue"}}).json()["settings"]
    assert changed == {"target_overrides": {"http://old.invalid": "http://new.invalid:81"}, "colour": "blue"}
    noted = client.get("/audit", params={"limit": 1}).json()[0]
    assert noted["action"] == "team.change"
    assert noted["detail"]["target_overrides"] == {"http://old.invalid": "http://new.invalid:81"}


@pytest.mark.parametrize(
    ("overrides", "message"),
    [
        ({SHOP: "staging"}, f"settings.target_overrides['{SHOP}']: 'staging' is no origin"),
        ({"shop": "http://a.test"}, "settings.target_overrides['shop']: 'shop' is no origin"),
        ({SHOP: "http://a.test/app"}, "leave out app"),
        ({SHOP: 7}, f"settings.target_overrides['{SHOP}']: an origin is needed"),
        ([SHOP], "settings.target_overrides: an object is needed"),
        ({SHOP: "http://a.test", "https://SHOP.invalid:443": "http://b.test"}, "is sent elsewhere already"),
    ],
)
def test_what_is_no_origin_is_refused_by_its_place(
    client: httpx.Client, target: Recorder, overrides: Any, message: str
) -> None:
    for method in ("PUT", "PATCH"):
        if method == "PATCH" and "already" in message:
            continue  # two spellings of an origin are one member of a patch
        answer = client.request(method, "/team", json={"settings": {"target_overrides": overrides}})
        assert (answer.status_code, message in answer.text) == (422, True), answer.text
    assert client.get("/team").json()["settings"] == {"target_overrides": {SHOP: target.url}}


def test_overrides_of_a_run_that_are_no_origins_are_refused(client: httpx.Client) -> None:
    wish = {"source": {"entry": "a.json", "files": [{"name": "a.json", "text": configuration(SHOP)}]}}
    answer = client.post("/runs", json={**wish, "changes": {"target_overrides": {SHOP: "x"}}})
    assert answer.status_code == 422
    assert f"changes.target_overrides['{SHOP}']: 'x' is no origin" in answer.text


def test_an_admin_changes_them_on_the_command_line(client: httpx.Client, server: PenstockServer) -> None:
    def penstock(*arguments: str, expect: int = 0) -> str:
        environment = {**os.environ, "PENSTOCK_SERVER": server.url, "PENSTOCK_TOKEN": server.token}
        done = subprocess.run(
            [sys.executable, "-m", "penstock", "team", *arguments],
            capture_output=True,
            text=True,
            timeout=60,
            env=environment,
            check=False,
        )
        assert done.returncode == expect, done
        return done.stdout + done.stderr

    shown = penstock("override", "*=http://127.0.0.1:8080", "http://Old.invalid=http://new.invalid", "--remove", SHOP)
    assert "*                   -> http://127.0.0.1:8080" in shown
    kept = {"*": "http://127.0.0.1:8080", "http://old.invalid": "http://new.invalid"}
    assert json.loads(penstock("show", "--json"))["settings"]["target_overrides"] == kept
    assert "'nowhere' is no origin" in penstock("override", "*=nowhere", expect=104)


def test_who_may_not_change_the_team_may_not_change_them(client: httpx.Client, server: PenstockServer) -> None:
    wish = {"description": "CI", "scopes": ["read", "run", "edit"]}
    editor = client.post("/tokens", json=wish).json()["token"]
    with server.client(editor) as other:
        answer = other.patch("/team", json={"settings": {"target_overrides": {"*": "http://a.test"}}})
    assert answer.status_code == 403
