"""Recordings of a browser: what a real one recorded runs as a test, under load, and as a flow.py."""

from __future__ import annotations

import json
import shutil
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import sync_playwright

from tests.apps import Answer, Recorder, Request
from tests.e2e.conftest import Command

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")

pytestmark = pytest.mark.e2e

BUYS = """async () => {
  const asked = async (path, body, headers = {}) => {
    const response = await fetch(path, {method: "POST", body: body && JSON.stringify(body),
                                        headers: {"Content-Type": "application/json", ...headers}});
    return await response.json();
  };
  const {token} = await asked("/login", {user: "ann", password: "secret"});
  const authorization = {Authorization: `Bearer ${token}`};
  const items = await (await fetch("/items")).json();
  await asked("/cart", {item: items[0].id, quantity: 2}, authorization);
  const {order} = await asked("/order", undefined, authorization);
  await (await fetch(`/orders/${order}?n=1`)).text();
}"""


class Shop:
    """A shop that takes nothing but what it has just given: tokens and orders of an earlier day are of no use."""

    def __init__(self) -> None:
        self.made = 0
        self.tokens: set[str] = set()
        self.orders: set[str] = set()

    def answer(self, request: Request) -> Answer:
        path = request.path
        if path == "/":
            page = '<link rel=stylesheet href="/a.css"><img src="/logo.png"><h1>Shop</h1><title>The shop</title>'
            return Answer(200, (("Content-Type", "text/html"),), page.encode())
        if path in ("/a.css", "/logo.png", "/favicon.ico"):
            kind = "text/css" if path == "/a.css" else "image/png"
            return Answer(200, (("Content-Type", kind), ("Cache-Control", "max-age=60")))
        if path == "/items":
            return Answer.json([{"id": 1}])
        self.made += 1
        if path == "/login":
            self.tokens.add(f"token-{self.made:08}")
            return Answer.json({"token": f"token-{self.made:08}"})
        if path.startswith("/orders/"):
            return Answer.json({}, 200 if path.removeprefix("/orders/") in self.orders else 404)
        if (request.header("authorization") or "").removeprefix("Bearer ") not in self.tokens:
            return Answer.json({"error": "unknown token"}, 401)
        if path == "/order":
            self.orders.add(f"order-{self.made:08}")
            return Answer.json({"order": f"order-{self.made:08}"}, 201)
        return Answer.json({"cart": []})


@pytest.fixture(scope="module")
def recording(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, str]]:
    """A visit to the shop as a browser recorded it, and where the shop was."""
    if CHROMIUM is None:
        pytest.skip("needs Chromium: apt-get install chromium")
    file = tmp_path_factory.mktemp("recorded") / "visit.har"
    with Recorder(Shop().answer) as shop, sync_playwright() as tool:
        browser = tool.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-dev-shm-usage"])
        context = browser.new_context(record_har_path=str(file), record_har_content="embed")
        page = context.new_page()
        page.goto(f"{shop.url}/")
        page.wait_for_timeout(300)
        page.evaluate(BUYS)
        context.close()
        browser.close()
        yield file, shop.url


def asked(seen: list[Request]) -> Counter[tuple[str, str]]:
    """What was asked for, without the numbers that differ from one time to the next."""
    paths = ((one.method, one.path) for one in seen)
    return Counter((method, "/orders/…" if path.startswith("/orders/") else path) for method, path in paths)


def test_a_visit_is_done_again_with_what_the_server_says_today(
    penstock: Command, recording: tuple[Path, str], tmp_path: Path
) -> None:
    file, url = recording
    with Recorder(Shop().answer) as shop:
        run = [file, "--no-think", "--target-override", f"{url}={shop.url}", "--json", "result.json", "--quiet"]
        penstock("run", *run, "--users", "2", "--iterations", "2")
        done = asked(shop.requests)
    assert done["POST", "/login"] == done["POST", "/cart"] == done["POST", "/order"] == done["GET", "/orders/…"] == 4
    assert done["GET", "/"] == done["GET", "/a.css"] == done["GET", "/logo.png"] == 4
    result: dict[str, Any] = json.loads((tmp_path / "result.json").read_text())
    assert result["totals"]["requests"]["failed"] == 0
    assert "GET /orders/{order}" in {request["name"] for request in result["requests"]}


