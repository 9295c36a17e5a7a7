"""What a team keeps: versions, ETags, idempotent creates, import and export, and running it."""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
import yaml

from tests.apps import Recorder
from tests.apps.penstock_server import PenstockServer
from tests.jmeter import jmx
from tests.server.loads import configuration, source, until


@pytest.fixture(scope="module")
def client(any_server: PenstockServer) -> Iterator[httpx.Client]:
    with any_server.client() as opened:
        yield opened


@pytest.fixture(scope="module")
def target() -> Iterator[Recorder]:
    with Recorder() as started:
        yield started


def made(client: httpx.Client, folder: str, name: str, content: dict[str, Any] | None = None) -> Any:
    answer = client.post(f"/{folder}", json={"name": name, "content": content or {}})
    assert answer.status_code == 201, answer.text
    return answer.json()


def document(url: str) -> dict[str, Any]:
    def flow(name: str, **keys: Any) -> dict[str, Any]:
        requests = [{"url": f"{url}/{name}?who=${{who}}", "description": name, "delay": 50}]
        conf = {"meta": {"description": name}, "requests": requests}
        return {"id": str(uuid.uuid4()), "order": 0, "runInCi": True, "conf": conf, **keys}

    return {
        "conf": {"meta": {"description": "Shop"}, "parameters": [{"who": "ann"}]},
        "flows": [flow("two", order=2), flow("one", order=1, labels=["smoke"]), flow("draft", order=3, runInCi=False)],
    }


def imported(client: httpx.Client, url: str) -> Any:
    headers = {"content-type": "application/yaml"}
    answer = client.post("/imports/suites", content=yaml.safe_dump(document(url)), headers=headers)
    assert answer.status_code == 201, answer.text
    return answer.json()


def test_a_thing_is_changed_only_by_who_has_read_it(client: httpx.Client) -> None:
    pool = made(client, "pools", "users", {"csv": "user\nann\n"})
    path = f"/pools/{pool['id']}"
    wish = {"name": "people", "content": {"csv": "user\nbob\n"}}
    assert client.get(path).headers["etag"] == '"1"'
    assert client.put(path, json=wish).status_code == 428
    assert client.put(path, json=wish, headers={"If-Match": '"1"'}).headers["etag"] == '"2"'
    assert client.put(path, json=wish, headers={"If-Match": '"1"'}).status_code == 412
    assert client.put(path, json=wish, headers={"If-Match": "nonsense"}).status_code == 412
    assert [one["name"] for one in client.get(f"{path}/versions").json()] == ["people", "users"]
    assert client.get(f"{path}/versions/1").json()["content"]["csv"] == "user\nann\n"
    assert client.get(f"{path}/versions/9").status_code == 404
    assert client.delete(path, headers={"If-Match": '"1"'}).status_code == 412
    assert client.delete(path).status_code == 204
    assert client.get(path).status_code == 404


def test_a_thing_is_made_once_however_often_it_is_asked_for(client: httpx.Client) -> None:
    key = {"Idempotency-Key": str(uuid.uuid4())}
    wish = {"name": "set", "content": {"parameters": {"a": "1"}}}
    answers = [client.post("/parameter-sets", json=wish, headers=key) for _ in range(3)]
    assert len({answer.json()["id"] for answer in answers}) == 1
    assert client.post("/parameter-sets", json={**wish, "name": "other"}, headers=key).status_code == 409


@pytest.mark.parametrize(
    ("folder", "content", "says"),
    [
        pytest.param("pools", {}, "csv", id="a pool without rows"),
        pytest.param("pools", {"csv": " "}, "is empty", id="an empty pool"),
        pytest.param("plans", {"suites": ["x"]}, "there is no suite x", id="a plan of nothing"),
        pytest.param("plans", {"parallel": 13}, "parallel", id="too much at a time"),
        pytest.param("load-tests", {"entry": "a", "files": []}, "files", id="no files"),
        pytest.param("load-tests", {"entry": "a", "files": [{"name": "a"}]}, "either text or base64", id="no content"),
        pytest.param(
            "load-tests", {"entry": "a", "files": [{"name": "a", "base64": "!"}]}, "is not base64", id="no base64"
        ),
        pytest.param(
            "load-tests", {"entry": "/etc/passwd", "files": [{"name": "a", "text": ""}]}, "no file", id="another's file"
        ),
        pytest.param("webhooks", {"url": "ftp://a"}, "url", id="no web address"),
        pytest.param("webhooks", {"url": "http://a b:99999/"}, "no address", id="nothing that can be asked"),
        pytest.param("webhooks", {"url": "http://a", "secret": "(hidden)"}, "give it anew", id="a copied secret"),
        pytest.param("schedules", {"cron": "* *", "target": "x"}, "five fields", id="no cron"),
        pytest.param("schedules", {"cron": "61 * * * *", "target": "x"}, "cron", id="a minute that is none"),
        pytest.param("schedules", {"cron": "* * * * *", "zone": "Mars/X", "target": "x"}, "time zone", id="no zone"),
        pytest.param("suites", {"colour": 1}, "colour", id="a key that is not known"),
    ],
)
def test_a_content_that_is_wrong_is_refused(
    client: httpx.Client, folder: str, content: dict[str, Any], says: str
) -> None:
    answer = client.post(f"/{folder}", json={"name": "x", "content": content})
    assert answer.status_code == 422
    assert says in answer.json()["detail"]


