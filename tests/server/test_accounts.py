"""Teams, users, tokens and the sign-in page of a running server."""

from __future__ import annotations

import base64
import datetime
import json
import re
import uuid
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest

from tests.apps import Recorder
from tests.apps.penstock_server import PenstockServer, wait_until
from tests.server.loads import configuration, launch, until


def basic(text: str) -> str:
    return "Basic " + base64.b64encode(text.encode()).decode()


@pytest.mark.parametrize(
    "form",
    [
        pytest.param("Bearer {token}", id="Bearer"),
        pytest.param("bearer  {token}", id="case and spaces do not matter"),
        pytest.param("{token}", id="the bare token"),
        pytest.param("Basic {token:}", id="Basic with the token as user"),
        pytest.param("Basic {:token}", id="Basic with the token as password"),
        pytest.param("Basic {x:token}", id="Basic with any user"),
    ],
)
@pytest.mark.parametrize("header", ["Authorization", "Authentication"])
def test_every_form_of_the_token_lets_in(server: PenstockServer, form: str, header: str) -> None:
    token = server.token
    value = {
        "Basic {token:}": basic(f"{token}:"),
        "Basic {:token}": basic(f":{token}"),
        "Basic {x:token}": basic(f"x:{token}"),
    }.get(form) or form.format(token=token)
    answer = httpx.get(f"{server.url}/api/penstock/v1/me", headers={header: value})
    assert answer.status_code == 200, answer.text
    assert answer.json()["name"] == "admin"


@pytest.mark.parametrize(
    "value",
    [
        pytest.param(None, id="nothing"),
        pytest.param("", id="empty"),
        pytest.param("Bearer", id="a scheme alone"),
        pytest.param("Bearer pst_wrong", id="a token that is not known"),
        pytest.param("Basic !!!", id="no Base64"),
        pytest.param("Basic " + base64.b64encode(b"\xff:\xfe").decode(), id="no UTF-8"),
        pytest.param("Digest username=ann", id="another scheme"),
    ],
)
def test_anything_else_is_401(server: PenstockServer, value: str | None) -> None:
    headers = {} if value is None else {"Authorization": value}
    answer = httpx.get(f"{server.url}/api/penstock/v1/me", headers=headers)
    assert answer.status_code == 401
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["www-authenticate"] == "Bearer"


def test_a_token_is_shown_once_and_useless_when_revoked(server: PenstockServer, admin: httpx.Client) -> None:
    made = admin.post("/tokens", json={"description": "CI", "scopes": ["read"]}).json()
    secret = made.pop("token")
    assert re.fullmatch(r"pst_[A-Za-z0-9_-]{43}", secret)
    assert secret not in admin.get("/tokens").text
    with server.client(secret) as reader:
        assert reader.get("/me").json()["scopes"] == ["read"]
        refused = reader.post("/users", json={"name": "x", "password": "0123456789"})
        assert refused.status_code == 403
        assert "admin" in refused.json()["detail"]
        assert admin.delete(f"/tokens/{made['id']}").status_code == 204
        assert reader.get("/me").status_code == 401
    listed = {token["id"]: token for token in admin.get("/tokens").json()}
    assert listed[made["id"]]["revoked"] is not None
    assert listed[made["id"]]["last_used"] is not None


def test_a_token_cannot_give_more_than_it_may(server: PenstockServer, admin: httpx.Client) -> None:
    secret = admin.post("/tokens", json={"description": "CI", "scopes": ["read"]}).json()["token"]
    with server.client(secret) as reader:
        assert reader.post("/tokens", json={"description": "more", "scopes": ["admin"]}).status_code == 403
        assert reader.post("/tokens", json={"description": "same"}).json()["scopes"] == ["read"]


def test_a_token_ends_when_it_expires(server: PenstockServer, admin: httpx.Client) -> None:
    past = "2020-01-01T00:00:00Z"
    assert admin.post("/tokens", json={"description": "CI", "expires": past}).status_code == 422
    for seconds in (0.5, 5, 20):  # on a busy machine a moment may have passed before it is read
        soon = datetime.datetime.now(datetime.UTC) + datetime.timedelta(seconds=seconds)
        made = admin.post("/tokens", json={"description": "CI", "expires": soon.isoformat()})
        if made.status_code == 201:
            break
    with server.client(made.json()["token"]) as client:
        wait_until(lambda: client.get("/me").status_code == 401)


