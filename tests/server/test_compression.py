"""What the server compresses, and what it leaves as it is."""

from __future__ import annotations

import gzip
import re

import httpx
import pytest

from penstock.accounts import credentials
from tests.apps import Recorder
from tests.apps.penstock_server import PenstockServer
from tests.server.loads import launch, until
from tests.server.test_accounts import browser, sign_in

TAKES = {"Accept-Encoding": "gzip"}
TAKES_NOT = {"Accept-Encoding": "identity"}


def raw(client: httpx.Client, path: str, headers: dict[str, str]) -> tuple[httpx.Response, bytes]:
    """Return an answer and its bytes as they came over the wire."""
    with client.stream("GET", path, headers=headers) as answer:
        return answer, b"".join(answer.iter_raw())


@pytest.fixture(scope="module")
def run(admin: httpx.Client) -> str:
    with Recorder() as target:
        return str(until(admin, launch(admin, target.url))["id"])


@pytest.mark.parametrize("form", ["html", "json", "junit"])
def test_a_report_is_compressed_for_whoever_takes_that(admin: httpx.Client, run: str, form: str) -> None:
    path = f"/runs/{run}/report?format={form}"
    plain, content = raw(admin, path, TAKES_NOT)
    small, packed = raw(admin, path, TAKES)
    assert "content-encoding" not in plain.headers
    if len(content) < 1024:
        assert packed == content
        return
    assert small.headers["content-encoding"] == "gzip"
    assert "accept-encoding" in small.headers["vary"].lower()
    assert int(small.headers["content-length"]) == len(packed) < len(content) / 2
    assert gzip.decompress(packed) == content


def test_what_is_short_or_compressed_already_is_left_as_it_is(admin: httpx.Client, run: str) -> None:
    for path in ("/me", f"/runs/{run}/report?format=csv"):
        answer, _ = raw(admin, path, TAKES)
        assert answer.status_code == 200
        assert "content-encoding" not in answer.headers, path


def test_pages_are_compressed_and_their_form_keys_never_the_same(server: PenstockServer, run: str) -> None:
    with browser(server) as page:
        sign_in(page, server.user, server.password)
        shown = [page.get(f"/runs/{run}", headers=TAKES) for _ in range(3)]
        assert all(one.headers["content-encoding"] == "gzip" for one in shown)
        keys = [re.findall(r'name="form_key" value="([^"]+)"', page.get("/").text)[0] for _ in range(3)]
        assert len(set(keys)) == 3
        assert page.post("/sign-out", data={"form_key": keys[0]}).status_code == 303, "each of them is good"


@pytest.mark.parametrize("shown", ["", "a", "guessed", "é", "AAAA", "====", "A" * 86, "AAA=AAA="])
def test_what_is_no_masked_key_is_refused(shown: str) -> None:
    assert not credentials.shows(shown, "secret")
    assert credentials.shows(credentials.masked("secret"), "secret")
    assert not credentials.shows(credentials.masked("Secret"), "secret")