def test_a_suite_goes_in_and_out_as_it_was(client: httpx.Client, target: Recorder) -> None:
    given = document(target.url)
    answer = client.post("/imports/suites", content=yaml.safe_dump(given), headers={"content-type": "text/yaml"})
    suite = answer.json()
    flows = client.get(f"/suites/{suite['id']}/flows").json()
    assert [(one["name"], one["content"]["status"]) for one in flows] == [
        ("one", "active"),
        ("two", "active"),
        ("draft", "draft"),
    ]
    assert {flow["id"] for flow in flows} == {flow["id"] for flow in given["flows"]}
    out = yaml.safe_load(client.get(f"/suites/{suite['id']}/export").text)
    assert out["conf"] == given["conf"]
    by_id = {flow["id"]: flow for flow in out["flows"]}
    for flow in given["flows"]:
        assert by_id[flow["id"]]["conf"] == flow["conf"]
        assert by_id[flow["id"]]["runInCi"] == flow["runInCi"]
    assert client.get(f"/suites/{suite['id']}/export", params={"format": "json"}).json() == out
    assert "smoke" in {label["name"] for label in client.get("/labels").json()["items"]}


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(b"{", id="half of JSON"),
        pytest.param(b"a: [", id="half of YAML"),
        pytest.param(b"[1]", id="a list"),
        pytest.param(b"flows: 1", id="flows that are none"),
        pytest.param(b"flows: [1]", id="a flow that is none"),
        pytest.param(b"conf: 1\nflows: []", id="a conf that is none"),
        pytest.param(b"\xff\xfe\x00", id="no text"),
    ],
)
def test_what_is_no_suite_is_refused(client: httpx.Client, content: bytes) -> None:
    answer = client.post("/imports/suites", content=content, headers={"content-type": "application/yaml"})
    assert answer.status_code == 422, answer.text


@pytest.mark.parametrize(
    "flow",
    [
        pytest.param(5, id="no object"),
        pytest.param({"conf": 5}, id="a configuration that is none"),
        pytest.param({"conf": {"meta": {"description": "x\0"}}}, id="a name that no database keeps"),
        pytest.param({"conf": {}, "labels": ["x" * 201]}, id="a label that is too long"),
    ],
)
def test_of_a_suite_with_a_flow_that_is_wrong_nothing_is_kept(client: httpx.Client, flow: Any) -> None:
    name = f"half {uuid.uuid4()}"
    wish = {"conf": {"meta": {"description": name}}, "flows": [{"conf": {"requests": []}}, flow]}
    answer = client.post("/imports/suites", json=wish, headers={"Idempotency-Key": name})
    assert answer.status_code == 422
    assert client.get("/suites", params={"search": name}).json()["items"] == []


def test_a_suite_of_aliases_that_blow_up_is_refused(client: httpx.Client) -> None:
    rows = [f"k{row}: &k{row} [{', '.join([f'*k{row - 1}'] * 10)}]" for row in range(1, 9)]
    bomb = "\n".join(["k0: &k0 [1, 1, 1, 1, 1, 1, 1, 1, 1, 1]", *rows, "flows: []"])
    answer = client.post("/imports/suites", content=bomb, headers={"content-type": "application/yaml"})
    assert answer.status_code == 422
    assert "aliases" in answer.json()["detail"]


def test_two_flows_of_one_id_come_in_with_ids_of_their_own(client: httpx.Client) -> None:
    wanted = str(uuid.uuid4())
    suite = client.post("/imports/suites", json={"flows": [{"id": wanted, "conf": {}}] * 2}).json()
    first, second = client.get(f"/suites/{suite['id']}/flows").json()
    assert first["id"] == wanted != second["id"]


