"""Assertions: what must hold of a response."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from penstock.importers.base import Findings
from penstock.importers.jmeter import scripts
from penstock.importers.jmeter.parse import Node
from penstock.importers.jmeter.rules import RuleMaker
from penstock.importers.jmeter.texts import Texts
from penstock.model import Argument, Rule, Validation
from penstock.program.values.jmeter.language import VERDICT
from penstock.program.values.jmeter.reading import hole_of

_SCOPE = "Assertion.scope"
_REGULAR = 0b11
"""The bits of a Response Assertion's type that say that its patterns are regular expressions."""

_BEYOND = {
    "BSFAssertion": "is a script",
    "CompareAssertion": "compares the samples of several iterations with each other",
    "HTMLAssertion": "asks Tidy whether HTML is well written",
    "SMIMEAssertionTestElement": "looks at signed mail",
    "XMLSchemaAssertion": "compares a document with a schema",
}
"""Assertions that cannot be carried over, and what they do."""


@dataclass(frozen=True, slots=True)
class Assertions:
    """What judges a response; with `ignores_status` its status fails nothing."""

    validations: tuple[Validation, ...] = ()
    ignores_status: bool = False


def _response(maker: RuleMaker) -> None:
    node = maker.node
    maker.take_field("Assertion.test_field", "Assertion.")
    kind = node.text("Assertion.test_type", "2").strip() or "2"
    maker.add("test_type", kind)
    maker.take("Assertion.custom_message", "message")
    for pattern in node.texts("Asserion.test_strings"):  # JMeter's own spelling
        maker.add("pattern", pattern)
        if kind.isdigit() and int(kind) & _REGULAR:
            maker.pattern(pattern)
    if any(argument.value.source == "request" for argument in maker.arguments if argument.name == "field"):
        message = "Request Data shows method, URL and body, not the cookies and headers that JMeter adds"
        maker.findings.note("request-data", message, node.origin, effect="approximated")
        maker.reads("#request")


def _json(maker: RuleMaker) -> None:
    for key, name in (
        ("JSON_PATH" if maker.node.kind == "JSONPathAssertion" else "JMES_PATH", "path"),
        ("EXPECTED_VALUE", "expected"),
        ("JSONVALIDATION", "validates"),
        ("EXPECT_NULL", "expects_null"),
        ("INVERT", "inverted"),
        ("ISREGEX", "is_regex"),
    ):
        if maker.node.has(key):
            maker.take(key, name)


def _duration(maker: RuleMaker) -> None:
    maker.take("DurationAssertion.duration", "duration")


def _size(maker: RuleMaker) -> None:
    word = maker.node.text("Assertion.test_field").removeprefix("SizeAssertion.response_")
    fields = {"headers": "headers", "data": "body", "code": "code", "message": "message"}
    field = fields.get(word, "network")
    maker.add("field", field)
    maker.take("SizeAssertion.size", "size")
    maker.take("SizeAssertion.operator", "operator")
    if field in ("network", "body"):
        message = "the size of a body is that of its content, decompressed"
        maker.findings.note("size", message, maker.node.origin, effect="approximated")


def _md5(maker: RuleMaker) -> None:
    maker.take("MD5HexAssertion.size", "md5")


def _xpath(maker: RuleMaker) -> None:
    if maker.node.has("XPath.xpath"):
        maker.take("XPath.xpath", "xpath")
    maker.take("XPath.negate", "negate")
    if maker.node.kind == "XPath2Assertion":
        maker.take("XPath.namespaces", "namespaces")
        return
    maker.take("XPath.tolerant", "tolerant")
    maker.take("XPath.namespace", "namespace")


def _xml(_maker: RuleMaker) -> None:
    return


_MAKERS: dict[str, Callable[[RuleMaker], None]] = {
    "DurationAssertion": _duration,
    "JMESPathAssertion": _json,
    "JSONPathAssertion": _json,
    "MD5HexAssertion": _md5,
    "ResponseAssertion": _response,
    "SizeAssertion": _size,
    "XMLAssertion": _xml,
    "XPath2Assertion": _xpath,
    "XPathAssertion": _xpath,
}

KINDS: frozenset[str] = frozenset({*_MAKERS, *_BEYOND, *scripts.ASSERTIONS})


def compile_assertions(nodes: Sequence[Node], texts: Texts, findings: Findings) -> Assertions:
    """Return what the assertions in scope of a sampler ask, in JMeter's order."""
    ignoring = [place for place, node in enumerate(nodes) if _ignores_status(node)]
    ignores = bool(ignoring)
    if ignores and ignoring[-1]:
        message = "an assertion that ignores the status makes those before it fail nothing, as it does in JMeter"
        findings.note("ignored-assertions", message, nodes[ignoring[-1]].origin, effect="approximated")
        nodes = nodes[ignoring[-1] :]
    found = [_validation(node, texts, findings) for node in nodes]
    return Assertions(tuple(each for each in found if each is not None), ignores)


def _ignores_status(node: Node) -> bool:
    return node.kind == "ResponseAssertion" and node.flag("Assertion.assume_success")


def _validation(node: Node, texts: Texts, findings: Findings) -> Validation | None:
    if node.kind in scripts.ASSERTIONS:
        expr = scripts.verdict_of(node, texts, findings)
        if expr is None:
            return None
        rule = Rule(VERDICT, (Argument("code", hole_of(expr)),), node.origin)
        return Validation(rule, node.name or node.kind)
    make = _MAKERS.get(node.kind)
    if make is None:
        message = f"{node.kind} {_BEYOND[node.kind]}; it is left out, so that more samples may pass"
        advice = "say it by a Response, JSON, XPath, Duration or Size Assertion"
        findings.warn("assertion", message, node.origin, advice, "dropped")
        return None
    maker = RuleMaker(node, texts, findings)
    make(maker)
    maker.take_scope(_SCOPE)
    made = maker.rule()
    if made is None:
        return None
    return Validation(made, node.name or node.kind, after_page=node.kind == "DurationAssertion")
