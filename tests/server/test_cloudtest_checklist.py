"""What clients of the cloud load test service rely on in every call, and what happens at its edges."""

from __future__ import annotations

import datetime
import itertools
import uuid
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, urlencode

import httpx
import pytest

from penstock.api.cloudtest.description import OPERATIONS
from tests.apps import Recorder
from tests.apps.penstock_server import PenstockServer, wait_until
from tests.server.test_cloudtest_runs import CLT, change, created, drop_of, got, home, until

Block = {"x-ms-blob-type": "BlockBlob"}


@pytest.fixture(scope="module")
def target() -> Iterator[Recorder]:
    with Recorder() as started:
        yield started


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PenstockServer]:
    """A server with room for one run."""
    options = ("--allow-private-targets", "--max-runs", "1", "--max-body-bytes", "100000")
    started = PenstockServer(tmp_path_factory.mktemp("server") / "data", options).start()
    yield started
    assert started.stop() == 0


@pytest.fixture(scope="module")
def client(server: PenstockServer) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=server.url, auth=("", server.token), timeout=30) as opened:
        yield opened


def placed(path: str) -> str:
    """Return the path with ids that nothing has."""
    return path.replace("{id}", str(uuid.UUID(int=1))).replace("{type}", "none").replace("{area}", "clt")


EVERY = [pytest.param(method, placed(path), id=f"{method} {path}") for method, path in OPERATIONS]


@pytest.mark.parametrize(("method", "path"), EVERY)
def test_a_wrong_token_is_told_in_json_and_led_nowhere(server: PenstockServer, method: str, path: str) -> None:
    refused = httpx.request(method, f"{server.url}/fabrikam{path}", auth=("", "wrong"), json={})
    assert refused.status_code == 401, "never a redirect to a page where people sign in"
    assert refused.json()["typeKey"] == "VssUnauthorizedException"
    assert refused.headers["www-authenticate"].startswith("Basic realm=")


@pytest.mark.parametrize(("method", "path"), EVERY)
def test_a_wrong_version_is_refused_by_every_operation(client: httpx.Client, method: str, path: str) -> None:
    refused = client.request(method, path, params={"API-VERSION": "9.9"}, json={})
    assert (refused.status_code, refused.json()["typeKey"]) == (400, "VssVersionOutOfRangeException")


@pytest.mark.parametrize(("method", "path"), EVERY)
def test_every_path_is_known_in_any_letter_case(client: httpx.Client, method: str, path: str) -> None:
    small, large = (client.request(method, f"{one}", json={}) for one in (path, f"//PROJECT/{path.upper()}"))
    assert small.status_code == large.status_code
    assert small.status_code in (200, 400, 404)
    if small.status_code != 200:
        assert small.json()["typeKey"] == large.json()["typeKey"]
        assert "there is nothing at" not in large.json()["message"]


@pytest.mark.parametrize(("method", "path"), EVERY)
def test_every_answer_can_be_traced_and_is_not_kept(client: httpx.Client, method: str, path: str) -> None:
    session = str(uuid.uuid4())
    answer = client.request(method, path, json={}, headers={"X-TFS-Session": session})
    assert answer.headers["x-tfs-session"] == session
    assert uuid.UUID(answer.headers["activityid"])
    assert answer.headers["cache-control"] == "no-cache"


def test_a_token_that_was_revoked_opens_nothing(server: PenstockServer) -> None:
    with server.client() as native:
        made = native.post("/tokens", json={"description": "soon gone", "scopes": ["read"]}).json()
        url = f"{server.url}{CLT}/testruns"
        assert httpx.get(url, auth=("", made["token"])).status_code == 200
        assert native.delete(f"/tokens/{made['id']}").status_code == 204
    assert httpx.get(url, auth=("", made["token"])).status_code == 401


def test_a_body_that_is_too_large_is_refused_with_a_message(client: httpx.Client) -> None:
    refused = client.post(f"{CLT}/testruns", json={"name": "x" * 200_000})
    assert refused.status_code == 413
    assert "larger than 100000 bytes" in refused.json()["message"]


@pytest.mark.parametrize("state", ["aborted", "ABORTED", 5, "5", " aborted "])
def test_an_enum_is_read_in_every_form_that_clients_write(client: httpx.Client, target: Recorder, state: Any) -> None:
    run = created(client, drop_of(client, {}))["id"]
    whole = {"Id": run, "Name": "other", "TestDrop": None, "State": state, "SubState": 0, "CreatedDate": "2020-01-01"}
    assert client.patch(f"{CLT}/TestRuns/{run.upper()}", json=whole).status_code == 202
    assert got(client, run)["state"] == "aborted"


@pytest.mark.parametrize("state", ["soon", 99, "99", -1, True, ["queued"], {"x": 1}, "", 1.5])
def test_an_enum_that_never_was_is_refused(client: httpx.Client, state: Any) -> None:
    run = created(client, drop_of(client, {}))["id"]
    refused = change(client, run, state)
    assert refused.status_code == 400
    assert "state" in refused.json()["message"]
    assert got(client, run)["state"] == "pending"


@pytest.mark.parametrize("name", ["", "   ", "a\nb.loadtest", "x" * 501 + ".loadtest", 7 * ["x"], {"x": 1}])
def test_a_run_is_not_made_of_a_name_that_no_file_has(client: httpx.Client, name: Any) -> None:
    refused = client.post(f"{CLT}/testruns", json={"name": name, "testDrop": {"id": drop_of(client, {})}})
    assert refused.status_code == 400
    assert "name" in refused.json()["message"]