def test_a_flow_written_from_it_does_the_same(penstock: Command, recording: tuple[Path, str], tmp_path: Path) -> None:
    file, url = recording
    penstock("convert", file, "-o", "flow.py")
    sent = []
    for test in (file, tmp_path / "flow.py"):
        with Recorder(Shop().answer) as shop:
            there = tmp_path / test.name
            there.write_text(test.read_text().replace(url, shop.url))
            penstock("run", there, "--no-think", "--quiet")
            sent.append(asked(shop.requests))
    assert sent[0] == sent[1]
    assert sent[0]["GET", "/orders/…"] == 1


def test_a_field_is_given_by_its_name(penstock: Command, recording: tuple[Path, str]) -> None:
    file, url = recording
    with Recorder(Shop().answer) as shop:
        penstock("run", file, "user=bob", "--no-think", "--target-override", f"{url}={shop.url}", "--quiet")
        (login,) = [one for one in shop.requests if one.target == "/login"]
    assert login.json() == {"user": "bob", "password": "secret"}


def test_a_trial_shows_each_request_inside_its_page(penstock: Command, recording: tuple[Path, str]) -> None:
    file, url = recording
    with Recorder(Shop().answer) as shop:
        ended = penstock("trial", file, "--no-think", "--target-override", f"{url}={shop.url}")
    lines = [line.partition("  GET ")[0].partition("  POST ")[0] for line in ended.stderr.splitlines()]
    assert {"        ✓ GET /", "        ✓ GET /a.css", "        ✓ POST /login"} <= set(lines)
    assert "rounds" not in ended.stderr


def test_a_token_that_is_not_there_fails_the_request_that_should_bring_it(
    penstock: Command, recording: tuple[Path, str], tmp_path: Path
) -> None:
    file, url = recording
    with Recorder(lambda _: Answer.json({})) as shop:
        run = [file, "--no-think", "--target-override", f"{url}={shop.url}", "--json", "result.json"]
        ended = penstock("run", *run, expect=99)
        assert ("POST", "/cart") not in asked(shop.requests)
    assert "token was found" in ended.stderr


def test_what_others_served_is_left_out_and_said(
    penstock: Command, recording: tuple[Path, str], tmp_path: Path
) -> None:
    file, url = recording
    log = json.loads(file.read_text())
    log["log"]["entries"][-1]["request"]["url"] = "https://count.example.org/hit"
    (tmp_path / "other.har").write_text(json.dumps(log))
    with Recorder(Shop().answer) as shop:
        override = [
            "--target-override",
            f"{url}={shop.url}",
            "--target-override",
            f"https://count.example.org={shop.url}",
        ]
        ended = penstock("run", "other.har", "--no-think", *override)
        assert ("GET", "/hit") not in asked(shop.requests)
        assert "one request to count.example.org, which does not belong to" in ended.stderr
        penstock("run", "other.har", "hosts=example.org", "--no-think", *override, expect=99)  # the shop knows no hits
        assert asked(shop.requests)["GET", "/hit"] == 1


def test_a_token_of_a_cookie_is_sent_decoded_as_a_script_of_the_page_does(penstock: Command, tmp_path: Path) -> None:
    cookies = (("Set-Cookie", "theme=dark"), ("Set-Cookie", "XSRF-TOKEN=today%2B1; Path=/"))
    with Recorder(lambda _: Answer.json({}, headers=cookies)) as shop:

        def entry(second: int, sent: dict[str, str], brought: dict[str, str]) -> dict[str, Any]:
            pairs = [[{"name": name, "value": value} for name, value in each.items()] for each in (sent, brought)]
            content = {"mimeType": "application/json", "text": "{}"}
            return {
                "startedDateTime": f"2026-01-01T00:00:0{second}Z",
                "time": 1,
                "request": {"method": "GET", "url": f"{shop.url}/{second}", "headers": pairs[0]},
                "response": {"status": 200, "headers": pairs[1], "content": content},
            }

        recorded = {"Set-Cookie": "theme=dark\nXSRF-TOKEN=then%2B1; Path=/"}
        log = {"log": {"entries": [entry(1, {}, recorded), entry(2, {"X-XSRF-TOKEN": "then+1"}, {})]}}
        (tmp_path / "visit.har").write_text(json.dumps(log))
        penstock("run", "visit.har", "--no-think", "--quiet")
        assert [one.header("x-xsrf-token") for one in shop.requests] == [None, "today+1"]