def test_a_kept_suite_runs_with_the_rows_of_its_pool(client: httpx.Client, target: Recorder) -> None:
    suite = imported(client, target.url)["id"]
    pool = made(client, "pools", "users", {"csv": "who\nbob\neve\n"})["id"]
    flow = next(one for one in client.get(f"/suites/{suite}/flows").json() if one["name"] == "one")
    path = f"/suites/{suite}/flows/{flow['id']}"
    wish = {"name": flow["name"], "content": {**flow["content"], "pools": [pool]}}
    assert client.put(path, json=wish, headers={"If-Match": '"1"'}).status_code == 200
    target.clear()
    answer = client.post(f"/suites/{suite}/runs", json={"suite": {"only_ready": True}})
    assert answer.status_code == 202, answer.text
    run = until(client, answer.json()["id"])
    assert run["state"] == "passed", run["why"]
    assert [request.target for request in target.requests] == ["/one?who=bob", "/one?who=eve", "/two?who=ann"]
    assert run["test"] == suite


def test_a_plan_runs_its_suites_with_its_parameters(client: httpx.Client, target: Recorder) -> None:
    suites = [imported(client, target.url)["id"] for _ in range(2)]
    plan = made(client, "plans", "nightly", {"suites": suites, "parallel": 2, "parameters": {"who": "plan"}})["id"]
    target.clear()
    run = until(client, client.post(f"/plans/{plan}/runs", json={"suite": {"only_ready": True}}).json()["id"])
    assert (run["state"], run["result"]) == ("passed", {"suites": 2, "passed_suites": 2})
    parts = client.get("/runs", params={"parent": run["id"]}).json()["runs"]
    assert {part["test"] for part in parts} == set(suites)
    assert sorted(request.target for request in target.requests) == ["/one?who=plan"] * 2 + ["/two?who=plan"] * 2
    labelled = client.post(f"/plans/{plan}/runs", json={"suite": {"labels": ["smoke"]}}).json()["id"]
    until(client, labelled)
    nothing = client.post(f"/plans/{plan}/runs", json={"suite": {"labels": ["none"]}})
    assert nothing.status_code == 422


def test_a_kept_load_test_runs_and_has_a_trend(client: httpx.Client, target: Recorder) -> None:
    content = {"entry": "a.json", "files": [{"name": "a.json", "text": configuration(target.url)}]}
    test = made(client, "load-tests", "load", content)["id"]
    key = {"Idempotency-Key": str(uuid.uuid4())}
    first = [client.post(f"/load-tests/{test}/runs", headers=key).json()["id"] for _ in range(2)]
    assert first[0] == first[1]
    until(client, first[0])
    wish = {"changes": {"load": {"iterations": 2}}}
    until(client, client.post(f"/load-tests/{test}/runs", json=wish).json()["id"])
    trend = client.get(f"/tests/{test}/trend").json()
    assert [point["total"]["count"] for point in trend] == [2, 5]


def test_a_kept_jmeter_plan_runs_with_its_rows_and_the_values_of_a_run(client: httpx.Client, target: Recorder) -> None:
    target.clear()
    steps = (jmx.csv("rows.csv", "name"), jmx.get("${place}/${name}", name="look", parameters=[("n", "${__P(n,1)}")]))
    to = jmx.defaults(protocol="http", domain="127.0.0.1", port=target.port)
    plan = jmx.document(
        jmx.plan(to, jmx.variables(place="before"), jmx.threads(*steps, users=2, loops="${__P(loops,1)}"))
    )
    files = [{"name": "plan.jmx", "text": plan.decode()}, {"name": "rows.csv", "text": "ann\nbob\n"}]
    test = made(client, "load-tests", "plan", {"entry": "plan.jmx", "files": files})["id"]
    wish = {"changes": {"parameters": {"place": "after", "loops": "2", "n": "7"}}}
    run = until(client, client.post(f"/load-tests/{test}/runs", json=wish).json()["id"])
    assert (run["state"], run["result"]["requests"]) == ("passed", 4)
    assert Counter(one.target for one in target.requests) == {"/after/ann?n=7": 2, "/after/bob?n=7": 2}


