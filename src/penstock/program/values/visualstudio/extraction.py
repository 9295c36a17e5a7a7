"""Extraction rules: each writes context parameters, or raises `RuleFailed`."""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from random import Random

from penstock.errors import NotRunnable
from penstock.program.values.dialect import Variables
from penstock.program.values.visualstudio import html as markup
from penstock.program.values.visualstudio.answer import Answer
from penstock.program.values.visualstudio.arguments import Arguments, RuleFailed
from penstock.program.values.visualstudio.patterns import Pattern, literal

Find = Callable[[Answer], str | None]
Take = Callable[[Variables, Answer], None]

_PARTIAL = re.compile(r"\|hiddenField\|([^|]*)\|(.*?)\|(?=\d+\||\Z)", re.DOTALL)
"""A field in what ASP.NET answers to a partial update of a page: `length|hiddenField|name|value|`."""


def extraction(name: str, variable: str, random: Random) -> Callable[[Arguments], Take]:
    """Return what prepares a rule of this class from its arguments; raises `NotRunnable` for an unknown one."""
    if name == "ExtractHiddenFields":
        return lambda arguments: _hidden_fields(variable, arguments)
    finder = _FINDERS.get(name)
    if finder is None:
        raise NotRunnable(f"the extraction rule {name!r} is not known")

    def prepare(arguments: Arguments) -> Take:
        find = finder(arguments, random)
        required = arguments.flag("Required", default=True)
        decode = arguments.flag("HtmlDecode", default=True)

        def take(variables: Variables, answer: Answer) -> None:
            found = find(answer)
            if found is not None:
                variables[variable] = html.unescape(found) if decode and "&" in found else found
            elif required:
                raise RuleFailed(f"nothing was found for the context parameter '{variable}'")

        return take

    return prepare


def _hidden_fields(variable: str, arguments: Arguments) -> Take:
    prefix = f"$HIDDEN{variable}."
    required = arguments.flag("Required", default=True)
    decode = arguments.flag("HtmlDecode", default=True)

    def take(variables: Variables, answer: Answer) -> None:
        text = answer.text
        for name in [name for name in variables if name.startswith(prefix)]:
            del variables[name]
        found = {match[1]: match[2] for match in _PARTIAL.finditer(text)} if "|hiddenField|" in text else {}
        for tag in markup.tags(text, "input"):
            if (tag.get("type") or "").strip().lower() == "hidden":
                called = tag.get("name") or tag.get("id")
                if called:
                    found.setdefault(called, tag.attributes.get("value", ""))
        for called, value in found.items():
            variables[prefix + called] = html.unescape(value) if decode else value
        if required and not found:
            raise RuleFailed("there are no hidden fields in the response")

    return take


def _text(arguments: Arguments, random: Random) -> Find:
    ignore_case = arguments.flag("IgnoreCase", default=False)
    regular = arguments.flag("UseRegularExpression", default=False)
    make = Pattern if regular else literal
    start = make(arguments.text("StartsWith"), ignore_case=ignore_case)
    end = make(arguments.text("EndsWith"), ignore_case=ignore_case)
    ends_somewhere = bool(arguments.text("EndsWith"))
    draw = arguments.flag("ExtractRandomMatch", default=False)
    index = arguments.integer("Index", 0)
    in_headers = arguments.flag("SearchInHeaders", default=False)

    def find(answer: Answer) -> str | None:
        text = answer.headers if in_headers else answer.text
        found: list[str] = []
        at = 0
        while at <= len(text):
            opened = start.search(text, at)
            if opened is None:
                break
            stop = len(text)
            if ends_somewhere:
                closed = end.search(text, opened.end())
                if closed is None:
                    break
                stop = closed.start()
            found.append(text[opened.end() : stop])
            if not draw and len(found) > index:
                break
            at = max(stop, opened.end(), at + 1)
        return _chosen(found, -1 if draw else index, random)

    return find


