"""`penstock report`: what a run came to, told again later from its archive."""

from __future__ import annotations

import json
import re
import zipfile
from pathlib import Path

import pyarrow.parquet
import pytest

from tests.apps import Answer, Recorder, Request
from tests.e2e.conftest import Command

pytestmark = pytest.mark.e2e


def shop(request: Request) -> Answer:
    return Answer(status=503) if request.path == "/full" else Answer.json({})


@pytest.fixture
def archive(penstock: Command, tmp_path: Path) -> Path:
    """A run of two agents with failures, kept as an archive beside its reports."""
    with Recorder(shop) as target:
        requests = [
            {"url": f"{target.url}/{path}", "headers": [{"Authorization": "Bearer s3cr3t"}]} for path in ("", "full")
        ]
        test = {"duration": 60_000, "concurrency": 2, "rampUp": 0, "maxIterations": 5, "requests": requests}
        (tmp_path / "test.json").write_text(json.dumps(test))
        how = ["--agents", "2", "--no-think", "--threshold", "failed < 1%"]
        ended = penstock(
            *("run", "test.json", *how, "--archive", "kept.zip", "--json", "before.json", "--csv", "before"), expect=99
        )
    assert "kept.zip" in ended.stderr
    return tmp_path / "kept.zip"


def test_every_report_is_made_again_from_the_archive_of_a_run(penstock: Command, tmp_path: Path, archive: Path) -> None:
    ended = penstock("report", archive.name, "--json", "-", "--csv", "after", "--parquet", "tables", "--junit", "j.xml")
    assert json.loads(ended.stdout) == json.loads((tmp_path / "before.json").read_text())
    assert "failed < 1%" in ended.stderr
    for file in (tmp_path / "before").iterdir():
        assert (tmp_path / "after" / file.name).read_bytes() == file.read_bytes()
    rows = pyarrow.parquet.read_table(tmp_path / "tables" / "requests.parquet").to_pylist()
    assert (rows[0]["kind"], rows[0]["count"], rows[0]["failed"]) == ("total", 20, 10)
    assert "<failure" in (tmp_path / "j.xml").read_text()
    with zipfile.ZipFile(archive) as members:
        assert not any(b"s3cr3t" in members.read(name) for name in members.namelist())


def test_without_an_option_the_page_lies_beside_the_archive(penstock: Command, tmp_path: Path, archive: Path) -> None:
    ended = penstock("report", archive, "--quiet")
    assert (ended.stdout, ended.stderr) == ("", "")
    assert re.search(r"<title>.*failed.*</title>", (tmp_path / "kept.html").read_text(), re.I | re.S)


@pytest.mark.parametrize(
    ("arguments", "part"),
    [
        (["gone.zip"], "gone.zip: No such file"),
        (["test.txt"], "test.txt: is no archive of results"),
        (["test.txt", "--html", "nowhere/r.html"], "folder nowhere does not exist"),
        (["test.txt", "--html", "test.txt"], "give the report another name"),
    ],
    ids=["missing", "no archive", "no folder", "over itself"],
)
def test_what_cannot_be_reported_is_said(penstock: Command, tmp_path: Path, arguments: list[str], part: str) -> None:
    (tmp_path / "test.txt").write_text("not an archive")
    assert part in penstock("report", *arguments, expect=104).stderr
    assert (tmp_path / "test.txt").read_text() == "not an archive"


def test_a_suite_has_no_archive_and_nothing_is_run(penstock: Command, tmp_path: Path) -> None:
    (tmp_path / "flow.json").write_text('{"requests": [{"url": "http://127.0.0.1:9/"}]}')
    ended = penstock("run", "flow.json", "--once", "--archive", "a.zip", expect=104)
    assert "--as-load" in ended.stderr
    assert not (tmp_path / "a.zip").exists()
