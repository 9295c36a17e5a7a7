"""What README and guide show of the server works when it is typed."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.apps.penstock_server import PenstockServer
from tests.apps.shop import sample_shop
from tests.e2e.conftest import ROOT


@pytest.fixture(scope="module")
def shop() -> Iterator[str]:
    with sample_shop("--workers", "1") as address:
        yield address


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PenstockServer]:
    started = PenstockServer(tmp_path_factory.mktemp("shown") / "data", ("--allow-private-targets",)).start()
    yield started
    assert started.stop() == 0


def blocks(document: Path, word: str) -> list[str]:
    """Return the shell blocks of a document that hold a word."""
    found = re.findall(r"```sh\n(.*?)```", document.read_text(), re.DOTALL)
    return [block for block in found if word in block]


def typed(block: str, server: PenstockServer, shop: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """Type a block into a shell, with the addresses of the test."""
    (folder / "examples").mkdir(exist_ok=True)
    suite = (ROOT / "examples" / "shop.suite.yaml").read_text().replace("http://127.0.0.1:8080", shop)
    (folder / "examples" / "shop.suite.yaml").write_text(suite)
    binaries = Path(sys.executable).parent
    environment = {
        **os.environ,
        "TOKEN": server.token,
        "PENSTOCK_TOKEN": server.token,
        "PENSTOCK_SERVER": server.url,
        "PATH": f"{binaries}:{os.environ['PATH']}",
    }
    script = block.replace("http://127.0.0.1:8700", server.url)
    return subprocess.run(
        ["bash", "-euo", "pipefail", "-c", script],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_the_readme_imports_a_suite_runs_it_and_gets_its_report(
    server: PenstockServer, shop: str, tmp_path: Path
) -> None:
    (block,) = blocks(ROOT / "README.md", "imports/suites")
    done = typed(block, server, shop, tmp_path)
    assert done.returncode == 0, done.stderr
    assert "passed" in done.stderr
    assert "Items can be found" in (tmp_path / "report.html").read_text()


def test_every_call_in_the_guide_is_answered(server: PenstockServer, shop: str, tmp_path: Path) -> None:
    shown = blocks(ROOT / "docs" / "guide" / "server.md", "curl ")
    assert len(shown) >= 3
    for block in shown:
        done = typed(block.replace("curl -", "curl -f").replace("-ff", "-f"), server, shop, tmp_path)
        assert done.returncode == 0, (block, done.stdout, done.stderr)


def test_every_route_of_the_api_is_in_the_guide(server: PenstockServer) -> None:
    guide = (ROOT / "docs" / "guide" / "server.md").read_text()
    kinds = re.findall(r"`([a-z-]+)`", re.findall(r"KIND is (.*) \|", guide)[0])
    assert len(kinds) >= 8
    shown = set(re.findall(r"/[\w/-]+", guide.replace("/api/penstock/v1/", "/").replace("$api", "")))
    with server.client() as admin:
        paths = admin.get("/openapi.json").json()["paths"]
    for path in paths:
        told = path.replace("{id}", "ID").replace("{flow}", "FLOW").replace("{number}", "N")
        kind = told.split("/")[1]
        if told not in shown and kind in kinds:
            told = told.replace(f"/{kind}", "/KIND", 1)
        assert told in shown, path
