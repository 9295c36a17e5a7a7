"""Validation rules: each says why the response does not pass, or nothing."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache
from urllib.parse import urlsplit

from penstock.errors import NotRunnable
from penstock.program.values.visualstudio import html as markup
from penstock.program.values.visualstudio.answer import Answer
from penstock.program.values.visualstudio.arguments import Arguments, RuleFailed
from penstock.program.values.visualstudio.extraction import inner_texts, select_value
from penstock.program.values.visualstudio.numbers import parse_number
from penstock.program.values.visualstudio.patterns import Pattern, literal

Judge = Callable[[Answer], str | None]


def validation(name: str) -> Callable[[Arguments], Judge]:
    """Return what prepares a rule of this class from its arguments; raises `NotRunnable` for an unknown one."""
    try:
        return _JUDGES[name]
    except KeyError:
        raise NotRunnable(f"the validation rule {name!r} is not known") from None


def same_address(actual: str, expected: str) -> bool:
    """Whether two URLs are the same but for their queries, whatever the case of their letters."""
    return _address(actual) == _address(expected)


@lru_cache(maxsize=4096)  # a run asks for the same URLs again and again
def _address(url: str) -> str:
    parts = urlsplit(url)
    path = parts.path or "/"
    port = {"http": ":80", "https": ":443"}.get(parts.scheme.lower(), "")
    return f"{parts.scheme}://{parts.netloc.lower().removesuffix(port)}{path}".lower()


def _response_time_goal(arguments: Arguments) -> Judge:
    goal_s, tolerance = _number(arguments, "ResponseTimeGoal"), _number(arguments, "Tolerance")
    most_s = goal_s * (1 + tolerance / 100)

    def judge(answer: Answer) -> str | None:
        if goal_s <= 0 or answer.page_s <= most_s:
            return None
        return f"the page took {answer.page_s:.3f} s, more than the goal of {most_s:g} s"

    return judge


def _request_time(arguments: Arguments) -> Judge:
    most_ms = _number(arguments, "MaxRequestTime")

    def judge(answer: Answer) -> str | None:
        took_ms = answer.reply.elapsed_s * 1000
        return None if took_ms <= most_ms else f"the request took {took_ms:.0f} ms, more than {most_ms:g} ms"

    return judge


def _number(arguments: Arguments, name: str) -> float:
    text = arguments.text(name)
    number = parse_number(text) if text.strip() else 0.0
    if number is None:
        raise RuleFailed(f"{name} is {text!r}, which is not a number")
    return number


def _find_text(arguments: Arguments) -> Judge:
    wanted = arguments.text("FindText")
    make = Pattern if arguments.flag("UseRegularExpression", default=False) else literal
    pattern = make(wanted, ignore_case=arguments.flag("IgnoreCase", default=False))
    pass_if_found = arguments.flag("PassIfTextFound", default=True)

    def judge(answer: Answer) -> str | None:
        if (pattern.search(answer.text) is not None) is pass_if_found:
            return None
        return f"the text {wanted!r} {'was not found' if pass_if_found else 'was found'} in the response"

    return judge


def _required_tag(arguments: Arguments) -> Judge:
    name, least = arguments.text("RequiredTagName"), arguments.integer("MinOccurrences", 1)

    def judge(answer: Answer) -> str | None:
        count = sum(1 for _ in markup.tags(answer.text, re.escape(name)))
        return None if count >= least else f"the tag '{name}' occurs {count} times, not {least}"

    return judge


def _required_attribute(arguments: Arguments) -> Judge:
    tag_name, attribute = arguments.text("TagName"), arguments.text("AttributeName").lower()
    match_name, match_value = arguments.text("MatchAttributeName"), arguments.text("MatchAttributeValue")
    expected, index = arguments.text("ExpectedValue"), arguments.integer("Index", -1)
    ignore_case = arguments.flag("IgnoreCase", default=False)

    def same(value: str | None) -> bool:
        if value is None:
            return False
        return value.lower() == expected.lower() if ignore_case else value == expected

    def judge(answer: Answer) -> str | None:
        values = [
            tag.get(attribute)
            for tag in markup.tags(answer.text, re.escape(tag_name))
            if not match_name or tag.get(match_name) == match_value
        ]
        looked_at = values if index < 0 else values[index : index + 1]
        if any(same(value) for value in looked_at):
            return None
        return f"no tag '{tag_name}' has the attribute '{attribute}' with the value '{expected}'"

    return judge


def _form_field(arguments: Arguments) -> Judge:
    name, expected = arguments.text("Name"), arguments.text("ExpectedValue")

    def judge(answer: Answer) -> str | None:
        values = markup.fields(answer.text, name)
        return None if expected in values else f"the form field '{name}' has not the value '{expected}'"

    return judge


def _inner_text(arguments: Arguments) -> Judge:
    fits = _expectation(arguments)
    index = arguments.integer("Index", -1)

    def judge(answer: Answer) -> str | None:
        texts = inner_texts(arguments, answer.text)
        return fits(texts if index < 0 else texts[index : index + 1], f"the tag '{arguments.text('TagName')}'")

    return judge


def _select(arguments: Arguments) -> Judge:
    fits = _expectation(arguments)

    def judge(answer: Answer) -> str | None:
        value = select_value(arguments, answer.text)
        return fits([] if value is None else [value], f"the selection '{arguments.text('SelectTagName')}'")

    return judge


def _expectation(arguments: Arguments) -> Callable[[list[str], str], str | None]:
    """Return what compares the texts that were found with the expected one."""
    given = [arguments.text(name) for name in _EXPECTATIONS]
    expected = next((text for text in given if text), "")
    regular = arguments.flag("UseRegularExpression", default=False)
    ignore_case = arguments.flag("IgnoreCase", default=False)
    pass_if_found = arguments.flag("PassIfTextFound", default=True)
    pattern = Pattern(expected, ignore_case=ignore_case) if regular else None

    def fits(text: str) -> bool:
        if pattern is not None:
            return pattern.search(text) is not None
        return text.lower() == expected.lower() if ignore_case else text == expected

    def judge(texts: list[str], what: str) -> str | None:
        if any(fits(text) for text in texts) is pass_if_found:
            return None
        return f"{what} {'has not' if pass_if_found else 'has'} the text '{expected}'"

    return judge


_EXPECTATIONS = ("ExpectedInnerText", "ExpectedSelectedOption", "ExpectedValue", "ExpectedText")

_JUDGES: dict[str, Callable[[Arguments], Judge]] = {
    "ValidationRuleResponseTimeGoal": _response_time_goal,
    "ValidationRuleRequestTime": _request_time,
    "ValidationRuleFindText": _find_text,
    "ValidationRuleRequiredTag": _required_tag,
    "ValidationRuleRequiredAttributeValue": _required_attribute,
    "ValidateFormField": _form_field,
    "ValidateHtmlTagInnerText": _inner_text,
    "ValidateHtmlSelectTag": _select,
}