@pytest.mark.parametrize(
    "name", ["../home.loadtest", "/etc/passwd", "C:\\tests\\home.loadtest", "home", "ho*e.loadtest"]
)
def test_a_name_that_leads_elsewhere_is_one_that_is_not_there(
    client: httpx.Client, target: Recorder, name: str
) -> None:
    run = created(client, drop_of(client, home(target)), name)["id"]
    assert change(client, run, "queued").status_code == 202
    found = got(client, run)
    assert (found["state"], found["subState"]) == ("aborted", "none")
    assert "home.loadtest" in found["abortMessage"]["cause"], "what is there is named"


def test_two_files_whose_names_differ_in_letter_case_only_are_told(client: httpx.Client, target: Recorder) -> None:
    run = created(client, drop_of(client, {**home(target), "Home.LoadTest": b"<LoadTest/>"}))["id"]
    change(client, run, "queued")
    assert "several files" in got(client, run)["abortMessage"]["cause"]


def test_access_to_a_drop_is_new_with_each_answer_and_lasts_two_hours(client: httpx.Client) -> None:
    drop = drop_of(client, {})
    signature = client.get(f"{CLT}/testdrops/{drop}").json()["accessData"]["sasKey"]
    said = parse_qs(signature.removeprefix("?"))
    ends = datetime.datetime.fromisoformat(said["se"][0])
    left = ends - datetime.datetime.now(datetime.UTC)
    assert datetime.timedelta(minutes=119) < left <= datetime.timedelta(minutes=121)
    assert (said["sr"], said["sp"]) == (["c"], ["racwl"])


def test_a_signature_that_is_changed_opens_nothing(client: httpx.Client) -> None:
    access = client.get(f"{CLT}/testdrops/{drop_of(client, {})}").json()["accessData"]
    place, said = access["dropContainerUrl"], parse_qs(access["sasKey"].removeprefix("?"))
    whole = {name: values[0] for name, values in said.items()}
    assert httpx.put(f"{place}/x?{urlencode(whole)}", headers=Block, content=b"x").status_code == 201
    for changed in (
        {"se": "2099-01-01T00:00:00Z"},
        {"sp": "racwdl"},
        {"si": "elsewhere"},
        {"sr": "b"},
        {"sv": "2099-01-01"},
        {"sig": whole["sig"][:-4]},
        {"sig": ""},
        {"sig": "ä"},
    ):
        refused = httpx.get(f"{place}/x?{urlencode(whole | changed)}")
        assert (refused.status_code, refused.headers["x-ms-error-code"]) == (403, "AuthenticationFailed"), changed
    refused = httpx.delete(f"{place}/x?{urlencode(whole)}")
    assert refused.headers["x-ms-error-code"] == "AuthorizationPermissionMismatch", "nothing of a drop is deleted"


def test_drops_open_neither_each_other_nor_those_of_other_teams(client: httpx.Client, server: PenstockServer) -> None:
    with httpx.Client(base_url=server.url, auth=("", server.stranger())) as stranger:
        accesses = [
            asking.get(f"{CLT}/testdrops/{drop_of(asking, {'x': b'x'})}").json()["accessData"]
            for asking in (client, client, stranger)
        ]
    for one, other in itertools.permutations(accesses, 2):
        answer = httpx.get(f"{one['dropContainerUrl']}/x{other['sasKey']}")
        assert answer.status_code == 403


def test_a_run_that_waits_for_room_is_aborted_and_the_other_goes_on(client: httpx.Client, target: Recorder) -> None:
    drop = drop_of(client, home(target, seconds=60))
    first, second = (created(client, drop)["id"] for _ in range(2))
    change(client, first, "queued")
    until(client, first, "inProgress")
    assert change(client, second, "queued").status_code == 202
    waiting = got(client, second)
    assert (waiting["state"], waiting["subState"]) == ("queued", "acquiringResources")
    assert change(client, second, "aborted").status_code == 202
    aborted = until(client, second, "aborted")
    assert aborted["finishedDate"]
    assert "executionStartedDate" not in aborted
    assert change(client, second, "queued").status_code == 409
    assert got(client, first)["state"] == "inProgress"
    change(client, first, "aborted")
    until(client, first, "aborted")


def test_samples_come_2000_at_a_time_and_go_on_from_the_last(client: httpx.Client, target: Recorder) -> None:
    run = created(client, drop_of(client, home(target, seconds=3)))["id"]
    change(client, run, "queued")
    until(client, run, "completed")
    asked = [{"counterInstanceId": "Els~-1828439162", "fromInterval": "1"}] * 700 + [{"counterInstanceId": "Els~0"}]

    def ask(**more: Any) -> Any:
        return client.post(f"{CLT}/testRuns/{run}/countersamples", json={"Value": asked, **more}).json()

    found = wait_until(lambda: (told := ask())["values"][0]["nextRefreshTime"] is None and told)
    assert isinstance(found, dict)
    samples = found["values"][0]["values"]
    numbers = [one["intervalNumber"] for one in samples]
    assert numbers == list(range(1, len(samples) + 1))
    assert len(samples) >= 3
    assert found["totalSamplesCount"] == found["maxBatchSize"] == 2000
    assert sum(len(one["values"]) for one in found["values"]) == 2000
    assert found["count"] == len(found["values"]) == 700, "an id that nothing has is left out"
    asked = [{"counterInstanceId": "Els~-1828439162", "fromInterval": len(samples), "toInterval": 10**6}]
    assert [one["intervalNumber"] for one in ask()["values"][0]["values"]] == [len(samples)]
    errors = got(client, run, "/errors", type="Unknown", detailed="true")
    assert (errors["count"], errors["types"]) == (0, []), "an unknown type is no mistake"
    assert change(client, run, "queued").status_code == 409, "a run is started once"
