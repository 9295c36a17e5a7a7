"""What the documents show is run: the examples, and the flows in README and guide, against the sample shop."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from textwrap import indent
from typing import Any

import pytest

from tests.apps.shop import sample_shop
from tests.e2e.conftest import ROOT

EXAMPLES = sorted(path for kind in ("jmx", "json", "py", "webtest") for path in (ROOT / "examples").glob(f"*.{kind}"))
GUIDE = ROOT / "docs" / "guide"
DOCUMENTS = [ROOT / "README.md", GUIDE / "flow.md", GUIDE / "http.md", GUIDE / "from-locust.md", GUIDE / "pages.md"]


@pytest.fixture(scope="module")
def shop() -> Iterator[str]:
    """Serve the sample shop; gives its address."""
    with sample_shop() as address:
        yield address


SUITES = sorted((ROOT / "examples").glob("*.suite.yaml"))


@pytest.mark.parametrize("file", SUITES, ids=lambda file: file.name)
def test_a_suite_passes_against_the_sample_shop(file: Path, shop: str) -> None:
    command = [sys.executable, "-m", "penstock", "run", str(file), "--base-url", shop, "--no-think"]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert ended.returncode == 0, ended.stderr
    assert "2 passed" in ended.stderr


def try_out(file: Path, shop: str, folder: Path) -> None:
    """Run a file for a second: everything it says must hold, but for how fast a busy machine is."""
    report = folder / "report.json"
    command = [sys.executable, "-m", "penstock", "run", str(file), "--base-url", shop, "--duration", "1s"]
    ended = subprocess.run([*command, "--json", str(report)], capture_output=True, text=True, timeout=60, check=False)
    assert ended.returncode in (0, 99), ended.stderr
    summary = json.loads(report.read_text())
    assert summary["iterations"]["finished"] > 0
    assert summary["iterations"]["failed"] == 0, ended.stderr
    verdict = summary["verdict"]
    assert verdict["failure_limit"]["passed"], verdict["reasons"]
    for threshold in verdict["thresholds"]:
        assert threshold["passed"] or is_of_time(threshold), threshold


def is_of_time(threshold: dict[str, Any]) -> bool:
    """Return whether it compares seconds."""
    return threshold["kind"] != "metric" and re.match(r"p\d|m(in|ax|ean|edian)", threshold["metric"]) is not None


@pytest.mark.parametrize("file", EXAMPLES, ids=lambda file: file.name)
def test_an_example_passes_against_the_sample_shop(file: Path, shop: str, tmp_path: Path) -> None:
    try_out(file, shop, tmp_path)


def test_the_examples_in_python_are_typed() -> None:
    files = [str(file) for file in EXAMPLES if file.suffix == ".py"]
    command = [sys.executable, "-m", "mypy", "--strict", "--explicit-package-bases", *files]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=110, check=False, cwd=ROOT)
    assert ended.returncode == 0, ended.stdout


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda file: file.name)
def test_a_flow_in_the_documents_passes_against_the_sample_shop(document: Path, shop: str, tmp_path: Path) -> None:
    blocks = [
        block
        for block in re.findall(r"```python\n(.*?)```", document.read_text(), re.DOTALL)
        if "from penstock.script" in block and ("journey" in block or "UserClass" in block)
    ]
    assert blocks
    (tmp_path / "accounts.csv").write_text(
        "user,password\n" + "".join(f"user{number},secret\n" for number in range(20))
    )
    for block in blocks:
        flow = tmp_path / "flow.py"
        flow.write_text(block)
        try_out(flow, shop, tmp_path)


def test_the_pieces_of_a_journey_in_the_guide_to_pages_pass(shop: str, tmp_path: Path) -> None:
    found = re.findall(r"```python\n(.*?)```", (GUIDE / "pages.md").read_text(), re.DOTALL)
    pieces = "".join(piece for piece in found if "journey" not in piece)
    assert pieces.count("await") >= 2
    (tmp_path / "photo.jpg").write_bytes(b"a photo")
    flow = tmp_path / "flow.py"
    flow.write_text(
        "from penstock.script import check, http, upload\n\n\nasync def journey(user):\n" + indent(pieces, "    ")
    )
    try_out(flow, shop, tmp_path)


def test_the_plug_ins_of_the_guide_stand_for_what_it_says(shop: str, tmp_path: Path) -> None:
    guide = (ROOT / "docs" / "guide" / "visual-studio.md").read_text()
    (mapping,) = re.findall(r"```toml\n(.*?)```", guide, re.DOTALL)
    (classes,) = re.findall(r"```python\n(.*?)```", guide, re.DOTALL)
    (tmp_path / "penstock-plugins.toml").write_text(mapping)
    (tmp_path / "shop_plugins.py").write_text(classes)
    test = tmp_path / "Shop.webtest"
    test.write_text(
        '<WebTest Name="Shop"><Items><Request Url="http://shop/items/{{session}}" ParseDependentRequests="False" '
        'ExpectedHttpStatusCode="404" /></Items><WebTestPlugins>'
        '<WebTestPlugin Classname="Shop.Tests.SessionPlugin, Shop">'
        '<RuleParameters><RuleParameter Name="ContextParameterName" Value="session" /></RuleParameters>'
        "</WebTestPlugin></WebTestPlugins></WebTest>"
    )
    command = [sys.executable, "-m", "penstock", "run", str(test), "--base-url", shop, "--plugins"]
    ended = subprocess.run(
        [*command, str(tmp_path / "penstock-plugins.toml")], capture_output=True, text=True, timeout=60, check=False
    )
    assert ended.returncode == 0, ended.stderr