def test_a_token_makes_none_that_lasts_longer(server: PenstockServer, admin: httpx.Client) -> None:
    now = datetime.datetime.now(datetime.UTC).replace(microsecond=0)
    soon, later = (now + datetime.timedelta(hours=hours) for hours in (1, 2))
    made = admin.post("/tokens", json={"description": "CI", "expires": soon.isoformat()}).json()
    with server.client(made["token"]) as client:
        refused = client.post("/tokens", json={"description": "more", "expires": later.isoformat()})
        assert (refused.status_code, "ends on" in refused.json()["detail"]) == (403, True)
        for wish in ({}, {"expires": soon.isoformat()}):
            same = client.post("/tokens", json={"description": "same", **wish}).json()
            assert datetime.datetime.fromisoformat(same["expires"]) == soon


def test_a_token_revokes_none_that_may_do_more(server: PenstockServer, admin: httpx.Client) -> None:
    build, reader, other = (
        admin.post("/tokens", json={"description": "x", "scopes": scopes}).json()
        for scopes in (["read", "run"], ["read"], ["read"])
    )
    with server.client(reader["token"]) as client:
        refused = client.delete(f"/tokens/{build['id']}")
        assert (refused.status_code, "may do more" in refused.json()["detail"]) == (403, True)
        assert client.delete(f"/tokens/{other['id']}").status_code == 204
        assert client.delete(f"/tokens/{reader['id']}").status_code == 204
    with server.client(build["token"]) as client:
        assert client.get("/me").status_code == 200


def test_people_change_their_own_password_with_the_old_one(server: PenstockServer, admin: httpx.Client) -> None:
    name, old, new = f"ann-{uuid.uuid4()}", "correct horse", "battery staple"
    user = admin.post("/users", json={"name": name, "password": old, "role": "viewer"}).json()["id"]
    wish = {"user": name, "password": old, "new_password": new}
    with server.client("") as nobody, browser(server) as page:
        sign_in(page, name, old)
        assert page.get("/").status_code == 200
        token = nobody.post("/sign-in", json={"user": name, "password": old, "description": "CI"}).json()["token"]
        with server.client(token) as own:
            refused = own.patch(f"/users/{user}", json={"password": new})
            assert (refused.status_code, "POST /password" in refused.json()["detail"]) == (403, True)
        assert nobody.post("/password", json={**wish, "password": "wrong password"}).status_code == 401
        assert nobody.post("/password", json={**wish, "new_password": "short"}).status_code == 422
        assert nobody.post("/password", json=wish).status_code == 204
        assert nobody.post("/password", json=wish).status_code == 401  # the old one is of no use any more
        assert page.get("/").status_code == 303  # nor is the sign-in that was made with it
    with browser(server) as page:
        assert sign_in(page, name, new).status_code == 303


def test_a_token_may_do_no_more_than_its_user_may_by_now(server: PenstockServer, admin: httpx.Client) -> None:
    """It was made when the user could do more: the role is looked at with every request, not only at first."""
    name, password = f"bob-{uuid.uuid4()}", "correct horse"
    user = admin.post("/users", json={"name": name, "password": password, "role": "editor"}).json()["id"]
    with server.client("") as nobody:
        made = nobody.post("/sign-in", json={"user": name, "password": password, "description": "CI"}).json()
    wish = {"name": "smoke", "content": {}}
    with server.client(made["token"]) as bob:
        assert bob.post("/labels", json=wish).status_code == 201
        assert admin.patch(f"/users/{user}", json={"role": "viewer"}).status_code == 200
        refused = bob.post("/labels", json={**wish, "name": "other"})
        assert (refused.status_code, "viewer" in refused.json()["detail"]) == (403, True)
        assert bob.get("/labels").status_code == 200
        assert admin.patch(f"/users/{user}", json={"disabled": True}).status_code == 200
        assert bob.get("/labels").status_code == 401


