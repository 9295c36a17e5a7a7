"""Assertions: each says why a sample does not pass, or nothing."""

from __future__ import annotations

from collections.abc import Callable

from penstock.errors import NotRunnable
from penstock.program.values.jmeter.arguments import Arguments
from penstock.program.values.jmeter.assertions import documents, json, measures, response
from penstock.program.values.jmeter.assertions.verdict import Verdict

_PREPARES: dict[str, Callable[[Arguments], Verdict]] = {
    "DurationAssertion": measures.duration,
    "JMESPathAssertion": json.jmespath_assertion,
    "JSONPathAssertion": json.json_assertion,
    "MD5HexAssertion": measures.md5,
    "ResponseAssertion": response.response,
    "SizeAssertion": measures.size,
    "XMLAssertion": documents.xml,
    "XPath2Assertion": documents.xpath2,
    "XPathAssertion": documents.xpath,
}
NAMES = frozenset(_PREPARES)


def assertion(name: str) -> Callable[[Arguments], Verdict]:
    """Return what prepares an assertion from its arguments; raises `NotRunnable` for an unknown one."""
    try:
        return _PREPARES[name]
    except KeyError:
        raise NotRunnable(f"the assertion {name!r} is not known") from None
