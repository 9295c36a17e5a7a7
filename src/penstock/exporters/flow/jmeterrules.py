"""Post-processors and assertions of JMeter as Python: the usual ones, as far as they can be read at a glance."""

from __future__ import annotations

import re
from collections.abc import Callable

from penstock.exporters.flow.lines import Lines, call
from penstock.exporters.flow.texts import literal, text
from penstock.model.expr import Rule

_TEMPLATE = re.compile(r"\$(\d+)\$")
_NOT, _OR, _SUBSTRING = 4, 32, 16
"""Bits of how a Response Assertion compares."""


def add_extract(rule: Rule, lines: Lines, keys_of: Callable[[str], list[str | int] | None]) -> bool:
    """Take a value by a post-processor; false for one that is not written."""
    given = {argument.name: argument.value for argument in rule.arguments}

    def source(name: str) -> str:
        return given[name].source.strip() if name in given else ""

    if rule.name == "JSONPostProcessor":
        name, path, default = source("referenceNames"), source("jsonPathExprs"), source("defaults")
        found = None if ";" in name else _json(path, source("match_numbers"), lines, keys_of)
        if found is None:
            return False
    elif rule.name == "RegexExtractor":
        name, default = source("refname"), source("default")
        template = _TEMPLATE.fullmatch(source("template"))
        if template is None or template[1] not in ("0", "1") or source("match_number") not in ("", "0", "1"):
            return False
        lines.helpers.add("pattern")
        found = call("pattern", [text(given["regex"], lines, rule.origin), "response.text"])
    else:
        return False
    if not name:
        return False
    lines.add(f"found = {found}")
    lines.add(f"v[{literal(name)}] = {literal(default)} if found is None else found")
    return True


def _json(path: str, number: str, lines: Lines, keys_of: Callable[[str], list[str | int] | None]) -> str | None:
    keys: list[str | int] = []
    for place, part in enumerate(path.split("[*]")):
        found = keys_of(part) if part.strip(" $") else []
        if found is None:
            return None
        keys += [*(["*"] if place else []), *found]
    written = ["response", *(literal(key) if isinstance(key, str) else str(key) for key in keys)]
    if "*" not in keys:
        lines.helpers.add("path")
        return call("path", written) if number in ("", "0", "1") else None
    lines.helpers.add("every")
    if number == "0":
        lines.modules.add("random")
        return f"random.choice({call('every', written)} or [None])"
    return f"next(iter({call('every', written)}), None)" if number in ("", "1") else None


def condition_of(rule: Rule, lines: Lines) -> str | None:
    """Return what an assertion asks; None for one that is not written."""
    if rule.name != "ResponseAssertion":
        return None
    given = {argument.name: argument.value.source for argument in rule.arguments}
    patterns = [argument.value for argument in rule.arguments if argument.name == "pattern"]
    subject = {"body": "response.text", "code": "str(response.status)"}.get(given.get("field", ""))
    kind = given.get("test_type", "")
    if subject is None or not patterns or not kind.isdigit():
        return None
    how = int(kind)
    if how & ~(_NOT | _OR) != _SUBSTRING:
        return None
    word = "not in" if how & _NOT else "in"
    asked = [f"{text(each, lines, rule.origin)} {word} {subject}" for each in patterns]
    return (" or " if how & _OR else " and ").join(asked)
