"""Assertions about JSON: by JSONPath and by JMESPath."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jmespath
import orjson

from penstock.program.values.dialect import Reply, Variables
from penstock.program.values.jmeter.arguments import Arguments
from penstock.program.values.jmeter.assertions.verdict import NOTHING, Verdict
from penstock.program.values.jmeter.documents import as_jackson, as_text
from penstock.program.values.jmeter.jmespaths import compile_jmespath
from penstock.program.values.jmeter.jsonpath import JsonPath
from penstock.program.values.jmeter.numbers import format_double
from penstock.program.values.jmeter.patterns import Pattern


def json_assertion(arguments: Arguments) -> Verdict:
    """Prepare a JSON Assertion."""
    path = JsonPath.of(arguments.text("path"))
    validates, is_inverted = arguments.flag("validates"), arguments.flag("inverted")
    why_not = _why_not(arguments, path)
    wanted = "null" if arguments.flag("expects_null") else arguments.text("expected")

    def judge(_variables: Variables, reply: Reply, _page_s: float) -> str | None:
        if not reply.body:
            return NOTHING
        try:
            reason = why_not(path.values(reply.json()))
        except ValueError as error:
            reason = f"the response is not JSON: {error}"
        if not is_inverted:
            return reason
        if reason is not None:
            return None
        if not validates:
            return f"Failed that JSONPath not exists: {path.source}"
        return f"Failed that JSONPath {path.source} not matches {wanted}"

    return judge


def _why_not(arguments: Arguments, path: JsonPath) -> Callable[[list[Any]], str | None]:
    """Return what says why the values of the path do not do; None when they do."""
    validates, expects_null = arguments.flag("validates"), arguments.flag("expects_null")
    expected, is_regex = arguments.text("expected"), arguments.text("is_regex", "true") != "false"
    fits = _fitting(arguments, _shown)

    def judge(found: list[Any]) -> str | None:
        if path.is_definite and not found:
            return f"No results for path: {path.source}"
        value = found[0] if path.is_definite else found
        if not validates:
            if path.is_definite or found:
                return None
            return f"JSONPath is indefinite and the extracted Value is an empty Array. {expected}".rstrip()
        if (value == [] and expected == "[]") or (isinstance(value, list) and fits(value)):
            return None
        if any(
            (each is None and expects_null) or fits(each) for each in (value if isinstance(value, list) else [value])
        ):
            return None
        if expects_null:
            return f"Value expected to be null, but found '{_shown(value)}'"
        if is_regex:
            return f"Value expected to match regexp '{expected}', but it did not match: '{_shown(value)}'"
        return f"Value expected to be '{expected}', but found '{_shown(value)}'"

    return judge


def _fitting(arguments: Arguments, shown: Callable[[Any], str]) -> Callable[[Any], bool]:
    """Return what compares a value with the expected one: by regular expression, or as JSON."""
    expected = arguments.text("expected")
    if arguments.text("is_regex", "true") != "false":
        pattern = Pattern.of(expected)
        return lambda value: pattern.fits(shown(value))
    try:
        wanted = orjson.loads(expected)
    except ValueError:
        wanted = expected  # what is no JSON is a text
    return lambda value: type(value) is type(wanted) and bool(value == wanted)


def _shown(value: Any) -> str:
    """Return a value as the JSON Assertion compares it: a fraction without an exponent."""
    if isinstance(value, float) and "E" in format_double(value):
        text = f"{value:.340f}".rstrip("0")
        return f"{text}0" if text.endswith(".") else text
    return as_text(value)


def jmespath_assertion(arguments: Arguments) -> Verdict:
    """Prepare a JSON JMESPath Assertion."""
    source = arguments.text("path")
    search = compile_jmespath(source)
    validates, expects_null = arguments.flag("validates"), arguments.flag("expects_null")
    is_inverted, expected = arguments.flag("inverted"), arguments.text("expected")
    is_regex = arguments.text("is_regex", "true") != "false"
    fits = _fitting(arguments, as_jackson)
    negated = " not" if is_inverted else ""

    def passes(value: Any) -> bool:
        if not validates:
            return value is not None
        if expects_null:
            return value is None
        return fits(value) or (not is_regex and as_jackson(value) == expected)

    if not validates:
        message = f"JMESPATH {source} expected{negated} to exist"
    elif expects_null:
        message = f"Value expected{negated} to be null"
    else:
        message = f"Value expected{negated} to {'match' if is_regex else 'be equal to'} {expected}"

    def judge(_variables: Variables, reply: Reply, _page_s: float) -> str | None:
        if not reply.body:
            return NOTHING
        try:
            passed = passes(search(reply.json()))
        except (ValueError, jmespath.exceptions.JMESPathError) as error:
            return None if is_inverted else f"{error}"
        return message if passed is is_inverted else None

    return judge
