"""Assertions as closures."""

from __future__ import annotations

from collections.abc import Callable

from penstock.model import Check, Condition
from penstock.program.values.dialect import EvaluationFailed, Variables
from penstock.program.values.javascript.json_text import parse_json
from penstock.program.values.javascript.numbers import parse_leading_number
from penstock.program.values.javascript.regexp import InvalidPattern, PatternTooSlow, compile_pattern
from penstock.program.values.loadmill.containment import contains_json, read_expected
from penstock.program.values.loadmill.expressions import Expressions
from penstock.program.values.loadmill.truth import is_falsy, is_true

NO_DETAIL = "Parameter error"
"""What is said of a check that cannot be computed when there is nothing more to say."""

Judge = Callable[[str, Variables], bool]


def compile_check(check: Check, expressions: Expressions) -> Callable[[Variables], bool]:
    """Return what judges a check; raises `EvaluationFailed`."""
    name = expressions.plain_name(check.subject)
    judges = [_compile_condition(condition, expressions) for condition in check.conditions]
    if name is not None and len(judges) == 1:
        judge = judges[0]
        condition = check.conditions[0]
        if condition.operator == "equals":
            if not condition.expected.holes:
                return _equals_constant(name, condition.expected.source)
            return _equals_text(name, expressions.text(condition.expected))
        return lambda variables: judge(variables.get(name, ""), variables)
    value = expressions.value(check.subject)

    def holds(variables: Variables) -> bool:
        actual = value(variables) or ""
        return any(judge(actual, variables) for judge in judges)

    return holds


def _equals_constant(name: str, expected: str) -> Callable[[Variables], bool]:
    if expected in ("", "null"):  # both are what a missing value equals
        accepted = frozenset({expected, ""})
        return lambda variables: variables.get(name, "") in accepted
    return lambda variables: variables.get(name) == expected


def _equals_text(name: str, fill: Callable[[Variables], str]) -> Callable[[Variables], bool]:
    def holds(variables: Variables) -> bool:
        actual, expected = variables.get(name, ""), fill(variables)
        return actual == expected or (expected == "null" and not actual)

    return holds


def _compile_condition(condition: Condition, expressions: Expressions) -> Judge:
    operator = condition.operator
    if operator == "is_true":
        return lambda actual, _variables: is_true(actual)
    if operator == "is_false":
        return lambda actual, _variables: is_falsy(actual)
    compare = _COMPARISONS[operator]
    fill = expressions.text(condition.expected)
    if condition.expected.holes:
        return lambda actual, variables: compare(actual, fill(variables))
    expected = condition.expected.source
    if operator in ("greater", "lesser"):
        bound = parse_leading_number(expected)
        if operator == "greater":
            return lambda actual, _variables: parse_leading_number(actual) > bound
        return lambda actual, _variables: parse_leading_number(actual) < bound
    return lambda actual, _variables: compare(actual, expected)


def _matches(actual: str, expected: str) -> bool:
    try:
        return compile_pattern(expected).matches(actual)
    except InvalidPattern:
        raise EvaluationFailed(NO_DETAIL) from None
    except PatternTooSlow as error:
        raise EvaluationFailed(str(error)) from None


def _fits_schema(actual: str, expected: str) -> bool:
    from penstock.program.values.schema import InvalidSchema, read_schema  # seldom used and slow to load

    try:
        value = parse_json(actual)
    except ValueError:
        value = actual
    try:
        return read_schema(expected).holds(value)
    except InvalidSchema as error:
        raise EvaluationFailed(f"Invalid schema - {error}") from None
    except PatternTooSlow as error:
        raise EvaluationFailed(str(error)) from None


def _contains_json(actual: str, expected: str) -> bool:
    try:
        wanted = read_expected(expected)
    except ValueError:
        raise EvaluationFailed("couldn't parse the contained JSON") from None
    try:
        return contains_json(parse_json(actual), wanted)
    except ValueError:
        return False


def _contains_xml(actual: str, expected: str) -> bool:
    """Whether the one document holds all elements, attributes and texts of the other, as JSON does."""
    from penstock.program.values.markup.conversion import xml_as_json  # lxml is loaded only where markup is read
    from penstock.program.values.markup.xml import InvalidXml, read_strict_xml

    try:
        wanted = xml_as_json(read_strict_xml(expected.strip()), normalize=True)
    except InvalidXml:
        raise EvaluationFailed("couldn't parse the contained XML") from None
    try:
        return contains_json(xml_as_json(read_strict_xml(actual.strip()), normalize=True), wanted)
    except InvalidXml:
        return False


_COMPARISONS: dict[str, Callable[[str, str], bool]] = {
    "equals": lambda actual, expected: actual == expected or (expected == "null" and not actual),
    "not_equals": lambda actual, expected: actual != expected,
    "contains": lambda actual, expected: expected in actual,
    "not_contains": lambda actual, expected: expected not in actual,
    "matches": _matches,
    "greater": lambda actual, expected: parse_leading_number(actual) > parse_leading_number(expected),
    "lesser": lambda actual, expected: parse_leading_number(actual) < parse_leading_number(expected),
    "json_schema": _fits_schema,
    "json_contains": _contains_json,
    "xml_contains": _contains_xml,
}
