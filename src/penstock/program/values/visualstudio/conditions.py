"""Conditional rules: loops go on and branches are taken when one is met."""

from __future__ import annotations

import re
from collections.abc import Callable
from random import Random
from urllib.parse import urlsplit

from penstock.errors import NotRunnable
from penstock.model import Rule
from penstock.model.retargeting import Retargeting, parse
from penstock.program.values.dialect import EvaluationFailed, Variables
from penstock.program.values.visualstudio.arguments import Arguments, RuleFailed, bound
from penstock.program.values.visualstudio.bindings import Bindings
from penstock.program.values.visualstudio.numbers import format_number, parse_number
from penstock.program.values.visualstudio.patterns import Pattern

Met = Callable[[Variables], bool]

_NUMERIC: dict[str, Callable[[float, float], bool]] = {
    "==": lambda left, right: left == right,
    "!=": lambda left, right: left != right,
    "<": lambda left, right: left < right,
    "<=": lambda left, right: left <= right,
    ">": lambda left, right: left > right,
    ">=": lambda left, right: left >= right,
}


def condition(rule: Rule, bindings: Bindings, random: Random) -> Met:
    """Return what tells whether the rule is met; raises `EvaluationFailed` when that cannot be told.

    Raises `NotRunnable` for a rule that is not known.
    """
    prepare = _RULES.get(rule.name)
    if prepare is None:
        raise NotRunnable(f"{rule.origin}: the conditional rule {rule.name!r} is not known")
    make = bound(rule, bindings, lambda arguments: prepare(arguments, random))
    name = rule.name

    def met(variables: Variables) -> bool:
        try:
            return make(variables)(variables)
        except RuleFailed as failure:
            raise EvaluationFailed(f"ConditionalRuleError: {name}: {failure}") from None
        except EvaluationFailed as failure:
            reason = str(failure).removeprefix("TestError: ")
            raise EvaluationFailed(f"ConditionalRuleError: {name}: {reason}") from None

    return met


def _parameter(variables: Variables, name: str) -> str:
    if name not in variables:
        raise RuleFailed(f"Context parameter '{name}' not found in test context")
    return str(variables[name])


def _exists(arguments: Arguments, _random: Random) -> Met:
    name, wanted = arguments.text("ContextParameterName"), arguments.flag("CheckForExistence", default=True)
    return lambda variables: (name in variables) is wanted


def _numeric(arguments: Arguments, _random: Random) -> Met:
    name, compare = arguments.text("ContextParameterName"), _operator(arguments)
    bound_text = arguments.text("Value")
    other = parse_number(bound_text)
    if other is None:
        raise RuleFailed(f"{bound_text!r} is not a number")

    def met(variables: Variables) -> bool:
        text = _parameter(variables, name)
        number = parse_number(text)
        if number is None:
            raise RuleFailed(f"the context parameter '{name}' is {text!r}, which is not a number")
        return compare(number, other)

    return met


def _operator(arguments: Arguments) -> Callable[[float, float], bool]:
    operator = arguments.text("ComparisonOperator", "==")
    try:
        return _NUMERIC[operator]
    except KeyError:
        raise RuleFailed(f"the operator {operator!r} is not known") from None


def _comparison(arguments: Arguments, value_name: str) -> Callable[[str], bool]:
    """Return what compares a text with the expected one, as the operator says."""
    expected, operator = arguments.text(value_name), arguments.text("ComparisonOperator", "==")
    if operator not in _TEXTUAL:
        raise RuleFailed(f"the operator {operator!r} is not known")
    ignore_case = arguments.flag("IgnoreCase", default=True)
    negate = operator in ("!=", "not contains")
    if arguments.flag("UseRegularExpression", default=False):
        pattern = Pattern(expected, ignore_case=ignore_case)
        return lambda text: (pattern.search(text) is not None) is not negate
    compare = _TEXTUAL[operator]
    wanted = expected.lower() if ignore_case else expected
    return lambda text: compare(text.lower() if ignore_case else text, wanted) is not negate


