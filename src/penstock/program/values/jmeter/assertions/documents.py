"""Assertions about XML: that it is well formed, and by XPath 1 and 2."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from lxml import etree

from penstock.program.values.dialect import Reply, Variables
from penstock.program.values.jmeter.answer import subject
from penstock.program.values.jmeter.arguments import Arguments
from penstock.program.values.jmeter.assertions.verdict import NOTHING, Verdict
from penstock.program.values.jmeter.markup import InvalidDocument, InvalidQuery, XPath, XPath2, read_html, read_xml


def xml(arguments: Arguments) -> Verdict:
    """Prepare an XML Assertion."""
    del arguments

    def judge(_variables: Variables, reply: Reply, _page_s: float) -> str | None:
        if not reply.body:
            return NOTHING
        try:
            read_xml(reply.text, with_namespaces=True)
        except InvalidDocument as error:
            return str(error)
        return None

    return judge


def xpath(arguments: Arguments) -> Verdict:
    """Prepare an XPath Assertion."""
    query = XPath.of(arguments.text("xpath", "/"))
    is_tolerant, with_namespaces = arguments.flag("tolerant"), arguments.flag("namespace")

    def read(text: str) -> etree._Element:
        return read_html(text) if is_tolerant else read_xml(text, with_namespaces=with_namespaces)

    return _judging(arguments, query.source, lambda text: query.evaluate(read(text)))


def xpath2(arguments: Arguments) -> Verdict:
    """Prepare an XPath2 Assertion."""
    query = XPath2.of(arguments.text("xpath", "/"), arguments.text("namespaces"))
    return _judging(arguments, query.source, lambda text: query.evaluate(read_xml(text, with_namespaces=True)))


def _judging(arguments: Arguments, source: str, evaluate: Callable[[str], Any]) -> Verdict:
    is_negated = arguments.flag("negate")
    read = subject("body", arguments.text("variable"))

    def judge(variables: Variables, reply: Reply, _page_s: float) -> str | None:
        text = read(variables, reply)
        if not text:
            return NOTHING
        try:
            found = evaluate(text)
        except (InvalidDocument, InvalidQuery) as error:
            return str(error)
        holds = found if isinstance(found, bool) else not isinstance(found, list) or bool(found)
        if holds is not is_negated:
            return None
        return f"Nodes Matched for {source}" if is_negated else f"No Nodes Matched {source}"

    return judge
