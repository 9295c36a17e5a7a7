"""Where importers read from, and how they gather what they find."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import pytest

from penstock.errors import UnknownFormat, UnreadableFile
from penstock.importers import base, registry
from penstock.importers.base import Files, Findings, decode_text
from penstock.model import Origin


def test_a_folder_an_archive_and_a_dict_are_one_thing(tmp_path: Path) -> None:
    contents = {"a.json": b"{}", "data/b.csv": b"x\n1\n"}
    (tmp_path / "data").mkdir()
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name, content in contents.items():
            (tmp_path / name).write_bytes(content)
            archive.writestr(name, content)
    for files in (Files.from_dict(contents), Files.from_folder(tmp_path), Files.from_zip(packed.getvalue())):
        assert files.names == ("a.json", "data/b.csv")
        assert {name: files.read(name) for name in files.names} == contents
        with pytest.raises(UnreadableFile, match=r"c\.json: there is no such file"):
            files.read("c.json")


def test_a_path_brings_the_files_beside_it(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_bytes(b"{}")
    (tmp_path / "b.csv").write_bytes(b"x")
    files, entry = Files.from_path(tmp_path / "a.json")
    assert entry == "a.json"
    assert files.read("b.csv") == b"x"


def test_what_cannot_be_read_is_said(tmp_path: Path) -> None:
    with pytest.raises(UnreadableFile, match="there is no such file"):
        Files.from_path(tmp_path / "none.json")
    with pytest.raises(UnreadableFile, match="is a folder"):
        Files.from_path(tmp_path)
    with pytest.raises(UnreadableFile, match="archive"):
        Files.from_zip(b"PK nothing of the kind")


@pytest.mark.parametrize(
    ("content", "text"), [(b"\xef\xbb\xbfx", "x"), ("é".encode(), "é"), ("é".encode("utf-16"), "é"), (b"", "")]
)
def test_texts_are_unicode(content: bytes, text: str) -> None:
    assert decode_text(content, "f") == text


def test_another_encoding_is_named_with_its_line() -> None:
    with pytest.raises(UnreadableFile, match=r"f:2: the file is not UTF-8"):
        decode_text(b"ok\ncaf\xe9", "f")


@pytest.mark.parametrize(
    ("content", "guess"),
    [
        (b"", "the file is empty"),
        (b"  \n", "the file is empty"),
        (b"<xml/>", "XML"),
        (b"PK\x03\x04", "an archive"),
        (b"\x00\x01", "no text file"),
        ('{"requests": []}'.encode("utf-16"), "UTF-16; save it as UTF-8"),
        (b"[1]", "not recognised"),
        (b"colour:\n  a: 1", "not recognised"),
    ],
)
def test_a_file_of_no_known_format_is_refused(content: bytes, guess: str) -> None:
    with pytest.raises(UnknownFormat, match=f"test: .*{guess}.*; known are Loadmill"):
        registry.compile(Files.from_dict({"test": content}), "test")


def test_the_same_note_at_several_places_is_one() -> None:
    findings = Findings()
    for line in (7, 3, 9):
        findings.note("code", "the same", Origin("f", f"at[{line}]", line))
    findings.warn("code", "a warning", Origin("f", "x", 5))
    findings.warn("code", "a warning", Origin("f", "y", 6))
    assert [str(finding) for finding in findings.all()] == [
        "f:5: x: a warning",
        "f:6: y: a warning",
        "f:7: at[7]: the same (and at 2 more places)",
    ]


def _archive(*names: str, content: bytes = b"x") -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in names:
            archive.writestr(name, content)
    return packed.getvalue()


def test_names_in_an_archive_have_slashes() -> None:
    assert Files.from_zip(_archive("a\\b.webtest")).names == ("a/b.webtest",)


@pytest.mark.parametrize("name", ["../a", "a/../../b", "/etc/passwd", "..\\a", "C:\\a", "C:/a"])
def test_a_name_that_leads_out_of_the_archive_is_refused(name: str) -> None:
    with pytest.raises(UnreadableFile, match="would lie outside of it"):
        Files.from_zip(_archive(name))


def test_an_archive_of_too_much_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(base, "LARGEST_ARCHIVE", 100)
    with pytest.raises(UnreadableFile, match="unpacks to 200 bytes"):
        Files.from_zip(_archive("a", "b", content=b"x" * 100))
    monkeypatch.setattr(base, "MOST_FILES", 1)
    with pytest.raises(UnreadableFile, match="holds 2 files"):
        Files.from_zip(_archive("a", "b"))


def test_what_an_archive_says_of_a_size_is_not_believed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(base, "LARGEST", 1000)
    packed = bytearray(_archive("a", content=b"x" * 100_000))
    for at in (packed.index(b"PK\x03\x04") + 22, packed.index(b"PK\x01\x02") + 24):
        packed[at : at + 4] = (10).to_bytes(4, "little")
    with pytest.raises(UnreadableFile, match="a"):
        Files.from_zip(bytes(packed)).read("a")
