"""Post-processors and assertions."""

from __future__ import annotations

from typing import Any

from tests.jmeter.jmx.writing import Element


def regex(
    into: str,
    pattern: str,
    *,
    template: str = "$1$",
    match: str = "1",
    default: str = "",
    field: str = "false",
    scope: str | None = None,
    empty: bool | None = None,
) -> Element:
    said: dict[str, Any] = {
        "RegexExtractor.useHeaders": field,
        "RegexExtractor.refname": into,
        "RegexExtractor.regex": pattern,
        "RegexExtractor.template": template,
        "RegexExtractor.default": default,
        "RegexExtractor.match_number": match,
    }
    if empty is not None:
        said["RegexExtractor.default_empty_value"] = empty
    return Element("RegexExtractor", "RegexExtractorGui", f"regex {into}", _scoped(said, scope))


def _scoped(said: dict[str, Any], scope: str | None, of: str = "Sample") -> dict[str, Any]:
    if scope is None:
        return said
    kind, _, variable = scope.partition(":")
    return {f"{of}.scope": kind, **({"Scope.variable": variable} if variable else {}), **said}


def boundary(into: str, left: str, right: str, match: str = "1", default: str = "") -> Element:
    said = {
        "BoundaryExtractor.useHeaders": "false",
        "BoundaryExtractor.refname": into,
        "BoundaryExtractor.lboundary": left,
        "BoundaryExtractor.rboundary": right,
        "BoundaryExtractor.default": default,
        "BoundaryExtractor.default_empty_value": False,
        "BoundaryExtractor.match_number": match,
    }
    return Element("BoundaryExtractor", "BoundaryExtractorGui", f"boundary {into}", said)


def json_extractor(into: str, paths: str, match: str = "", default: str = "", concat: bool = False) -> Element:
    said = {
        "JSONPostProcessor.referenceNames": into,
        "JSONPostProcessor.jsonPathExprs": paths,
        "JSONPostProcessor.match_numbers": match,
        "JSONPostProcessor.defaultValues": default,
        "JSONPostProcessor.compute_concat": concat,
    }
    return Element("JSONPostProcessor", "JSONPostProcessorGui", f"json {into}", said)


def jmespath(into: str, path: str, match: str = "", default: str = "") -> Element:
    said = {
        "JMESExtractor.referenceName": into,
        "JMESExtractor.jmesPathExpr": path,
        "JMESExtractor.matchNumber": match,
        "JMESExtractor.defaultValue": default,
    }
    return Element("JMESPathExtractor", "JMESPathExtractorGui", f"jmes {into}", said)


def css(
    into: str, selector: str, attribute: str = "", match: str = "1", default: str = "", how: str = "JSOUP"
) -> Element:
    said = {
        "HtmlExtractor.refname": into,
        "HtmlExtractor.expr": selector,
        "HtmlExtractor.attribute": attribute,
        "HtmlExtractor.default": default,
        "HtmlExtractor.default_empty_value": False,
        "HtmlExtractor.match_number": match,
        "HtmlExtractor.extractor_impl": how,
    }
    return Element("HtmlExtractor", "HtmlExtractorGui", f"css {into}", said)


def xpath(
    into: str, query: str, match: str = "-1", default: str = "", tolerant: bool = False, fragment: bool = False
) -> Element:
    said = {
        "XPathExtractor.default": default,
        "XPathExtractor.refname": into,
        "XPathExtractor.matchNumber": match,
        "XPathExtractor.xpathQuery": query,
        "XPathExtractor.validate": False,
        "XPathExtractor.tolerant": tolerant,
        "XPathExtractor.namespace": False,
        "XPathExtractor.fragment": fragment,
    }
    return Element("XPathExtractor", "XPathExtractorGui", f"xpath {into}", said)


def xpath2(
    into: str, query: str, match: str = "0", default: str = "", fragment: bool = False, spaces: str = ""
) -> Element:
    said = {
        "XPathExtractor2.default": default,
        "XPathExtractor2.refname": into,
        "XPathExtractor2.matchNumber": match,
        "XPathExtractor2.xpathQuery": query,
        "XPathExtractor2.fragment": fragment,
        "XPathExtractor2.namespaces": spaces,
    }
    return Element("XPath2Extractor", "XPath2ExtractorGui", f"xpath2 {into}", said)


MATCHES, CONTAINS, NOT, EQUALS, SUBSTRING, OR = 1, 2, 4, 8, 16, 32


def says(
    *patterns: str,
    test: int = SUBSTRING,
    field: str = "response_data",
    assume: bool = False,
    scope: str | None = None,
    name: str = "says",
) -> Element:
    said = {
        "Asserion.test_strings": list(patterns),
        "Assertion.custom_message": "",
        "Assertion.test_field": f"Assertion.{field}",
        "Assertion.assume_success": assume,
        "Assertion.test_type": test,
    }
    return Element("ResponseAssertion", "AssertionGui", name, _scoped(said, scope, "Assertion"))


def json_assertion(
    path: str, value: str | None = None, *, null: bool = False, invert: bool = False, is_regex: bool = True
) -> Element:
    said = {
        "JSON_PATH": path,
        "EXPECTED_VALUE": value or "",
        "JSONVALIDATION": value is not None or null,
        "EXPECT_NULL": null,
        "INVERT": invert,
        "ISREGEX": is_regex,
    }
    return Element("JSONPathAssertion", "JSONPathAssertionGui", "json", said)
