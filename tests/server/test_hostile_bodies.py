"""What cannot be kept, and what is too large: refused in the words of the face that is asked, on both databases."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.apps import Recorder
from tests.apps.penstock_server import PenstockServer
from tests.server.loads import until

NATIVE, LOADMILL, CLT = "/api/penstock/v1", "/api/v1", "/_apis/clt"


@pytest.fixture(scope="module")
def client(any_server: PenstockServer) -> Iterator[httpx.Client]:
    headers = {"Authorization": f"Bearer {any_server.token}", "Content-Type": "application/json"}
    with httpx.Client(base_url=any_server.url, headers=headers, timeout=30) as opened:
        yield opened


SUITE, TEAM, LOAD = f"{NATIVE}/suites", f"{NATIVE}/team", f"{LOADMILL}/tests"
DEEP = "[" * 300 + "]" * 300


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        pytest.param("POST", SUITE, '{"name": "a", "content": {"conf": {"x": "\\ud800"}}}', 422, id="half a character"),
        pytest.param("POST", SUITE, '{"name": "a", "content": {"conf": {"x": NaN}}}', 422, id="NaN"),
        pytest.param("POST", SUITE, f'{{"name": "a", "content": {{"conf": {{"x": {DEEP}}}}}}}', 422, id="deep"),
        pytest.param("POST", SUITE, '{"name": "a\\u0000b", "content": {}}', 422, id="NUL"),
        pytest.param("PUT", TEAM, f'{{"settings": {{"x": {DEEP}}}}}', 422, id="deep settings"),
        pytest.param("POST", LOAD, f'{{"requests": {DEEP}}}', 400, id="a deep configuration"),
        pytest.param("POST", f"{LOAD}/trials", f'{{"requests": {DEEP}}}', 400, id="a deep functional test"),
        pytest.param("POST", f"{CLT}/testdefinitions", f'{{"testDetails": {DEEP}}}', 400, id="a deep definition"),
        pytest.param("GET", f"{NATIVE}/runs/a%00b", "", 422, id="NUL in an id"),
        pytest.param("GET", f"{LOADMILL}/test-suites?search=%00", "", 400, id="NUL in a search"),
    ],
)
def test_what_cannot_be_kept_is_refused(client: httpx.Client, method: str, path: str, body: str, status: int) -> None:
    answer = client.request(method, path, content=body or None)
    assert answer.status_code == status, answer.text
    assert answer.json().get("detail") or answer.json().get("message")


def test_a_number_of_more_digits_than_fit_is_kept_as_near_as_may_be(client: httpx.Client) -> None:
    made = client.put(TEAM, content='{"settings": {"x": 99999999999999999999}}')
    assert made.json()["settings"] == {"x": 1e20}


@pytest.mark.parametrize("path", ["/runs/%00", "/?after=2024-01-01T00:00:00%2B00:00+%00"])
def test_a_page_whose_address_cannot_be_meant_says_so(any_server: PenstockServer, path: str) -> None:
    with httpx.Client(base_url=any_server.url, timeout=30) as page:
        form = page.get("/sign-in").text
        key = form.split('name="form_key" value="')[1].split('"')[0]
        signed_in = {"form_key": key, "user": any_server.user, "password": any_server.password}
        assert page.post("/sign-in", data=signed_in).status_code == 303
        answer = page.get(path)
    assert answer.status_code == 400
    assert "NUL" in answer.text


@pytest.mark.parametrize("expires", ["9999-12-31T23:59:59-14:00", "9999-12-31T23:59:59Z"])
def test_a_token_may_last_to_the_end_of_time(client: httpx.Client, expires: str) -> None:
    made = client.post(f"{NATIVE}/tokens", json={"description": "x", "scopes": ["read"], "expires": expires})
    assert made.status_code == 201
    shown = client.get(f"{NATIVE}/me", headers={"Authorization": f"Bearer {made.json()['token']}"})
    assert shown.json()["scopes"] == ["read"]


@pytest.mark.parametrize("when", ["fromDate=0001-01-01T00:00:00%2B14:00", "toDate=9999-12-31T23:59:59-14:00"])
def test_runs_are_found_from_the_beginning_to_the_end_of_time(client: httpx.Client, when: str) -> None:
    assert client.get(f"{CLT}/testruns?{when}").json() == []


def test_a_name_whose_small_letters_are_longer_is_bounded_by_them(client: httpx.Client) -> None:
    wish = {"name": "ß" * 101, "password": "correct horse"}
    answer = client.post(f"{NATIVE}/users", json=wish)
    assert (answer.status_code, "1 to 200" in answer.json()["detail"]) == (422, True)


def test_a_configuration_with_keys_like_those_of_a_test_of_files_is_still_one(client: httpx.Client) -> None:
    conf = {"requests": [{"url": "http://127.0.0.1:1/"}], "files": 1, "entry": "x", "workers": "many"}
    test = client.post(LOAD, json={**conf, "duration": 1, "concurrency": 1}).json()["testId"]
    assert client.get(f"{LOAD}/{test}").json()["conf"]["files"] == 1
    assert client.put(f"{LOAD}/{test}/load").status_code == 200


def test_flows_with_odd_ids_and_names_are_run_and_told(any_server: PenstockServer) -> None:
    with Recorder() as target, any_server.client() as native:
        conf = {"requests": [{"url": f"{target.url}/x", "delay": 1}]}
        odd = [("x" * 100, "long"), ("a\0", "NUL"), ("", "name\0")]
        flows = [
            {"id": id, "order": place, "runInCi": True, "conf": {**conf, "meta": {"description": name}}}
            for place, (id, name) in enumerate(odd)
        ]
        text = json.dumps({"conf": {"meta": {"description": "odd"}}, "flows": flows})
        source = {"entry": "suite.json", "files": [{"name": "suite.json", "text": text}]}
        launched = native.post("/suite-runs", json={"source": source})
        assert launched.status_code == 202, launched.text
        run = until(native, launched.json()["id"])
        names = [one["name"] for one in native.get(f"/runs/{run['id']}/flows").json()]
        report = native.get(f"/runs/{run['id']}/report")
    assert (run["state"], names) == ("passed", ["long", "NUL", "name\ufffd"])
    assert report.status_code == 200


@pytest.fixture(scope="module")
def narrow(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PenstockServer]:
    data: Path = tmp_path_factory.mktemp("narrow") / "data"
    started = PenstockServer(data, ("--max-body-bytes", "1000")).start()
    yield started
    assert started.stop() == 0


@pytest.mark.parametrize(
    ("path", "key"),
    [
        pytest.param(f"{NATIVE}/tokens", "title", id="our own API: a problem"),
        pytest.param(LOAD, "message", id="Loadmill's: a message"),
        pytest.param(f"{CLT}/testruns", "typeKey", id="the cloud's: a type"),
    ],
)
def test_a_body_that_is_too_large_is_refused_in_the_words_of_the_face(
    narrow: PenstockServer, path: str, key: str
) -> None:
    headers = {"Authorization": f"Bearer {narrow.token}", "Content-Type": "application/json"}
    bodies: list[Any] = [b"x" * 1001, iter([b"x" * 600] * 2)]
    for body in bodies:
        answer = httpx.post(f"{narrow.url}{path}", content=body, headers=headers, timeout=30)
        assert (answer.status_code, answer.headers["connection"]) == (413, "close")
        assert answer.json()[key]
        assert "larger than 1000 bytes" in answer.text


def test_a_form_that_is_too_large_gets_a_page(narrow: PenstockServer) -> None:
    answer = httpx.post(f"{narrow.url}/sign-in", data={"user": "x" * 2000}, timeout=30)
    assert answer.status_code == 413
    assert "<h1>" in answer.text
