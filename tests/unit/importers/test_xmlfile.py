from __future__ import annotations

import pytest

from penstock.errors import InvalidInput, UnreadableFile
from penstock.importers import xmlfile
from penstock.importers.xmlfile import read_xml

DOCUMENT = """<?xml version="1.0" encoding="{}"?>
<a:Top xmlns:a="u" Name="Ü">
  <Part Name="P" b="1"> text <!-- c --><Inner/></Part>
</a:Top>"""


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "iso-8859-1", "windows-1252"])
def test_elements_have_names_without_namespaces_and_the_place_where_they_stand(encoding: str) -> None:
    declared = "utf-8" if encoding == "utf-8-sig" else "utf-16" if encoding.startswith("utf-16") else encoding
    root = read_xml(DOCUMENT.format(declared).encode(encoding), "f.xml")
    assert (root.name, root.attributes, root.origin.line) == ("Top", {"Name": "Ü"}, 2)
    part = root.children[0]
    assert (part.name, part.get("b"), part.text.strip()) == ("Part", "1", "text")
    assert str(part.origin) == 'f.xml:3: Part "P"'
    assert str(part.children[0].origin) == 'f.xml:3: Part "P" / Inner'


def test_elements_that_are_not_wanted_are_left_out_with_all_inside() -> None:
    root = read_xml(b"<a><b><c/><b/></b><d/></a>", "f.xml", without=frozenset({"b"}))
    assert [child.name for child in root.walk()] == ["a", "d"]


BILLION_LAUGHS = b'<?xml version="1.0"?><!-- x --><!DOCTYPE a [<!ENTITY b "bbbb"><!ENTITY c "&b;&b;&b;">]><a>&c;</a>'


@pytest.mark.parametrize(
    ("content", "reason", "why"),
    [
        (BILLION_LAUGHS, "document type declaration is refused", "entities grow without end"),
        (BILLION_LAUGHS.decode().encode("utf-16"), "document type declaration is refused", "in any encoding"),
        (b'<!DOCTYPE a SYSTEM "file:///etc/passwd"><a/>', "document type declaration", "it names a file outside"),
        (b"<a>&b;</a>", "1: column", "an entity that is not declared"),
        (b"<" + b'<?xml version="1.0"?><a/>', "not well-formed XML", "a stray character before the declaration"),
        (b"<a>\n<b></a>", "2: column", "the line is named"),
        (b"", "empty", "nothing at all"),
        (b"<a>" * 200, "nested more than 100 deep", "depth"),
        (b"<a/>" + b"x", "not well-formed", "text behind the root"),
        (b'<a b="' + b"x" * 11_000_000 + b'"/>', "not well-formed", "a giant attribute"),
        (b'<?xml version="1.0" encoding="klingon"?><a/>', "not well-formed", "no such encoding"),
        (b"<a>\xff\xfe\xfd</a>", "not well-formed", "not the encoding that it says"),
    ],
    ids=lambda value: value if isinstance(value, str) else None,
)
def test_what_is_no_proper_xml_is_refused_with_its_place(content: bytes, reason: str, why: str) -> None:
    with pytest.raises(InvalidInput, match=f"^f.xml.*{reason}"):
        read_xml(content, "f.xml")


def test_a_file_that_is_too_large_is_not_parsed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(xmlfile, "LARGEST", 10)
    with pytest.raises(UnreadableFile, match="at most 10 are read"):
        read_xml(b"<a>0123456789</a>", "f.xml")


def test_more_elements_than_any_test_has_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(xmlfile, "MOST_ELEMENTS", 10)
    with pytest.raises(InvalidInput, match="more than 10 elements"):
        read_xml(b"<a>" + b"<b/>" * 10 + b"</a>", "f.xml")


@pytest.mark.parametrize(
    ("content", "name"),
    [
        (b"\xef\xbb\xbf<?xml version='1.0'?>\n<WebTest/>", "WebTest"),
        ("<?xml version='1.0' encoding='utf-16'?><t:LoadTest a='1'/>".encode("utf-16"), "LoadTest"),
        (b"<!-- <a> --><b>", "b"),
        (b"{}", ""),
    ],
)
def test_the_root_is_named_without_reading_the_file(content: bytes, name: str) -> None:
    assert xmlfile.root_name(content) == name
