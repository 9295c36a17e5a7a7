"""Files of Visual Studio that are broken or mean harm: refused, or told with their place, in bounded memory."""

from __future__ import annotations

import io
import tracemalloc
import zipfile
from pathlib import Path

import pytest

from penstock.errors import PenstockError
from penstock.importers import registry
from penstock.importers.base import Files, Imported
from penstock.importers.opening import entry_of, open_path
from tests.unit.importers.vstest.loadtests import WEB_TEST, loadtest, profile, scenario

MOST_BYTES = 400 * 1024 * 1024
LOAD_TEST = loadtest()
BOMB = (
    b'<!DOCTYPE LoadTest [<!ENTITY a "ha">'
    + b"".join(b'<!ENTITY %c "%s">' % (98 + n, b"&%c;" % (97 + n) * 10) for n in range(9))
    + b"]>"
)


def with_prolog(prolog: bytes) -> bytes:
    return LOAD_TEST.replace(b"<LoadTest", prolog + b"<LoadTest", 1)


REFUSED = [
    (with_prolog(BOMB), "a document type declaration is refused", "entities that grow"),
    (with_prolog(b'<!DOCTYPE l SYSTEM "file:///etc/passwd">'), "document type declaration", "a DTD of this machine"),
    (with_prolog(b'<!DOCTYPE l [<!ENTITY x SYSTEM "http://h/">]>'), "document type declaration", "an outer entity"),
    (LOAD_TEST.replace(b'Name="Test"', b'Name="&gone;"'), "not well-formed XML", "an entity that nobody declared"),
    (LOAD_TEST[:-40], "not well-formed XML", "cut off"),
    (b"<" + LOAD_TEST, "not well-formed XML", "a stray sign of a bad merge"),
    (LOAD_TEST.replace(b"utf-8", b"no-such"), "not well-formed XML", "an encoding that does not exist"),
    (LOAD_TEST.replace(b'Name="Test"', b'Name="\xff\xfe"'), "not well-formed XML", "bytes of another encoding"),
    (b"<LoadTest>" + b"<a>" * 200 + b"</a>" * 200 + b"</LoadTest>", "nested more than 100 deep", "nested without end"),
]


def compiled(content: bytes, **others: bytes) -> Imported:
    files = {"l.loadtest": content, "a.webtest": WEB_TEST}
    files |= {name.replace("_webtest", ".webtest"): value for name, value in others.items()}
    return registry.compile(Files.from_dict(files), "l.loadtest")


@pytest.mark.parametrize(("content", "reason", "why"), REFUSED, ids=[why for _, _, why in REFUSED])
def test_a_load_test_that_is_no_proper_file_is_refused_by_name(content: bytes, reason: str, why: str) -> None:
    with pytest.raises(PenstockError) as refusal:
        compiled(content)
    assert str(refusal.value).startswith("l.loadtest"), why
    assert reason in str(refusal.value)


@pytest.mark.parametrize(("content", "reason", "why"), REFUSED[:5], ids=[why for _, _, why in REFUSED[:5]])
def test_so_is_a_web_test_that_a_load_test_names(content: bytes, reason: str, why: str) -> None:
    broken = content.replace(b"<LoadTest", b"<WebTest", 1).replace(b"</LoadTest>", b"</WebTest>")
    with pytest.raises(PenstockError) as refusal:
        compiled(LOAD_TEST, a_webtest=broken)
    assert str(refusal.value).startswith("a.webtest"), why


def test_an_attribute_of_a_hundred_megabytes_takes_bounded_memory() -> None:
    huge = LOAD_TEST.replace(b'Name="Test"', b'Name="' + b"x" * (100 * 1024 * 1024) + b'"')
    tracemalloc.start()
    try:
        with pytest.raises(PenstockError, match="bytes"):
            compiled(huge)
        assert tracemalloc.get_traced_memory()[1] < MOST_BYTES
    finally:
        tracemalloc.stop()


def test_tests_that_include_each_other_are_told_as_a_circle() -> None:
    def including(name: str) -> bytes:
        included = f'<IncludedWebTest Name="{name}" Path="{name}.webtest"/>'
        return f'<WebTest Name="x"><Items>{included}</Items></WebTest>'.encode()

    imported = compiled(LOAD_TEST, a_webtest=including("b"), b_webtest=including("a"))
    errors = [str(finding) for finding in imported.findings if finding.severity == "error"]
    assert any("includes itself: a.webtest -> b.webtest -> a.webtest" in error for error in errors)


@pytest.mark.parametrize(
    "path", [r"..\..\..\etc\passwd", r"C:\Windows\a.dll.webtest", "/etc/passwd", r"\\host\share\x"]
)
def test_paths_that_climb_out_find_nothing(path: str) -> None:
    imported = compiled(loadtest(scenario(profile("x", path=path))))
    assert any("is not among the files" in finding.message for finding in imported.findings)


def packed(entries: dict[str, bytes]) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, value in entries.items():
            archive.writestr(name, value)
    return content.getvalue()


def test_a_zip_bomb_is_refused_before_it_is_unpacked() -> None:
    bomb = packed({"l.loadtest": LOAD_TEST, "a.webtest": b" " * (80 * 1024 * 1024)})
    assert len(bomb) < 1024 * 1024
    files = Files.from_zip(bomb)
    tracemalloc.start()
    try:
        with pytest.raises(PenstockError, match=r"a\.webtest"):
            registry.compile(files, entry_of(files, "bomb.zip"))
        assert tracemalloc.get_traced_memory()[1] < 100 * 1024 * 1024
    finally:
        tracemalloc.stop()


def test_nothing_is_written_beside_an_archive(tmp_path: Path) -> None:
    (tmp_path / "t.zip").write_bytes(packed({"l.loadtest": LOAD_TEST, "sub/a.webtest": WEB_TEST}))
    files, entry = open_path(tmp_path / "t.zip")
    assert registry.compile(files, entry).scenario is not None
    assert [path.name for path in tmp_path.iterdir()] == ["t.zip"]