def test_things_of_another_team_are_not_there(
    any_server: PenstockServer, client: httpx.Client, target: Recorder
) -> None:
    suite = imported(client, target.url)["id"]
    pool = made(client, "pools", "users", {"csv": "user\nann\n"})["id"]
    with any_server.client(any_server.stranger()) as other:
        assert other.get("/suites").json() == {"items": [], "total": 0, "next": None}
        for method, path in (
            ("GET", f"/suites/{suite}"),
            ("GET", f"/suites/{suite}/flows"),
            ("GET", f"/suites/{suite}/export"),
            ("GET", f"/pools/{pool}/versions"),
            ("DELETE", f"/pools/{pool}"),
        ):
            assert other.request(method, path).status_code == 404, path
        assert other.post(f"/suites/{suite}/runs").status_code == 404
        assert other.post("/plans", json={"name": "x", "content": {"suites": [suite]}}).status_code == 422


def test_a_viewer_reads_and_changes_nothing(any_server: PenstockServer, client: httpx.Client) -> None:
    name = f"viewer-{uuid.uuid4()}"
    client.post("/users", json={"name": name, "password": "correct horse", "role": "viewer"})
    with any_server.client("") as nobody:
        wish = {"user": name, "password": "correct horse", "description": "mine"}
        token = nobody.post("/sign-in", json=wish).json()["token"]
    with any_server.client(token) as viewer:
        assert viewer.get("/suites").status_code == 200
        assert viewer.post("/labels", json={"name": "x", "content": {}}).status_code == 403
        assert viewer.get("/audit").status_code == 403


def test_lists_say_how_many_there_are_and_find_by_name(client: httpx.Client) -> None:
    word = uuid.uuid4().hex
    for number in range(3):
        made(client, "labels", f"{word} {number}")
    page = client.get("/labels", params={"search": word.upper(), "limit": 2}).json()
    assert (page["total"], len(page["items"])) == (3, 2)
    rest = client.get("/labels", params={"search": word, "limit": 2, "after": page["next"]}).json()
    assert [one["name"] for one in page["items"] + rest["items"]] == [f"{word} {number}" for number in (2, 1, 0)]
    twice = client.post("/labels", json={"name": f"{word} 1", "content": {}})
    assert twice.status_code == 409


def test_kept_sets_of_parameters_are_used_in_runs_of_suites_and_loads(admin: httpx.Client) -> None:
    sets = [
        admin.post("/parameter-sets", json={"name": name, "content": {"parameters": parameters}}).json()["id"]
        for name, parameters in (
            ("test system", {"place": "first", "shelf": ["tea", "coffee"]}),
            ("others", {"place": "second", "who": "ann"}),
        )
    ]
    with Recorder() as target:
        step = {"url": f"{target.url}/${{place}}/${{shelf}}/${{who}}", "delay": 50, "description": "look"}
        defaults = [{"place": "none"}, {"shelf": "none"}, {"who": "none"}]
        conf = {"meta": {"description": "Look"}, "requests": [step]}
        document = {
            "conf": {"meta": {"description": "Shop"}, "parameters": defaults},
            "flows": [{"id": str(uuid.uuid4()), "order": 0, "runInCi": True, "conf": conf}],
        }
        suite = admin.post("/imports/suites", json=document).json()["id"]
        changes = {"parameter_sets": sets, "parameters": {"who": "bob"}}
        launched = admin.post(f"/suites/{suite}/runs", json={"changes": changes})
        assert until(admin, launched.json()["id"])["state"] == "passed"
        assert [one.target for one in target.requests] == ["/second/tea/bob"]
        target.clear()
        plan = admin.post("/plans", json={"name": "all", "content": {"suites": [suite]}}).json()["id"]
        launched = admin.post(f"/plans/{plan}/runs", json={"changes": {"parameter_sets": sets[:1]}})
        assert until(admin, launched.json()["id"])["state"] == "passed"
        assert [one.target for one in target.requests] == ["/first/tea/none"]
        target.clear()
        load = source(target.url, parameters=defaults, requests=[step], maxIterations=1)
        launched = admin.post("/runs", json={"source": load, "changes": {"parameter_sets": sets[::-1]}})
        assert until(admin, launched.json()["id"])["state"] == "passed"
        assert [one.target for one in target.requests] == ["/first/tea/ann"]


def test_a_set_of_parameters_that_is_not_kept_is_not_found(admin: httpx.Client) -> None:
    wish = {"source": source("http://127.0.0.1:9"), "changes": {"parameter_sets": [str(uuid.uuid4())]}}
    assert admin.post("/runs", json=wish).status_code == 404
