"""Real web tests from the field run against a recording server; what it sees is what an independent reading says."""

from __future__ import annotations

import base64
import json
import re
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qsl, unquote_plus, urlsplit
from xml.etree import ElementTree

import pytest

from tests.apps import Answer, Recorder, Request
from tests.e2e.conftest import ROOT, Command

pytestmark = pytest.mark.e2e

SAMPLES = ROOT.parent / "shared" / "samples" / "vs"
NAMESPACE = "{http://microsoft.com/schemas/VisualStudio/TeamTest/2010}"
FILES = sorted(SAMPLES.glob("*.webtest"))

REFUSED = {
    "HomarDavila+Enrollment2": "database",  # a connection that is encrypted
    "jeremymeng+WebTestRepro": "compiled-code",  # a plug-in
    "prlopesouza+LoadTestLibrary": "compiled-code",  # a plug-in and an extraction rule
    "pavaniperla-sogeti+MittHSB__WebAndLoadTestProject1": "file-missing",  # its data is not there
}

needs_samples = pytest.mark.skipif(not FILES, reason="the folder of files from the field is not here")


def hidden_field(_: Request) -> Answer:
    """Answer with what the samples extract."""
    return Answer(200, (("Content-Type", "text/html"),), b"<input type=hidden name=movie_id value=77>")


def refusal(path: Path) -> str | None:
    return next((code for name, code in REFUSED.items() if path.name.startswith(name)), None)


@dataclass(frozen=True)
class Expected:
    """What one Request element says, read without any code of the product."""

    method: str
    host: str
    path: str
    query: str
    body: bytes | None
    form: list[tuple[str, str]] | None
    think: float

    def matches(self, sent: Request) -> bool:
        parts = urlsplit(sent.target)
        if (sent.method, unquote_plus(parts.path), unquote_plus(parts.query)) != (
            self.method,
            unquote_plus(self.path),
            unquote_plus(self.query),
        ):
            return False
        if self.form is not None:
            return parse_qsl(sent.body.decode(), keep_blank_values=True) == self.form
        return sent.body == (self.body or b"")


def text_of(element: ElementTree.Element, name: str, values: dict[str, str]) -> str:
    known = {"$HIDDEN1.movie_id": "77", **values}
    return re.sub(r"\{\{(.+?)\}\}", lambda match: known.get(match[1], match[0]), element.get(name, ""))


def read(element: ElementTree.Element, values: dict[str, str]) -> Expected:
    parts = urlsplit(text_of(element, "Url", values))
    pairs = element.findall(f"{NAMESPACE}QueryStringParameters/{NAMESPACE}QueryStringParameter")
    query = [
        f"{pair.get('Name')}={text_of(pair, 'Value', values)}" if pair.get("Name") else text_of(pair, "Value", values)
        for pair in pairs
    ]
    fields = element.find(f"{NAMESPACE}FormPostHttpBody")
    string = element.find(f"{NAMESPACE}StringHttpBody")
    form = None
    if fields is not None:
        form = [(field.get("Name", ""), text_of(field, "Value", values)) for field in fields]
    body = None
    if string is not None:
        body = base64.b64decode("".join((string.text or "").split())).decode("utf-16-le").encode()
    return Expected(
        element.get("Method", "GET"),
        parts.netloc,
        parts.path or "/",
        "&".join(filter(None, [parts.query, *query])),
        body,
        form,
        max(0.0, float(element.get("ThinkTime", "0"))),
    )


def pages_of(path: Path) -> list[tuple[Expected, list[Expected]]]:
    """Return the top-level requests of a file with their recorded dependents, in its order."""
    root = ElementTree.fromstring(path.read_bytes().decode("utf-8-sig"))
    parameters = root.findall(f"{NAMESPACE}ContextParameters/{NAMESPACE}ContextParameter")
    values = {each.get("Name", ""): each.get("Value", "") for each in parameters}
    pages = []

    def walk(items: ElementTree.Element) -> None:
        for item in items:
            if item.tag == f"{NAMESPACE}Request":
                dependents = item.findall(f"{NAMESPACE}DependentRequests/{NAMESPACE}Request")
                pages.append((read(item, values), [read(each, values) for each in dependents]))
            elif item.tag == f"{NAMESPACE}TransactionTimer":
                walk(item.find(f"{NAMESPACE}Items"))  # type: ignore[arg-type]

    walk(root.find(f"{NAMESPACE}Items"))  # type: ignore[arg-type]
    return pages


@needs_samples
@pytest.mark.parametrize("path", [each for each in FILES if not refusal(each)], ids=lambda path: path.stem[:50])
def test_a_web_test_from_the_field_sends_what_it_says(penstock: Command, path: Path) -> None:
    expected = pages_of(path)
    with Recorder(hidden_field) as target:
        ended = penstock("run", path, "--base-url", target.url, "--no-think", "--json", "-", timeout=60, expect=None)
        sent = target.requests
    assert ended.code in (0, 99), ended.stderr
    assert json.loads(ended.stdout)["iterations"]["finished"] == 1
    at = 0
    for page, dependents in expected:
        assert page.matches(sent[at]), (page, sent[at])
        at += 1
        found = sent[at : at + len(dependents)]
        at += len(dependents)
        for dependent in dependents:
            assert any(dependent.matches(each) for each in found), (dependent, found)
    assert at == len(sent)


@needs_samples
@pytest.mark.parametrize("path", [each for each in FILES if refusal(each)], ids=lambda path: path.stem[:50])
def test_a_web_test_that_cannot_run_is_refused_with_the_place(penstock: Command, path: Path) -> None:
    told = json.loads(penstock("check", path, "--json", expect=104).stdout)
    errors = [finding for finding in told["findings"] if finding["severity"] == "error"]
    assert {error["code"] for error in errors} == {refusal(path)}
    assert all(error["file"] == path.name and error["line"] and error["path"] for error in errors)


@needs_samples
def test_every_web_test_of_the_samples_is_tried() -> None:
    assert len(FILES) == 16
    assert sum(refusal(path) is not None for path in FILES) == 4


@needs_samples
@pytest.mark.parametrize(
    "path",
    [each for each in FILES if any(page.think for page, _ in pages_of(each)) and not refusal(each)],
    ids=lambda path: path.stem[:50],
)
def test_the_record_of_a_web_test_holds_its_origins_and_think_times(penstock: Command, path: Path) -> None:
    expected = pages_of(path)
    with Recorder(hidden_field) as target:
        ended = penstock(
            *("trial", path, "--base-url", target.url, "--no-think", "--quiet", "-o", "-"), timeout=60, expect=None
        )
    entries = json.loads(ended.stdout)["entries"]
    hosts = [urlsplit(entry["url"]).netloc for entry in entries if entry["type"] == "request"]
    thinks = [entry["planned_s"] for entry in entries if entry["type"] == "pause"]
    at = 0
    for page, dependents in expected:
        assert hosts[at] == page.host
        following = hosts[at + 1 : at + 1 + len(dependents)]
        assert sorted(following) == sorted(dependent.host for dependent in dependents)
        at += 1 + len(dependents)
    assert at == len(hosts)
    assert thinks == [page.think for page, _ in expected if page.think > 0]
