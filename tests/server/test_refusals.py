"""Every route of every face, as its own description lists them, asked by those whom it must refuse.

A route that is added is walked without a word here; one whose body is looked at before the caller needs a wish below.
"""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any, cast

import httpx
import pytest
import yaml
from starlette.routing import Route as StarletteRoute

from penstock import web
from penstock.api import loadmill
from penstock.api.cloudtest import description as cloudtest
from penstock.api.native.application import build
from penstock.services.bundle import ServerFacts, Services
from tests.apps import Recorder
from tests.apps.penstock_server import PenstockServer
from tests.server.loads import configuration, launch, source, until

_METHODS = ("get", "post", "put", "patch", "delete")
_NATIVE, _LOADMILL, _CLT = "/api/penstock/v1", "/api/v1", ""


@dataclass(frozen=True)
class Route:
    """One method at one path."""

    face: str
    method: str
    path: str

    def __str__(self) -> str:
        return f"{self.method.upper()} {self.face}{self.path}"

    @property
    def names(self) -> list[str]:
        """What its path asks for."""
        return re.findall(r"\{(\w+)\}", self.path)


def _routes() -> list[Route]:
    services = cast("Services", SimpleNamespace(facts=ServerFacts("http://127.0.0.1", "test")))
    faces = {
        _NATIVE: build(services).openapi(),
        _LOADMILL: loadmill.build(services).openapi(),
        _CLT: cloudtest.document(),
    }
    return [
        Route(face, method, path)
        for face, document in faces.items()
        for path, operations in document["paths"].items()
        for method in operations
        if method in _METHODS
    ]


ROUTES = _routes()
OPEN = {"POST /api/penstock/v1/sign-in", "POST /api/penstock/v1/password"}
"""What needs no token, but a password."""

READ_ONLY = {
    "POST /api/v1/reports/junit",  # orders what is there anyhow
    "POST /api/v1/explain-failures",  # a question
    "POST /_apis/clt/testruns/{id}/countersamples",  # a question too long for an address
    "POST /api/penstock/v1/tokens",  # a token that may do no more: test_accounts.py
}
"""What a token that may only read may send."""

EMPTY = {"GET /api/penstock/v1/tests/{id}/trend"}
"""Answered with nothing: the id need not be that of something that still is there."""

OF_THE_SERVER = re.compile(r"/_apis/(resourceareas|servicedefinitions|clt/apm/plugins)/")
"""Ids that every team finds, since they name what the server itself is made of."""


@dataclass(frozen=True)
class Kept:
    """One thing of each kind that the first team has, by the path of its kind."""

    server: PenstockServer
    ids: dict[str, dict[str, str]]
    wishes: dict[str, Any]
    queries: dict[str, dict[str, str]]

    def ask(self, route: Route, token: str | None) -> httpx.Response:
        """Ask a route about what is there, with a body that it takes."""
        path = route.path
        for name in route.names:
            path = path.replace(f"{{{name}}}", self._id(route, name))
        headers = {"If-Match": '"1"'} | ({} if token is None else {"Authorization": f"Bearer {token}"})
        wish = self.wishes.get(f"{route.method} {route.path}", self.wishes.get(route.path, {}))
        headers["Content-Type"] = "text/csv" if isinstance(wish, str) else "application/json"
        body = None if route.method == "get" else wish if isinstance(wish, str) else json.dumps(wish)
        url, query = f"{self.server.url}{route.face}{path}", self.queries.get(f"{route.method} {route.path}", {})
        return httpx.request(route.method, url, content=body, headers=headers, params=query, timeout=30)

    def _id(self, route: Route, name: str) -> str:
        of_kind = next((ids for start, ids in self.ids.items() if route.path.startswith(start)), {})
        return of_kind.get(name, "1" if name == "number" else str(uuid.uuid4()))


@pytest.fixture(scope="module")
def kept(server: PenstockServer) -> Iterator[Kept]:
    with Recorder() as target, server.client() as native, httpx.Client(auth=("", server.token), timeout=30) as client:
        yield _fill(server, target.url, native, client)


