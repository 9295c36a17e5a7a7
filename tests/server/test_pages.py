"""The pages for people, asked as a browser does it: what is listed, what a run shows and what changed."""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterator

import httpx
import pytest

from tests.apps import Answer, Recorder
from tests.apps.penstock_server import PenstockServer, wait_until
from tests.server.loads import launch, measured, source, until
from tests.server.test_accounts import browser, sign_in

pytestmark = pytest.mark.e2e


@pytest.fixture
def page(server: PenstockServer) -> Iterator[httpx.Client]:
    with browser(server) as opened:
        sign_in(opened, server.user, server.password)
        yield opened


@pytest.fixture
def target() -> Iterator[Recorder]:
    with Recorder(lambda _: Answer.json({})) as started:
        yield started


def key_of(text: str) -> str:
    found = re.search(r'name="form_key" value="([^"]+)"', text)
    assert found
    return found[1]


def kept_runs(admin: httpx.Client, target: Recorder, times: int) -> tuple[str, list[str]]:
    """Keep a load test and run it so often; returns its id and those of the runs."""
    wish = {"name": "kept shop", "content": source(target.url)}
    kept = admin.post("/load-tests", json=wish)
    assert kept.status_code == 201, kept.text
    test = kept.json()["id"]
    ids = []
    for _ in range(times):
        launched = admin.post(f"/load-tests/{test}/runs", json={})
        assert launched.status_code == 202, launched.text
        ids.append(until(admin, launched.json()["id"])["id"])
    return test, ids


def test_runs_are_listed_by_kind_and_state(page: httpx.Client, admin: httpx.Client, target: Recorder) -> None:
    run = until(admin, launch(admin, target.url))["id"]
    link = f'href="/runs/{run}"'
    for query, is_there in ({"kind": "load"}, True), ({"state": "passed"}, True), ({"kind": "suite"}, False):
        assert (link in page.get("/", params=query).text) is is_there
    odd = page.get("/", params={"kind": "'", "state": "x", "after": "2026 or so"})
    assert (odd.status_code, link in odd.text) == (200, True)


def test_older_runs_are_on_the_next_page(page: httpx.Client, admin: httpx.Client, target: Recorder) -> None:
    wish = {"source": source(target.url, maxIterations=1)}
    ids = [admin.post("/runs", json=wish).json()["id"] for _ in range(52)]
    for id_ in ids:
        admin.post(f"/runs/{id_}/stop")
    first = page.get("/").text
    older = re.search(r'href="(/\?after=[^"]+)" rel="next"', first)
    assert older
    second = page.get(older[1].replace("&amp;", "&")).text
    listed = [re.findall(r'href="/runs/([^"]+)"', text) for text in (first, second)]
    assert len(listed[0]) == 50
    assert not set(listed[0]) & set(listed[1])
    assert set(ids) <= {*listed[0], *listed[1]}


def test_a_run_leads_on(page: httpx.Client, admin: httpx.Client, target: Recorder) -> None:
    test, (before, after) = kept_runs(admin, target, 2)
    shown = page.get(f"/runs/{after}")
    assert "refresh" not in shown.headers
    assert "Stop the run" not in shown.text
    for link in ("/", f"/tests/{test}", f"/compare?before={before}&amp;after={after}"):
        assert f'href="{link}"' in shown.text
    assert "Compare with the run before" not in page.get(f"/runs/{before}").text
    trend = page.get(f"/tests/{test}").text
    assert [trend.index(f'href="/runs/{id_}"') for id_ in (after, before)] == sorted(
        trend.index(f'href="/runs/{id_}"') for id_ in (after, before)
    )
    compared = page.get("/compare", params={"before": before, "after": after}).text
    assert re.search(r'<th scope="row">items</th>.*0% → 0%', compared)


def test_a_report_is_downloaded_as_a_file(page: httpx.Client, admin: httpx.Client, target: Recorder) -> None:
    run = until(admin, launch(admin, target.url))["id"]
    for form, start, ending in ("html", "<!doctype html>", "html"), ("json", "{", "json"), ("junit", "<?xml", "xml"):
        answer = page.get(f"/runs/{run}/report/{form}")
        assert answer.text.lower().startswith(start)
        assert answer.headers["content-disposition"] == f'attachment; filename="run-{run}.{ending}"'
    assert 'aria-label="Penstock"' not in page.get(f"/runs/{run}/report/html").text
    assert page.get(f"/runs/{run}/report/pdf").status_code == 404


def test_a_run_under_way_is_stopped_by_a_button(page: httpx.Client, admin: httpx.Client, target: Recorder) -> None:
    run = launch(admin, target.url, maxIterations=100_000)
    until(admin, run, "running")
    wait_until(measured(admin, run))
    shown = page.get(f"/runs/{run}")
    assert shown.headers["refresh"] == "5"
    assert "The test goes on. So far every threshold is met." in shown.text
    assert page.post(f"/runs/{run}/stop", data={"form_key": "guessed"}).status_code == 403
    assert admin.get(f"/runs/{run}").json()["state"] == "running"
    for _ in range(2):  # a second click does no harm
        answer = page.post(f"/runs/{run}/stop", data={"form_key": key_of(shown.text)})
        assert (answer.status_code, answer.headers["location"]) == (303, f"/runs/{run}")
    until(admin, run, "stopped")
    assert "The test was stopped before its end" in page.get(f"/runs/{run}").text


def test_people_who_may_only_read_stop_nothing(server: PenstockServer, admin: httpx.Client, target: Recorder) -> None:
    name = f"reader-{uuid.uuid4()}"
    admin.post("/users", json={"name": name, "password": "correct horse", "role": "viewer"})
    run = launch(admin, target.url, maxIterations=100_000)
    until(admin, run, "running")
    with browser(server) as page:
        sign_in(page, name, "correct horse")
        key = key_of(page.get("/").text)
        assert page.post(f"/runs/{run}/stop", data={"form_key": key}).status_code == 403
    admin.post(f"/runs/{run}/stop")
    until(admin, run, "stopped")


@pytest.mark.parametrize("path", ["/compare", "/compare?before=x&after=y", "/tests/x", "/runs/x/report/html"])
def test_what_is_not_there_is_told(page: httpx.Client, path: str) -> None:
    answer = page.get(path)
    assert (answer.status_code, 'role="alert"' in answer.text) == (404, True)


@pytest.mark.parametrize("path", ["/compare", "/tests/x", "/runs/x", "/runs/x/report/html"])
def test_every_page_is_behind_the_sign_in(server: PenstockServer, path: str) -> None:
    with browser(server) as nobody:
        assert nobody.get(path).headers["location"].startswith("/sign-in?next=")
        assert nobody.post("/runs/x/stop").headers["location"].startswith("/sign-in?next=")
