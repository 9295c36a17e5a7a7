"""The snippet for pipelines in the guide to the cloud load test API does what it says."""

from __future__ import annotations

import re
import subprocess
import zipfile
from pathlib import Path

from tests.apps import Recorder
from tests.apps.penstock_server import PenstockServer
from tests.server.vs_loads import load_test, web_test

GUIDE = Path(__file__).parents[2] / "docs" / "guide" / "cloud-load-test.md"
PLACE = "https://load.example.com"


def test_the_snippet_goes_from_files_to_results(tmp_path: Path) -> None:
    (snippet,) = [one for one in re.findall(r"```\n(.*?)```", GUIDE.read_text(), re.S) if one.startswith("server=")]
    assert PLACE in snippet
    with Recorder() as target:
        (tmp_path / "home.loadtest").write_bytes(load_test(seconds=2))
        (tmp_path / "home.webtest").write_bytes(web_test(f"{target.url}/"))
        server = PenstockServer(tmp_path / "data", ("--allow-private-targets",)).start()
        try:
            done = subprocess.run(
                ["bash", "-euo", "pipefail", "-c", snippet.replace(PLACE, server.url)],
                cwd=tmp_path,
                env={"PATH": "/usr/local/bin:/usr/bin:/bin", "TOKEN": server.token},
                capture_output=True,
                text=True,
                timeout=60,
            )
        finally:
            assert server.stop() == 0
        assert done.returncode == 0, done.stderr
        assert target.requests
    with zipfile.ZipFile(tmp_path / "results.zip") as archive:
        assert "report.html" in archive.namelist()
