"""The guides name all that a `flow.py` may say and all reasons for a failed request; options that they show exist."""

from __future__ import annotations

import dataclasses
import inspect
import re
import subprocess
import sys

import pytest

from penstock import script
from penstock.metrics import own
from penstock.script import Options, UserClass, websocket
from penstock.script.http import Http, Response
from penstock.script.websocket import Message, Socket
from tests.e2e.conftest import ROOT

GUIDE = ROOT / "docs" / "guide"
FLOW, HTTP, LOAD, PAGES = ((GUIDE / f"{name}.md").read_text() for name in ("flow", "http", "load", "pages"))
COMMANDS = ("run", "trial", "report", "compare", "control", "serve", "cloud-run")
ONES_OF_A_TYPE = {"OutOfData", "Response", "Run", "ServerEvent", "Upload", "User", "shared"}
"""What nobody writes, since calls return it; and `shared()`, whose name is told with its brackets."""


@pytest.mark.parametrize("name", sorted(set(script.__all__) - ONES_OF_A_TYPE))
def test_what_a_flow_may_import_is_in_a_guide(name: str) -> None:
    assert re.search(rf"`[^`]*\b{name}\b", FLOW + HTTP + PAGES)


@pytest.mark.parametrize("field", [field.name for field in dataclasses.fields(Options)])
def test_every_option_of_a_flow_is_in_a_guide(field: str) -> None:
    assert re.search(rf"`{field}\b", FLOW) or re.search(rf"^\|[^|]*\| [^|]*`{field}`", HTTP, re.MULTILINE)


@pytest.mark.parametrize(
    ("call", "guides"),
    [
        (Http.request, FLOW + HTTP),
        (Http.page, PAGES),
        (Http.parallel, PAGES),
        (Http.stream, PAGES),
        (websocket.connect, PAGES),
        (Socket.receive, PAGES),
        (script.upload, PAGES),
        (script.data.csv, FLOW),
    ],
    ids=lambda given: getattr(given, "__qualname__", ""),
)
def test_every_argument_of_a_call_is_in_a_guide(call: object, guides: str) -> None:
    assert callable(call)
    named = [
        one.name for one in inspect.signature(call).parameters.values() if one.kind is inspect.Parameter.KEYWORD_ONLY
    ]
    assert named
    assert {name for name in named if not re.search(rf"\b{name}=", guides)} == set()


@pytest.mark.parametrize(("kind", "guide"), [(Response, FLOW), (Message, PAGES), (Socket, PAGES), (UserClass, FLOW)])
def test_every_attribute_is_in_a_guide(kind: type, guide: str) -> None:
    names = [name for name in vars(kind) if not name.startswith("_")]
    assert names
    assert {name for name in names if not re.search(rf"`[^`\n]*\b{name}\b", guide)} == set()


def test_every_kind_of_failure_is_in_the_guide() -> None:
    rust = "".join(file.read_text() for file in (ROOT / "crates").rglob("*.rs"))
    python = "".join(file.read_text() for file in (ROOT / "src" / "penstock" / "program").rglob("*.py"))
    kinds = {*re.findall(r'(?:Failure|Self)::new\(\s*"([a-z]+)", ', rust), *re.findall(r'\.fail\("([a-z]+)"', python)}
    assert len(kinds) > 12
    (table,) = re.findall(r"^## Kinds of failures\n(.*?)^## ", HTTP, re.MULTILINE | re.DOTALL)
    assert kinds - set(re.findall(r"`([a-z]+)`", table)) == set()


def test_every_kind_of_metric_is_in_the_guide() -> None:
    assert {kind for kind in own.OwnKind.__args__ if f'| `"{kind}"` |' not in FLOW} == set()


@pytest.mark.parametrize("guide", ["flow", "http", "pages", "load", "results", "counters", "from-locust"])
def test_every_option_that_a_guide_shows_exists(guide: str, known: set[str]) -> None:
    text = (GUIDE / f"{guide}.md").read_text()
    if guide == "from-locust":
        text = re.sub(r"^\| [^|]+ \|", "", text, flags=re.MULTILINE)  # its words, beside ours
    shown = set(re.findall(r"(?<![\w-])--[a-z][a-z-]+", text))
    assert shown - known == set()


@pytest.fixture(scope="module")
def known() -> set[str]:
    told = [
        subprocess.run(
            [sys.executable, "-m", "penstock", command, "--help"],
            capture_output=True,
            text=True,
            timeout=30,
            check=True,
        ).stdout
        for command in COMMANDS
    ]
    return set(re.findall(r"--[a-z][a-z-]+", "".join(told))) | {"--port"}