def test_the_last_admin_cannot_be_taken_away(admin: httpx.Client) -> None:
    me = admin.get("/me").json()["user"]
    for change in ({"role": "viewer"}, {"disabled": True}):
        assert admin.patch(f"/users/{me}", json=change).status_code == 422


def test_what_was_done_is_in_the_audit_log(admin: httpx.Client) -> None:
    made = admin.post("/tokens", json={"description": "noted"}).json()
    newest = admin.get("/audit", params={"limit": 1}).json()[0]
    assert (newest["action"], newest["subject"]) == ("token.create", made["id"])
    assert made["token"] not in str(newest)


def test_another_team_sees_nothing_of_this_one(server: PenstockServer, admin: httpx.Client) -> None:
    name = f"admin-{uuid.uuid4()}"
    wish = {"name": f"Team {uuid.uuid4()}", "admin": name, "password": "correct horse"}
    assert admin.post("/teams", json=wish).status_code == 201
    assert admin.post("/teams", json={**wish, "admin": "other"}).status_code == 409
    mine = admin.get("/me").json()["user"]
    with browser(server) as page:
        sign_in(page, name, "correct horse")
        secret = page.post("/api/penstock/v1/tokens", json={"description": "x"})
        assert secret.status_code == 401  # a browser's cookie is no token
    assert admin.patch(f"/users/{uuid.uuid4()}", json={"role": "viewer"}).status_code == 404
    assert mine in admin.get("/users").text


def browser(server: PenstockServer) -> httpx.Client:
    return httpx.Client(base_url=server.url, follow_redirects=False, timeout=30)


def sign_in(page: httpx.Client, user: str, password: str, following: str = "/") -> httpx.Response:
    form = page.get("/sign-in", params={"next": following})
    key = re.search(r'name="form_key" value="([^"]+)"', form.text)
    assert key
    data = {"user": user, "password": password, "next": following, "form_key": key[1]}
    return page.post("/sign-in", data=data)


def test_a_page_sends_to_the_sign_in_and_back(server: PenstockServer) -> None:
    with browser(server) as page:
        sent = page.get("/?x=1")
        assert (sent.status_code, sent.headers["location"]) == (303, "/sign-in?next=%2F%3Fx%3D1")
        back = sign_in(page, server.user, server.password, "/?x=1")
        assert (back.status_code, back.headers["location"]) == (303, "/?x=1")
        cookie = back.headers["set-cookie"]
        assert "HttpOnly" in cookie
        assert "SameSite=lax" in cookie
        assert "Signed in as admin" in page.get("/").text


def test_a_wrong_password_and_a_wrong_user_say_the_same(server: PenstockServer) -> None:
    with browser(server) as page:
        answers = [sign_in(page, server.user, "wrong"), sign_in(page, "nobody", "wrong")]
    assert {answer.status_code for answer in answers} == {401}
    assert all("user or password is wrong" in answer.text for answer in answers)


def test_many_wrong_passwords_have_to_wait_and_shut_nobody_else_out(server: PenstockServer) -> None:
    with browser(server) as page:
        answers = [sign_in(page, "Guessed", "wrong") for _ in range(6)]
        assert [answer.status_code for answer in answers] == [401] * 5 + [429]
        assert "too many wrong passwords; try again in" in answers[-1].text
        asked = {"user": "guessed", "password": "wrong", "description": "CI"}
        told = page.post("/api/penstock/v1/sign-in", json=asked)
        assert told.status_code == 429
        assert 0 < int(told.headers["retry-after"]) <= 300
        assert sign_in(page, server.user, server.password).status_code == 303


def test_wrong_passwords_that_come_at_once_are_not_more_than_one_by_one(server: PenstockServer) -> None:
    name = f"nobody-{uuid.uuid4()}"

    def attempt(number: int) -> int:
        wish = {"user": name, "password": f"guess number {number}", "description": "x"}
        return httpx.post(f"{server.url}/api/penstock/v1/sign-in", json=wish, timeout=30).status_code

    with ThreadPoolExecutor(12) as pool:
        assert sorted(pool.map(attempt, range(12))) == [401] * 5 + [429] * 7


