"""Post-processors and assertions of JMeter as Python: the usual ones, as far as they can be read at a glance."""

from __future__ import annotations

import re
from collections.abc import Callable

from penstock.exporters.flow.lines import Lines, call
from penstock.exporters.flow.texts import literal, text
from penstock.model.expr import Rule

_TEMPLATE = re.compile(r"\$(\d+)\$")
_NOT, _OR = 4, 32
"""Bits of a Response Assertion that turn it round, and that let one of several patterns do."""

_WAYS = {2: "re.search({0}, {1}) is not None", 8: "{1} == {0}", 16: "{0} in {1}"}
"""How it compares, by the other bits."""

_FIELDS = {"": "response.text", "body": "response.text", "code": "str(response.status)", "url": "response.url"}
_FIELDS["message"] = "response.reason"


def add_extract(rule: Rule, lines: Lines, keys_of: Callable[[str], list[str | int] | None]) -> bool:
    """Take a value by a post-processor; false for one that is not written."""
    given = {argument.name: argument.value for argument in rule.arguments}

    def source(name: str) -> str:
        return given[name].source.strip() if name in given else ""

    if source("variable"):
        return False
    if rule.name == "JSONPostProcessor":
        name, path, default = source("referenceNames"), source("jsonPathExprs"), source("defaults")
        found = None if ";" in name else _json(path, source("match_numbers"), lines, keys_of)
        if found is None:
            return False
    elif rule.name == "RegexExtractor":
        name, default = source("refname"), source("default")
        template = _TEMPLATE.fullmatch(source("template"))
        subject = _FIELDS.get(source("field"))
        if template is None or template[1] not in ("0", "1") or source("match_number") not in ("", "0", "1"):
            return False
        if subject is None or not _is_of_python(given["regex"].source):
            return False
        lines.helpers.add("pattern")
        found = call("pattern", [text(given["regex"], lines, rule.origin), subject])
    elif rule.name == "BoundaryExtractor":
        name, default = source("refname"), source("default")
        subject = _FIELDS.get(source("field"))
        if subject is None or source("match_number") not in ("", "0", "1"):
            return False
        lines.helpers.add("between")
        sides = [text(given[side], lines, rule.origin) for side in ("lboundary", "rboundary")]
        any_one = [] if source("match_number") == "1" else ["any_one=True"]
        found = call("between", [subject, *sides, "decode=False", *any_one])
    else:
        return False
    if not name:
        return False
    lines.add(f"found = {found}")
    if default or rule.name == "JSONPostProcessor" or source("default_empty_value") == "true":
        lines.add(f"v[{literal(name)}] = {literal(default)} if found is None else found")
    else:
        with lines.inside("if found is not None:"):
            lines.add(f"v[{literal(name)}] = found")
    return True


def _is_of_python(pattern: str) -> bool:
    """Whether Python reads a regular expression, too."""
    try:
        re.compile(pattern)
    except (re.error, OverflowError, RecursionError):
        return False
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
    given = {argument.name: argument.value.source for argument in rule.arguments}
    if given.get("variable"):
        return None
    if rule.name == "DurationAssertion":
        most_ms = given.get("duration", "")
        return f"response.elapsed_s <= {int(most_ms) / 1000:g}" if most_ms.isdigit() else None
    if rule.name != "ResponseAssertion":
        return None
    patterns = [argument.value for argument in rule.arguments if argument.name == "pattern"]
    subject = _FIELDS.get(given.get("field", ""))
    kind = given.get("test_type", "")
    if subject is None or not patterns or not kind.isdigit():
        return None
    way = _WAYS.get(int(kind) & ~(_NOT | _OR))
    if way is None:
        return None
    if "re." in way:
        if not all(_is_of_python(each.source) for each in patterns):
            return None
        lines.modules.add("re")
    form = f"not ({way})" if int(kind) & _NOT else way
    asked = [form.format(text(each, lines, rule.origin), subject) for each in patterns]
    return (" or " if int(kind) & _OR else " and ").join(asked)
