"""HTML, XML and EDN bodies."""

from __future__ import annotations

from typing import Any

import pytest

from penstock.program.values.edn import InvalidEdn, parse_edn
from penstock.program.values.markup.conversion import json_as_xml, xml_as_json
from penstock.program.values.markup.css import InvalidSelector
from penstock.program.values.markup.html import attribute, inner_html, read_html
from penstock.program.values.markup.xml import InvalidXml, evaluate_xpath, read_strict_xml, read_xml

PAGE = """<!DOCTYPE html><html><body class=main><h1 title="A &amp; B">It's <i>on</i></h1>
<form><input name=csrf value="t&#49;"><input type=checkbox checked></form><ul><li>one<li>two</ul>
<script>if (a < b) run("x & y")</script><br><p><!--note-->é</p></body></html>"""


@pytest.mark.parametrize(
    ("selector", "inner"),
    [
        ("h1", "It&apos;s <i>on</i>"),
        ("LI:nth-child(2)", "two\n"),
        ("li:contains(two)", "two\n"),
        ("input[name=csrf]", ""),
        ("form > input", ""),
        ("script", 'if (a < b) run("x & y")'),
        ("p", "<!--note-->&#xE9;"),
        ("body.main h1 i", "on"),
        ("ul", "<li>one</li><li>two\n</li>"),
        ("form", '<input name="csrf" value="t1"><input type="checkbox" checked>'),
        ("h1, i", "It&apos;s <i>on</i>"),
    ],
)
def test_the_first_element_is_written_anew(selector: str, inner: str) -> None:
    assert inner_html(read_html(PAGE).select(selector)[0]) == inner.replace("two\n", "two")


def test_attributes_are_decoded() -> None:
    page = read_html(PAGE)
    assert attribute(page.select("h1")[0], "TITLE") == "A & B"
    assert attribute(page.select("input")[0], "value") == "t1"
    assert attribute(page.select("input")[1], "checked") == "checked"
    assert attribute(page.select("h1")[0], "href") is None


def test_elements_that_the_parser_makes_up_are_not_found() -> None:
    fragment = read_html("<td>x</td>")
    assert fragment.select("body") == fragment.select("html") == []
    assert inner_html(fragment.select("td")[0]) == "x"
    assert len(read_html("<BODY>x").select("body")) == 1


@pytest.mark.parametrize("text", ["", "   ", "no tags at all", "\0", "<"])
def test_a_body_without_elements_has_no_match(text: str) -> None:
    assert read_html(text).select("p") == []


@pytest.mark.parametrize("selector", ["li:first", "p[", "::before", "", "li:eq(1)", ">"])
def test_what_is_no_selector_is_refused(selector: str) -> None:
    with pytest.raises(InvalidSelector):
        read_html(PAGE).select(selector)


FEED = """<?xml version="1.0" encoding="ISO-8859-1"?><r xmlns="urn:d" xmlns:n="urn:n" xmlns:unused="urn:u">
<a id="1" n:k="2">x &amp; y</a><n:b><n:c/>t</n:b></r>"""


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("//default:a/text()", "x &amp; y"),
        ("//a", ""),
        ("//default:a/@id", ' id="1"'),
        ("//default:a/@n:k", ' n:k="2"'),
        ("//n:b", '<n:b xmlns:n="urn:n"><n:c/>t</n:b>'),
        ("count(//*)", "4"),
        ("string(//default:a)", "x & y"),
        ("boolean(//none)", "false"),
        ("//n:c | //default:a/text()", 'x &amp; y,<n:c xmlns:n="urn:n"/>'),
    ],
)
def test_an_xpath_selects_as_text(path: str, text: str) -> None:
    assert evaluate_xpath(read_xml(FEED), path) == text


@pytest.mark.parametrize("path", ["//[", "//unknown:a", "nofunction()", ""])
def test_what_is_no_xpath_is_refused(path: str) -> None:
    with pytest.raises(InvalidXml):
        evaluate_xpath(read_xml(FEED), path)


@pytest.mark.parametrize("entity", ["a 'aaaa'", "f SYSTEM 'file:///etc/hostname'"])
def test_documents_that_declare_entities_are_refused(entity: str) -> None:
    with pytest.raises(InvalidXml, match="entities"):
        read_xml(f"<!DOCTYPE r [<!ENTITY {entity}>]><r>&a;</r>")
    assert evaluate_xpath(read_xml("<!DOCTYPE r SYSTEM 'file:///etc/hostname'><r>x</r>"), "string(//r)") == "x"


@pytest.mark.parametrize(
    ("xml", "value"),
    [
        ("<r/>", {"r": ""}),
        ("<r a='1'>t</r>", {"r": {"$": {"a": "1"}, "_": "t"}}),
        ("<r><i>1</i><i>2</i><j/></r>", {"r": {"i": ["1", "2"], "j": ""}}),
        ("<n:r xmlns:n='u'><n:i>  a  b </n:i></n:r>", {"n:r": {"$": {"xmlns:n": "u"}, "n:i": "a b"}}),
    ],
)
def test_xml_becomes_json(xml: str, value: Any) -> None:
    assert xml_as_json(read_strict_xml(xml), normalize=True) == value


@pytest.mark.parametrize(
    ("value", "xml"),
    [
        ({"r": {"$": {"a": '"1"'}, "_": "t<"}}, '<r a="&quot;1&quot;">t&lt;</r>'),
        ({"r": {"i": ["1", 2], "j": None}}, "<r>\n  <i>1</i>\n  <i>2</i>\n  <j/>\n</r>"),
        ({"a": 1, "b": True}, "<root>\n  <a>1</a>\n  <b>true</b>\n</root>"),
    ],
)
def test_json_becomes_xml(value: Any, xml: str) -> None:
    assert json_as_xml(value) == xml


@pytest.mark.parametrize("value", [[1], "x", None, {"a b": 1}])
def test_what_cannot_be_xml_is_refused(value: Any) -> None:
    with pytest.raises(ValueError, match=r"."):
        json_as_xml(value)


@pytest.mark.parametrize(
    ("edn", "value"),
    [
        ('{:a 1, "b" [1 2.5 nil true], c (x \\y)}', {":a": 1, "b": [1, 2.5, None, True], "c": ["x", "y"]}),
        ("#{1 2} ; rest", [1, 2]),
        ('#inst "2020-01-01"', "2020-01-01"),
        ("{1 :one #_ignored 2N 3.5M}", {"1": ":one", "2": 3.5}),
        ('"a\\nb\\u0041\\"" ', 'a\nbA"'),
        ("\\newline", "\n"),
        ("-12", -12),
    ],
)
def test_edn_becomes_json(edn: str, value: Any) -> None:
    assert parse_edn(edn) == value


@pytest.mark.parametrize("edn", ["", "}", "{:a}", "[1", "nope }"[5:], "(" * 999, '"open'])
def test_what_is_no_edn_is_refused(edn: str) -> None:
    with pytest.raises(InvalidEdn):
        parse_edn(edn)