def test_what_is_nowhere_is_told_as_a_page(server: PenstockServer) -> None:
    with browser(server) as page:
        answer = page.get("/no/such/page")
        assert answer.status_code == 404
        assert "There is no page at this address" in answer.text
        assert page.get("/favicon.svg").headers["content-type"] == "image/svg+xml"


@pytest.mark.parametrize("path", ["/api/penstock/v1", "/api/penstock/v1/"])
def test_the_api_says_where_its_description_is(server: PenstockServer, path: str) -> None:
    with browser(server) as page:
        answer = page.get(path, follow_redirects=True)
        assert page.get(answer.json()["openapi"]).json()["info"]["title"] == "Penstock"


@pytest.mark.parametrize("target", ["https://evil.test/", "//evil.test", "/\\evil.test", "javascript:alert(1)"])
def test_the_sign_in_leads_nowhere_else(server: PenstockServer, target: str) -> None:
    with browser(server) as page:
        assert sign_in(page, server.user, server.password, target).headers["location"] == "/"


def test_a_form_of_another_site_does_not_sign_in(server: PenstockServer) -> None:
    data = {"user": server.user, "password": server.password, "next": "/", "form_key": "guessed"}
    answer = httpx.post(f"{server.url}/sign-in", data=data)
    assert answer.status_code == 403
    assert "penstock_session" not in answer.headers.get("set-cookie", "")


def test_cookies_keep_to_the_server_and_to_tls_where_there_is_any(server: PenstockServer, tmp_path: Path) -> None:
    """TLS often ends at a proxy in front: then the server only knows of it by the address that it is reached under."""

    def cookies(there: PenstockServer) -> dict[str, str]:
        with browser(there) as page:
            shown = page.get("/sign-in")
            form = shown.headers["set-cookie"]
            key = form.partition("=")[2].partition(";")[0]
            form_key = re.findall(r'name="form_key" value="([^"]+)"', shown.text)[0]
            data = {"user": there.user, "password": there.password, "next": "/", "form_key": form_key}
            headers = {"Cookie": f"penstock_form={key}"}  # as the proxy passes it on, without TLS
            signed = page.post("/sign-in", data=data, headers=headers).headers.get_list("set-cookie")
        return {one.partition("=")[0]: one for one in (form, *signed) if "Max-Age=0" not in one}

    behind = PenstockServer(tmp_path / "data", ("--public-url", "https://load.example.com")).start()
    plain, secure = cookies(server), cookies(behind)
    assert behind.stop() == 0
    assert plain.keys() == secure.keys() == {"penstock_form", "penstock_session"}
    for cookie in (*plain.values(), *secure.values()):
        assert "httponly" in cookie.lower()
        assert "samesite" in cookie.lower()
    assert not any("secure" in cookie.lower() for cookie in plain.values())
    assert all("secure" in cookie.lower() for cookie in secure.values())


def test_signing_out_takes_the_key_of_the_session(server: PenstockServer) -> None:
    with browser(server) as page:
        sign_in(page, server.user, server.password)
        assert page.post("/sign-out", data={"form_key": "guessed"}).status_code == 403
        key = re.search(r'name="form_key" value="([^"]+)"', page.get("/").text)
        assert key
        cookie = page.cookies["penstock_session"]
        assert page.post("/sign-out", data={"form_key": key[1]}).status_code == 303
        assert page.get("/", headers={"Cookie": f"penstock_session={cookie}"}).status_code == 303


def test_a_body_that_is_too_large_is_refused(tmp_path: Path) -> None:
    server = PenstockServer(tmp_path / "data", ("--max-body-bytes", "1000")).start()
    try:
        with server.client() as client:
            said = client.post("/tokens", content=b"x" * 1001, headers={"content-type": "application/json"})
            sent = client.post("/tokens", content=iter([b"x" * 600] * 2), headers={"content-type": "application/json"})
        assert (said.status_code, sent.status_code) == (413, 413)
    finally:
        server.stop()


