"""The importer that the guide makes is one."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from types import ModuleType

import pytest

from penstock import importers
from penstock.errors import InvalidInput
from penstock.importers.base import Files, Imported
from penstock.model import codec
from tests.apps import Recorder
from tests.e2e.conftest import ROOT

GUIDE = (ROOT / "docs" / "guide" / "importers.md").read_text()


@pytest.fixture
def urls(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[ModuleType]:
    """Put the files of the guide where an importer lies."""
    folder = tmp_path / "urls"
    folder.mkdir()
    parse, compiled = re.findall(r"```python\n(.*?)```", GUIDE, re.DOTALL)
    for name, content in {"__init__": "", "parse": parse, "compile": compiled}.items():
        (folder / f"{name}.py").write_text(content)
    monkeypatch.setattr(importers, "__path__", [*importers.__path__, str(tmp_path)])
    yield import_module("penstock.importers.urls")
    for name in [name for name in sys.modules if name.startswith("penstock.importers.urls")]:
        del sys.modules[name]


def compiled(content: str) -> Imported:
    done: Imported = import_module("penstock.importers.urls.compile").compile(
        Files.from_dict({"pages.txt": content.encode()}), "pages.txt"
    )
    return done


@pytest.mark.usefixtures("urls")
def test_its_scenario_runs(tmp_path: Path) -> None:
    with Recorder() as shop:
        text = re.findall(r"```\n(# the pages.*?)```", GUIDE, re.DOTALL)[0]
        imported = compiled(text.replace("https://shop.example.com", shop.url).replace("5s", "10ms"))
        assert imported.findings == ()
        assert imported.scenario is not None
        (tmp_path / "scenario.json").write_bytes(codec.encode(imported.scenario))
        command = [sys.executable, "-m", "penstock", "run", "scenario.json"]
        subprocess.run(command, capture_output=True, timeout=60, check=True, cwd=tmp_path)
        assert [request.path for request in shop.requests] == ["/items", "/cart"]


@pytest.mark.usefixtures("urls")
def test_it_tells_what_it_does_not_know_with_its_place() -> None:
    (finding,) = compiled("https://shop.example.com/  soon\n").findings
    assert str(finding).startswith("pages.txt:1")
    assert "'soon' is no time and has no effect; write a pause like 5s" in str(finding)
    with pytest.raises(InvalidInput, match="there is no URL in the file"):
        compiled("# nothing\n")


@pytest.mark.usefixtures("urls")
@pytest.mark.parametrize(
    ("content", "is_one"),
    [
        pytest.param(b"# a\n\nhttps://a/\n", True, id="behind comments"),
        pytest.param(b"{}", False, id="another format"),
        pytest.param(b"", False, id="nothing"),
    ],
)
def test_it_recognises_its_files(content: bytes, is_one: bool) -> None:
    assert import_module("penstock.importers.urls.parse").recognises(content) is is_one
