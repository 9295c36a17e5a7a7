"""A file, a folder, an archive: what is run is found, or the choice is the caller's."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import pytest

from penstock.errors import UnreadableFile
from penstock.importers.opening import open_path


def folder(place: Path, *names: str) -> Path:
    for name in names:
        (place / name).parent.mkdir(parents=True, exist_ok=True)
        (place / name).write_bytes(name.encode())
    return place


def archive(place: Path, *names: str) -> Path:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as writer:
        for name in names:
            writer.writestr(name, name)
    (place / "tests.zip").write_bytes(packed.getvalue())
    return place / "tests.zip"


CHOSEN = [
    (("a.loadtest", "a.webtest", "b.webtest"), "a.loadtest", "a load test says more than its web tests"),
    (("sub/a.webtest", "data.csv"), "sub/a.webtest", "the only web test"),
    (("A.LoadTest",), "A.LoadTest", "in any case of letters"),
    (("a.loadtest", "bin/debug/a.loadtest"), "a.loadtest", "what a build left behind lies deeper"),
    (("test.json", "notes.txt"), "test.json", "the only JSON"),
]


@pytest.mark.parametrize(("names", "entry", "why"), CHOSEN, ids=[why for _, _, why in CHOSEN])
@pytest.mark.parametrize("make", [folder, archive])
def test_the_entry_is_found(make: object, names: tuple[str, ...], entry: str, why: str, tmp_path: Path) -> None:
    files, found = open_path(make(tmp_path, *names))  # type: ignore[operator]
    assert found == entry, why
    assert files.read(entry) == entry.encode()


@pytest.mark.parametrize("make", [folder, archive])
def test_of_several_tests_the_caller_chooses(make: object, tmp_path: Path) -> None:
    with pytest.raises(UnreadableFile, match=r"holds several tests \(a.webtest, b.webtest\); name the one to run"):
        open_path(make(tmp_path, "a.webtest", "b.webtest"))  # type: ignore[operator]


@pytest.mark.parametrize("make", [folder, archive])
def test_nothing_to_run_is_said(make: object, tmp_path: Path) -> None:
    with pytest.raises(UnreadableFile, match="holds no test; looked for files that end with"):
        open_path(make(tmp_path, "readme.md"))  # type: ignore[operator]


def test_a_file_is_itself(tmp_path: Path) -> None:
    files, entry = open_path(folder(tmp_path, "a.webtest", "b.webtest") / "b.webtest")
    assert entry == "b.webtest"
    assert files.names == ("a.webtest", "b.webtest")


def test_names_that_climb_out_are_refused(tmp_path: Path) -> None:
    with pytest.raises(UnreadableFile, match="would lie outside of it"):
        open_path(archive(tmp_path, "../a.webtest"))


def test_a_damaged_archive_is_refused(tmp_path: Path) -> None:
    (tmp_path / "x.zip").write_bytes(b"PK\x03\x04" + b"\0" * 40)
    with pytest.raises(UnreadableFile, match="the archive cannot be read"):
        open_path(tmp_path / "x.zip")


def test_a_suite_beside_web_tests_has_to_be_named(tmp_path: Path) -> None:
    where = folder(tmp_path, "a.webtest")
    (where / "b.yaml").write_text("flows: []\n")
    with pytest.raises(UnreadableFile, match=r"tests of two kinds \(a\.webtest, b\.yaml\)"):
        open_path(where)