def test_a_second_start_keeps_the_secrets_to_itself(tmp_path: Path) -> None:
    server = PenstockServer(tmp_path / "data").start()
    token = server.token
    assert server.stop() == 0
    server.start()
    try:
        with server.client(token) as client:
            assert client.get("/me").status_code == 200
        assert token not in server.log
    finally:
        assert server.stop() == 0


def test_two_servers_do_not_share_a_data_folder(tmp_path: Path) -> None:
    server = PenstockServer(tmp_path / "data").start()
    try:
        with pytest.raises(AssertionError, match="another server uses it"):
            PenstockServer(tmp_path / "data").start()
    finally:
        server.stop()


def test_health_and_readiness_are_told_without_a_token(server: PenstockServer) -> None:
    assert httpx.get(f"{server.url}/health").json()["status"] == "ok"
    assert httpx.get(f"{server.url}/ready").json() == {"status": "ok"}


def test_the_link_to_a_run_shows_its_report_behind_the_sign_in(server: PenstockServer, admin: httpx.Client) -> None:
    with Recorder() as target:
        run = until(admin, launch(admin, target.url))["id"]
    with browser(server) as page:
        sent = page.get(f"/runs/{run}")
        assert sent.status_code == 303
        back = sign_in(page, server.user, server.password, f"/runs/{run}")
        assert back.headers["location"] == f"/runs/{run}"
        assert "items" in page.get(f"/runs/{run}").text
        assert f'href="/runs/{run}"' in page.get("/").text
        missing = page.get(f"/runs/{uuid.uuid4()}")
        assert (missing.status_code, "there is no run" in missing.text) == (404, True)


@pytest.mark.parametrize(
    "link",
    [
        "/app/test/{test}",
        "/app/test/{run}",
        "/app/functional/{run}",
        "/app/api-tests/test-plan-runs/{run}",
        "/app/api-tests/test-suite-runs/{run}",
        "/app/api-tests/test-suite-runs/{run}/flows/any",
    ],
)
def test_links_that_loadmills_clients_print_lead_to_the_run(
    server: PenstockServer, kept_run: tuple[str, str], link: str
) -> None:
    test, run = kept_run
    with browser(server) as page:
        path = link.format(test=test, run=run)
        back = sign_in(page, server.user, server.password, path)
        assert back.headers["location"] == path
        assert page.get(path).headers["location"] == f"/runs/{run}"
        assert page.get(link.format(test=uuid.uuid4(), run=uuid.uuid4())).status_code == 404


def test_the_link_to_a_flow_leads_to_its_place_in_the_report(server: PenstockServer, admin: httpx.Client) -> None:
    with Recorder() as target:
        flows = [
            {"id": str(uuid.uuid4()), "order": place, "conf": {"requests": [{"url": target.url, "delay": 50}]}}
            for place in range(2)
        ]
        document = json.dumps({"conf": {"meta": {"description": "shop"}}, "flows": flows})
        wish = {
            "source": {"entry": "a.json", "files": [{"name": "a.json", "text": document}]},
            "description": "at noon",
        }
        run = admin.post("/suite-runs", json=wish).raise_for_status().json()["id"]
        until(admin, run)
    second = admin.get(f"/runs/{run}/flows").json()[1]["id"]
    with browser(server) as page:
        path = f"/app/api-tests/test-suite-runs/{run}/flows/{second}"
        sign_in(page, server.user, server.password, path)
        assert page.get(path).headers["location"] == f"/runs/{run}#flow-2"
        assert 'id="flow-2"' in page.get(f"/runs/{run}").text
        assert "at noon" in page.get("/").text


@pytest.fixture(scope="module")
def kept_run(admin: httpx.Client) -> tuple[str, str]:
    with Recorder() as target:
        content = {"entry": "a.json", "files": [{"name": "a.json", "text": configuration(target.url)}]}
        test = admin.post("/load-tests", json={"name": "load", "content": content}).json()["id"]
        run = admin.post(f"/load-tests/{test}/runs").json()["id"]
        until(admin, run)
    return test, run