def _fill(server: PenstockServer, target: str, native: httpx.Client, client: httpx.Client) -> Kept:
    def add(url: str, wish: Any) -> dict[str, Any]:
        answer = client.post(url, json=wish)
        assert answer.is_success, (url, answer.text)
        return cast("dict[str, Any]", answer.json())

    def add_kept(folder: str, content: dict[str, Any]) -> str:
        wishes[f"/{folder}"] = wishes[f"/{folder}/{{id}}"] = {"name": folder, "content": content}
        return str(add(f"{server.url}{_NATIVE}/{folder}", wishes[f"/{folder}"])["id"])

    wishes: dict[str, Any] = {}
    flow = {"meta": {"description": "home"}, "requests": [{"url": target, "description": "home"}]}
    document = {
        "conf": {"meta": {"description": "Shop"}},
        "flows": [{"id": str(uuid.uuid4()), "order": 1, "runInCi": True, "conf": flow}],
    }
    headers = {"content-type": "application/yaml"}
    suite = native.post("/imports/suites", content=yaml.safe_dump(document), headers=headers).json()["id"]
    flow_id = native.get(f"/suites/{suite}/flows").json()[0]["id"]
    ids: dict[str, dict[str, str]] = {"/suites/": {"id": suite, "flow": flow_id}}
    load_test = add_kept("load-tests", source(target))
    for folder, content in {
        "plans": {"suites": [suite]},
        "parameter-sets": {"parameters": {"a": "1"}},
        "pools": {"csv": "user\nann\n"},
        "labels": {},
        "schedules": {"cron": "0 0 1 1 *", "target": suite, "enabled": False},
        "webhooks": {"url": f"{target}/told"},
    }.items():
        ids[f"/{folder}/"] = {"id": add_kept(folder, content)}
    ids["/load-tests/"] = {"id": load_test}
    made = {
        "/domains": {"name": "shop.example.com"},
        "/applications": {"name": "shop", "kind": "prometheus", "url": target, "counters": {"q": {"query": "q"}}},
        "/users": {"name": "reader-of-tests", "password": "correct horse", "role": "viewer"},
        "/tokens": {"description": "known", "scopes": None},
    }
    for path, wish in made.items():
        ids[f"{path}/"] = {"id": str(add(f"{server.url}{_NATIVE}{path}", wish)["id"])}
    wishes.update(made)
    wishes["/applications/{id}"] = made["/applications"]
    wishes["/users/{id}"] = {"role": "viewer"}
    wishes["/teams"] = {"name": "x", "admin": "x", "password": "correct horse"}
    wishes["put /plans/{id}"] = {"name": "plan", "content": {"suites": []}}  # a stranger has none to name
    wishes["/team"] = {"settings": {}}
    wishes["/password"] = {"user": server.user, "password": server.password, "new_password": server.password}
    wishes["/sign-in"] = {"user": server.user, "password": server.password, "description": "x"}
    wishes["/suites"] = wishes["/suites/{id}"] = {"name": "suite", "content": {}}
    wishes["/suites/{id}/flows"] = wishes["/suites/{id}/flows/{flow}"] = {"name": "flow", "content": {"conf": flow}}
    wishes["/imports/suites"] = document
    run = launch(native, target, maxIterations=1)
    wishes["/runs"] = wishes["/suite-runs"] = {"source": source(target)}
    wishes["/runs/{id}/control"] = {"command": "pause"}
    wished = {"source": {"entry": "flow.json", "files": [{"name": "flow.json", "text": json.dumps(flow)}]}}
    suite_run = add(f"{server.url}{_NATIVE}/suite-runs", wished)["id"]
    plan_run = add(f"{server.url}{_NATIVE}/plans/{ids['/plans/']['id']}/runs", {})["id"]
    for one in (run, suite_run, plan_run):
        until(native, one)
    flow_run = native.get(f"/runs/{suite_run}/flows").json()[0]["id"]
    ids["/runs/"] = {"id": run}
    ids["/flow-runs/"] = {"id": flow_run}
    conf = json.loads(configuration(target))
    test = add(f"{server.url}{_LOADMILL}/tests", conf)
    trial = add(f"{server.url}{_LOADMILL}/tests/trials", {**conf, "async": True})
    ids["/tests/trials/"] = {"id": trial["id"]}
    ids["/tests/{id}/trend"] = {"id": load_test}
    ids["/tests/{id}"] = {"id": str(test.get("testId") or test["id"])}
    wishes["/tests"] = wishes["/tests/trials"] = conf
    ids["/test-suites/"] = {"id": suite, "suite": suite, "flow": flow_id}
    ids["/test-plans/"] = ids["/plans/"]
    ids["/test-flows-runs/"] = ids["/test-suites-runs/flows/"] = {"id": flow_run}
    ids["/test-suites-runs/"] = {"id": suite_run}
    ids["/reports/junit/"] = ids["/test-plans-runs/"] = {"id": plan_run}
    wishes["/reports/junit"] = {"testId": plan_run, "runType": "test-plan"}
    wishes["/explain-failures"] = {"testRunId": flow_run, "testRunType": "flowRun"}
    wishes["/test-suites/{suite}/flows/{flow}/pools"] = "user\nann\n"
    clt = {
        "testdrops": {"dropType": 0},
        "agentgroups": {"groupName": "rig"},
        "testdefinitions": {"name": "kept"},
    }
    for resource, wish in clt.items():
        made_clt = add(f"{server.url}/_apis/clt/{resource}", wish)
        ids[f"/_apis/clt/{resource}/"] = {"id": str(made_clt.get("id") or made_clt["groupId"])}
        wishes[f"/_apis/clt/{resource}"] = wish
    test_run = {"name": "home.loadtest", "testDrop": ids["/_apis/clt/testdrops/"]}
    ids["/_apis/clt/testruns/"] = {"id": add(f"{server.url}/_apis/clt/testruns", test_run)["id"]}
    ids["/_apis/clt/apm/applications/"] = {"id": "Prometheus~shop"}
    wishes["put /_apis/clt/testdefinitions"] = {"name": "kept"} | ids["/_apis/clt/testdefinitions/"]
    wishes["/_apis/clt/testruns"] = test_run
    wishes["/_apis/clt/testruns/{id}"] = {"state": 1}
    queries = {
        "get /_apis/clt/testruns/{id}/counterinstances": {"groupNames": "Performance"},
        "delete /_apis/clt/agentgroups/{id}/agents": {"agentName": "rig-1"},
    }
    return Kept(server, ids, wishes, queries)