_TEXTUAL: dict[str, Callable[[str, str], bool]] = {
    "==": lambda text, wanted: text == wanted,
    "!=": lambda text, wanted: text == wanted,
    "contains": lambda text, wanted: wanted in text,
    "not contains": lambda text, wanted: wanted in text,
    "starts with": lambda text, wanted: text.startswith(wanted),
    "ends with": lambda text, wanted: text.endswith(wanted),
    "<": lambda text, wanted: text < wanted,
    "<=": lambda text, wanted: text <= wanted,
    ">": lambda text, wanted: text > wanted,
    ">=": lambda text, wanted: text >= wanted,
}


def _string(arguments: Arguments, _random: Random) -> Met:
    name, compare = arguments.text("ContextParameterName"), _comparison(arguments, "Value")
    return lambda variables: compare(_parameter(variables, name))


def _last_response_code(arguments: Arguments, _random: Random) -> Met:
    compare = _operator(arguments)
    digits = re.match(r"\s*(\d+)", arguments.text("ResponseCode"))
    if digits is None:
        raise RuleFailed(f"the response code {arguments.text('ResponseCode')!r} has no number")
    wanted, actual = float(digits[1]), parse_number(arguments.text("LastResponseCode"))
    met = actual is not None and compare(actual, wanted)
    return lambda _variables: met


def _last_outcome(arguments: Arguments, _random: Random) -> Met:
    wanted = arguments.text("RequestOutcome", "Pass").strip().lower()[:4]
    met = arguments.text("LastRequestOutcome").strip().lower()[:4] == wanted
    return lambda _variables: met


def _cookie_exists(arguments: Arguments, _random: Random) -> Met:
    met = (_cookie(arguments) is not None) is arguments.flag("CheckForExistence", default=True)
    return lambda _variables: met


def _cookie_compares(arguments: Arguments, _random: Random) -> Met:
    value, compare = _cookie(arguments), _comparison(arguments, "CookieValue")
    if value is None:
        raise RuleFailed(f"there is no cookie '{arguments.text('CookieName')}'")
    met = compare(value)
    return lambda _variables: met


def _cookie(arguments: Arguments) -> str | None:
    """Return the value of the cookie that the arguments speak of; of requests sent elsewhere the domain is another."""
    name, path = arguments.text("CookieName"), arguments.text("CookiePath")
    domain = arguments.text("CookieDomainName").lstrip(".").lower()
    if _goes_elsewhere(domain, parse(arguments.text("Retarget"))):
        domain = ""
    for line in arguments.text("Cookies").split("\n"):
        parts = line.split("\t", 6)
        if len(parts) == 7 and parts[5] == name and domain in ("", parts[0].lower()) and path in ("", parts[2]):
            return parts[6]
    return None


def _goes_elsewhere(domain: str, retargeting: Retargeting) -> bool:
    """Whether requests to a host of the domain do."""
    hosts = (urlsplit(origin).hostname or "" for origin, _ in retargeting.overrides)
    return retargeting.everywhere is not None or any(f".{host}".endswith(f".{domain}") for host in hosts)


def _probability(arguments: Arguments, random: Random) -> Met:
    name = arguments.text("ContextParameterName")
    text = arguments.text("Percentage")
    percentage = parse_number(text.strip().removesuffix("%"))
    if percentage is None:
        raise RuleFailed(f"the percentage {text!r} is not a number")

    def met(variables: Variables) -> bool:
        drawn = random.random() * 100
        if name:
            variables[name] = format_number(drawn)
        return drawn < percentage

    return met


_RULES: dict[str, Callable[[Arguments, Random], Met]] = {
    "ContextParameterExistenceRule": _exists,
    "CookieComparisonRule": _cookie_compares,
    "CookieExistenceRule": _cookie_exists,
    "NumericalComparisonRule": _numeric,
    "StringComparisonRule": _string,
    "LastResponseCodeRule": _last_response_code,
    "LastRequestOutcomeRule": _last_outcome,
    "ProbabilityRule": _probability,
}