def _chosen(found: list[str], index: int, random: Random) -> str | None:
    """Return the one of that number; of a number below 0, any."""
    if index < 0:
        return random.choice(found) if found else None
    return found[index] if index < len(found) else None


def _form_field(arguments: Arguments, random: Random) -> Find:
    name, index = arguments.text("Name"), arguments.integer("Index", 0)
    return lambda answer: _chosen(markup.fields(answer.text, name), index, random)


def _header(arguments: Arguments, random: Random) -> Find:
    name, index = arguments.text("Header").lower(), arguments.integer("Index", 0)

    def find(answer: Answer) -> str | None:
        value = answer.reply.headers.get(name)
        return value if value is not None and index <= 0 else None

    del random
    return find


def _attribute(arguments: Arguments, random: Random) -> Find:
    tag_name, attribute = re.escape(arguments.text("TagName")), arguments.text("AttributeName").lower()
    match_name, match_value = arguments.text("MatchAttributeName"), arguments.text("MatchAttributeValue")
    index = arguments.integer("Index", 0)

    def find(answer: Answer) -> str | None:
        values = [
            tag.attributes[attribute]
            for tag in markup.tags(answer.text, tag_name)
            if attribute in tag.attributes and (not match_name or tag.get(match_name) == match_value)
        ]
        return _chosen(values, index, random)

    return find


def _expression(arguments: Arguments, random: Random) -> Find:
    pattern = Pattern(
        arguments.text("RegularExpression"), ignore_case=arguments.flag("IgnoreCase", default=False)
    )  # fmt: skip
    index, groups = arguments.integer("Index", 0), arguments.flag("UseGroups", default=False)

    def find(answer: Answer) -> str | None:
        found: list[str] = []
        for match in pattern.matches(answer.text):
            found.append("".join(part or "" for part in match.groups()) if groups and match.groups() else match[0])
            if 0 <= index < len(found):
                break
        return _chosen(found, index, random)

    return find


def inner_texts(arguments: Arguments, page: str) -> list[str]:
    """Return the inner texts of the tags that the arguments speak of."""
    attribute, value = arguments.text("AttributeName"), arguments.text("AttributeValue")
    found: list[str] = []
    for tag in markup.tags(page, re.escape(arguments.text("TagName"))):
        if attribute and tag.get(attribute) != value:
            continue
        if arguments.flag("HasClosingTags", default=True):
            text = markup.inner(page, tag)
        else:
            end = page.find("<", tag.end)
            text = page[tag.end :] if end < 0 else page[tag.end : end]
        if arguments.flag("RemoveInnerTags", default=True):
            text = markup.without_tags(text)
        found.append(markup.collapsed(text) if arguments.flag("CollapseWhiteSpace", default=True) else text)
    return found


def select_value(arguments: Arguments, page: str) -> str | None:
    """Return the value of an option of the select tag that the arguments speak of; -1 is the selected one."""
    name, index = arguments.text("SelectTagName"), arguments.integer("Index", -1)
    for tag in markup.tags(page, "select"):
        if name in (tag.get("name"), tag.get("id")):
            options = markup.options(page, tag)
            if index < 0:
                return markup.selected(options)
            return options[index][0] if index < len(options) else None
    return None


def _inner_text(arguments: Arguments, random: Random) -> Find:
    index = arguments.integer("Index", -1)
    return lambda answer: _chosen(inner_texts(arguments, answer.text), index, random)


def _select(arguments: Arguments, random: Random) -> Find:
    del random
    return lambda answer: select_value(arguments, answer.text)


_FINDERS: dict[str, Callable[[Arguments, Random], Find]] = {
    "ExtractText": _text,
    "ExtractFormField": _form_field,
    "ExtractHttpHeader": _header,
    "ExtractAttributeValue": _attribute,
    "ExtractRegularExpression": _expression,
    "ExtractHtmlTagInnerText": _inner_text,
    "ExtractHtmlSelectTag": _select,
}