@pytest.fixture(scope="module")
def stranger(server: PenstockServer) -> str:
    return server.stranger()


@pytest.fixture(scope="module")
def reader(server: PenstockServer) -> str:
    with server.client() as admin:
        return str(admin.post("/tokens", json={"description": "reader", "scopes": ["read"]}).json()["token"])


@pytest.mark.parametrize("route", [route for route in ROUTES if str(route) not in OPEN], ids=str)
def test_nobody_gets_in_without_a_token(kept: Kept, route: Route) -> None:
    assert kept.ask(route, None).status_code == 401
    assert kept.ask(route, "pst_wrong").status_code == 401


@pytest.mark.parametrize(
    "route", [route for route in ROUTES if route.names and not OF_THE_SERVER.search(route.path)], ids=str
)
def test_what_a_team_has_is_not_there_for_another(kept: Kept, stranger: str, route: Route) -> None:
    answer = kept.ask(route, stranger)
    if str(route) in EMPTY:
        assert (answer.status_code, answer.json()) == (200, [])
    else:
        assert answer.status_code == 404, answer.text


@pytest.mark.parametrize("route", [route for route in ROUTES if route.method != "get"], ids=str)
def test_who_may_only_read_changes_nothing(kept: Kept, reader: str, route: Route) -> None:
    answer = kept.ask(route, reader)
    if str(route) in OPEN | READ_ONLY:
        assert answer.is_success, answer.text
    else:
        assert answer.status_code == 403, answer.text


@pytest.mark.parametrize(
    "route",
    [route for route in ROUTES if route.method == "get" and route.names and not OF_THE_SERVER.search(route.path)],
    ids=str,
)
def test_its_own_people_find_it(kept: Kept, route: Route) -> None:
    """Else what a stranger does not find might not be there at all."""
    answer = kept.ask(route, kept.server.token)
    assert answer.status_code in (200, 409), answer.text  # 409: a run that has not begun has no results


OPEN_PAGES = {"/sign-in", "/favicon.svg", "/favicon.ico"}
PAGES = [
    pytest.param(method, route.path, id=f"{method} {route.path}")
    for route in web.build(cast("Services", SimpleNamespace())).routes
    if isinstance(route, StarletteRoute) and route.path not in OPEN_PAGES
    for method in sorted(route.methods or ())
]


@pytest.mark.parametrize("cookie", [{}, {"penstock_session": "wrong"}], ids=["nobody", "a cookie that is wrong"])
@pytest.mark.parametrize(("method", "path"), PAGES)
def test_a_page_shows_nobody_anything_but_the_sign_in(
    kept: Kept, method: str, path: str, cookie: dict[str, str]
) -> None:
    """Nor does a form do anything for who has not signed in, or comes from another site."""
    for name in re.findall(r"\{(\w+)", path):
        path = re.sub(rf"\{{{name}[^}}]*\}}", kept.ids["/runs/"]["id"], path)
    with httpx.Client(base_url=kept.server.url, cookies=cookie, timeout=30) as browser:
        answer = browser.request(method, path)
    assert answer.status_code in (303, 403), answer.text
    assert answer.headers.get("location", "/sign-in").startswith("/sign-in")
    assert kept.ids["/runs/"]["id"] not in answer.text
