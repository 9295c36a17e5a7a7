"""Post-processors: what is taken from a response."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from penstock.importers.base import Findings
from penstock.importers.jmeter.parse import Node
from penstock.importers.jmeter.preprocessors import PREPROCESSORS, compile_preprocessors
from penstock.importers.jmeter.rules import RuleMaker
from penstock.importers.jmeter.scripts import POST_PROCESSORS, code_of
from penstock.importers.jmeter.texts import Texts
from penstock.model import Argument, Extract, Rule, RuleQuery
from penstock.program.values.jmeter.language import ASSIGNED
from penstock.program.values.jmeter.reading import hole_of

_SCOPE = "Sample.scope"


def _regex(maker: RuleMaker) -> str:
    name = maker.take("RegexExtractor.refname", "refname")
    maker.pattern(maker.take("RegexExtractor.regex", "regex"))
    for key in ("template", "default", "match_number", "default_empty_value"):
        maker.take(f"RegexExtractor.{key}", key)
    maker.take_field("RegexExtractor.useHeaders")
    return name


def _boundary(maker: RuleMaker) -> str:
    name = maker.take("BoundaryExtractor.refname", "refname")
    for key in ("lboundary", "rboundary", "default", "match_number", "default_empty_value"):
        maker.take(f"BoundaryExtractor.{key}", key)
    maker.take_field("BoundaryExtractor.useHeaders")
    return name


def _css(maker: RuleMaker) -> str:
    name = maker.take("HtmlExtractor.refname", "refname")
    for key in ("expr", "attribute", "default", "match_number", "default_empty_value"):
        maker.take(f"HtmlExtractor.{key}", key)
    if maker.node.text("HtmlExtractor.extractor_impl") == "JODD":
        message = "CSS selectors are those of the standard, not of Jodd"
        maker.findings.note("selector", message, maker.node.origin, effect="approximated")
    return name


def _json(maker: RuleMaker) -> str:
    names = maker.take("JSONPostProcessor.referenceNames", "referenceNames")
    paths = maker.take("JSONPostProcessor.jsonPathExprs", "jsonPathExprs")
    maker.take("JSONPostProcessor.match_numbers", "match_numbers")
    maker.take("JSONPostProcessor.defaultValues", "defaults")
    maker.take("JSONPostProcessor.compute_concat", "compute_concat")
    if any(path.rstrip().endswith("()") for path in paths.split(";")):
        message = "a JSONPath function gives the default value here, as it does in JMeter's extractor"
        maker.findings.note("jsonpath-function", message, maker.node.origin, effect="approximated")
    return names


def _jmespath(maker: RuleMaker) -> str:
    name = maker.take("JMESExtractor.referenceName", "referenceName")
    maker.take("JMESExtractor.jmesPathExpr", "jmesPathExpr")
    maker.take("JMESExtractor.matchNumber", "matchNumber")
    maker.take("JMESExtractor.defaultValue", "default")
    return name


def _xpath(maker: RuleMaker) -> str:
    name = maker.take("XPathExtractor.refname", "refname")
    for key in ("xpathQuery", "default", "matchNumber", "fragment", "tolerant", "namespace"):
        maker.take(f"XPathExtractor.{key}", key)
    if maker.node.flag("XPathExtractor.tolerant"):
        message = "HTML is read by libxml2, not by Tidy: what is damaged may be mended another way"
        maker.findings.note("tidy", message, maker.node.origin, effect="approximated")
    return name


def _xpath2(maker: RuleMaker) -> str:
    name = maker.take("XPathExtractor2.refname", "refname")
    for key in ("xpathQuery", "default", "matchNumber", "fragment", "namespaces"):
        maker.take(f"XPathExtractor2.{key}", key)
    return name


_MAKERS: dict[str, Callable[[RuleMaker], str]] = {
    "BoundaryExtractor": _boundary,
    "HtmlExtractor": _css,
    "JMESPathExtractor": _jmespath,
    "JSONPostProcessor": _json,
    "RegexExtractor": _regex,
    "XPath2Extractor": _xpath2,
    "XPathExtractor": _xpath,
}

KINDS: frozenset[str] = frozenset(
    {*_MAKERS, *POST_PROCESSORS, "DebugPostProcessor", "JDBCPostProcessor", "ResultAction"}
)

__all__ = ["KINDS", "PREPROCESSORS", "compile_extracts", "compile_preprocessors"]


def compile_extracts(nodes: Sequence[Node], texts: Texts, findings: Findings) -> tuple[tuple[Extract, ...], ...]:
    """Return what the post-processors in scope of a sampler take, in JMeter's order."""
    found = (_extract(node, texts, findings) for node in nodes)
    return tuple((extract,) for extract in found if extract is not None)


def _extract(node: Node, texts: Texts, findings: Findings) -> Extract | None:
    if node.kind in POST_PROCESSORS:
        expr = code_of(node, texts, findings)
        if expr is None:
            return None
        rule = Rule(ASSIGNED, (Argument("code", hole_of(expr)),), node.origin)
        return Extract("", RuleQuery(rule), node.origin)
    make = _MAKERS.get(node.kind)
    if make is None:
        _report(node, findings)
        return None
    maker = RuleMaker(node, texts, findings)
    names = make(maker)
    maker.take_scope(_SCOPE)
    for name in names.split(";"):
        texts.sets(name.strip())
        texts.sets(f"{name.strip()}_", is_prefix=True)
    if not names.strip():
        maker.refuse("no-name", f"{node.kind} has no name of a variable to set", "write one, or switch it off")
    made = maker.rule()
    return None if made is None else Extract(names.strip(), RuleQuery(made), node.origin)


def _report(node: Node, findings: Findings) -> None:
    if node.kind == "DebugPostProcessor":
        findings.note("debug", "a Debug PostProcessor adds nothing to what is kept of a failed sample", node.origin)
    elif node.kind == "JDBCPostProcessor":
        findings.error("jdbc", "a JDBC PostProcessor asks a database, which cannot be done here", node.origin)
