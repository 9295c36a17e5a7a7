"""Archives of results: what is read from one makes the same reports as the run did."""

from __future__ import annotations

import gzip
import io
import zipfile
from dataclasses import fields, replace
from pathlib import Path

import orjson
import pytest

from penstock.errors import InvalidInput, UnreadableFile
from penstock.metrics.samples import ReceivedResponse, SentRequest
from penstock.metrics.snapshot import Snapshot
from penstock.reporting import archive, csv, html, json, junit
from penstock.runs.events import Event
from penstock.runs.report import Report
from tests.unit.reporting import synthetic


def packed(report: Report, **how: bool) -> bytes:
    buffer = io.BytesIO()
    archive.write(buffer, report, synthetic.snapshots(), **how)
    return buffer.getvalue()


def rewritten(content: bytes, **members: bytes | None) -> bytes:
    """Return an archive with members replaced (their dots are underscores), or left out where there is None."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as before, zipfile.ZipFile(buffer, "w") as after:
        for name in before.namelist():
            replaced = members.get(name.replace(".", "_"), before.read(name))
            if replaced is not None:
                after.writestr(name, replaced)
    return buffer.getvalue()


@pytest.fixture(scope="module")
def content() -> bytes:
    return packed(synthetic.counted_report())


@pytest.mark.parametrize("wrapped", [False, True], ids=["zip", "zip in gzip"])
def test_every_report_is_made_again_from_an_archive(tmp_path: Path, wrapped: bool) -> None:
    kept = replace(synthetic.counted_report(), events=(Event(12.5, "ann", "set 30 users"),))
    file = tmp_path / "results"
    made = packed(kept, compresses=not wrapped)
    file.write_bytes(gzip.compress(made) if wrapped else made)
    found = archive.read(file)
    for field in fields(Report):
        if field.name not in ("summary", "timeline"):
            assert getattr(found, field.name) == getattr(kept, field.name), field.name
    for form in (html, json, junit):
        assert form.render(found) == form.render(kept), form.__name__
    assert csv.render(found) == csv.render(kept)
    with zipfile.ZipFile(io.BytesIO(made)) as members:
        assert members.read("report.json") == json.render(kept), "what is in it is the same"
        assert set(members.namelist()) >= {"archive.json", "run.json", "snapshots.jsonl", "junit.xml", "csv/errors.csv"}


def test_nothing_in_an_archive_logs_anybody_in(tmp_path: Path) -> None:
    parts = synthetic.snapshots()
    place, first = next((place, part) for place, part in enumerate(parts) if part.samples)
    told = replace(
        first.samples[0],
        request=SentRequest("POST", "http://a/", headers=(("Authorization", "Bearer s3cr3t"),), body="pin=s3cr3t"),
        response=ReceivedResponse(200, headers=(("Set-Cookie", "id=s3cr3t"),), body="s3cr3t"),
    )
    parts[place] = replace(first, samples=(told,))
    buffer = io.BytesIO()
    archive.write(buffer, synthetic.report(), parts, is_sensitive=True)
    with zipfile.ZipFile(buffer) as members:
        lines = members.read("snapshots.jsonl")
    assert b"s3cr3t" not in lines
    assert b"hidden, 13 characters" in lines
    assert Snapshot.decode(lines.splitlines()[place]).samples


@pytest.mark.parametrize(
    ("members", "part"),
    [
        ({"archive_json": None}, "no archive of results"),
        ({"archive_json": b'{"format": "tar"}'}, "no archive of results"),
        ({"archive_json": b"]"}, "damaged"),
        ({"archive_json": b'{"format": "penstock-results", "version": 2}'}, "version 2"),
        ({"run_json": None}, "run.json is missing"),
        ({"run_json": b'{"run": {}}'}, "run.json, run.name"),
        ({"run_json": b"nothing"}, "run.json, the document"),
        ({"snapshots_jsonl": b"{}\n"}, "snapshots.jsonl, line 1"),
        ({"snapshots_jsonl": None}, "snapshots.jsonl is missing"),
    ],
    ids=["another zip", "another format", "broken JSON", "newer", "no run", "part of a run", "no JSON", "odd", "empty"],
)
def test_what_is_wrong_in_an_archive_is_named(
    tmp_path: Path, content: bytes, members: dict[str, bytes | None], part: str
) -> None:
    file = tmp_path / "results.zip"
    file.write_bytes(rewritten(content, **members))
    with pytest.raises(InvalidInput, match=r"results\.zip") as caught:
        archive.read(file)
    assert part in str(caught.value)


@pytest.mark.parametrize("cut", [1, 30, 1000, -30, -1])
def test_a_part_of_an_archive_is_refused(tmp_path: Path, content: bytes, cut: int) -> None:
    for whole in (content, gzip.compress(content)):
        file = tmp_path / "part"
        file.write_bytes(whole[:cut])
        with pytest.raises(InvalidInput):
            archive.read(file)


def test_an_archive_that_unpacks_to_too_much_is_refused(
    tmp_path: Path, content: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(archive, "LARGEST_BYTES", 10_000)
    for whole in (content, gzip.compress(content)):
        file = tmp_path / "bomb"
        file.write_bytes(whole)
        with pytest.raises(InvalidInput, match="10,000 bytes"):
            archive.read(file)


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(UnreadableFile, match="gone"):
        archive.read(tmp_path / "gone")


def test_the_run_is_plain_json(content: bytes) -> None:
    with zipfile.ZipFile(io.BytesIO(content)) as members:
        run = orjson.loads(members.read("run.json"))
    assert run["run"]["started"] == "2026-03-14T15:09:26Z"
    assert run["counters"]["totals"][0][0]["category"].startswith("LoadTest:")
