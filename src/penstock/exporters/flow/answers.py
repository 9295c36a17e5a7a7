"""What is taken from responses, and what must hold of them."""

from __future__ import annotations

import re

from penstock.exporters.flow.jmeterrules import add_extract, condition_of
from penstock.exporters.flow.lines import Lines, call
from penstock.exporters.flow.texts import expression, literal, text
from penstock.model import (
    Check,
    Condition,
    Extract,
    HeaderQuery,
    JsonPathQuery,
    Origin,
    Query,
    RegexQuery,
    RuleQuery,
    TextQuery,
    Variable,
)
from penstock.model.expr import Rule
from penstock.model.requests import Request

_KEY = re.compile(r"\.?([A-Za-z_$][\w$-]*)|\[(\d+)\]|\[(['\"])(.+?)\3\]|\.(\d+)")
_COMPARISONS = {
    "equals": "{0} == {1}",
    "not_equals": "{0} != {1}",
    "contains": "{1} in {0}",
    "not_contains": "{1} not in {0}",
    "matches": "re.search({1}, {0}) is not None",
    "greater": "number({0}) > number({1})",
    "lesser": "number({0}) < number({1})",
    "is_true": '{0}.lower() not in ("", "false", "undefined", "null", "nan")',
    "is_false": '{0}.lower() in ("", "false")',
}


def add_extracts(extracts: tuple[Extract, ...], lines: Lines, *, ends: bool) -> None:
    """Take the values of one set: texts first and together, since all see the variables as they were before the set."""
    texts = [each for each in extracts if isinstance(each.query, TextQuery)]
    if texts:
        names = ", ".join(f"v[{literal(each.variable)}]" for each in texts)
        values = ", ".join(_query(each.query, each.origin, lines) or '""' for each in texts)
        lines.add(f"{names} = {values}")
    for extract in extracts:
        if isinstance(extract.query, RuleQuery):
            _add_rule(extract.variable, extract.query.rule, lines, ends=ends)
        elif not isinstance(extract.query, TextQuery):
            _add_extract(extract, lines)


def _add_extract(extract: Extract, lines: Lines) -> None:
    """Take one value; one that is not found leaves the variable as it was."""
    value = _query(extract.query, extract.origin, lines)
    if value is None:
        lines.cannot(f"what {extract.variable!r} is set to, by a {type(extract.query).__name__}", extract.origin)
        return
    lines.helpers.add("take")
    lines.add(call("take", ["v", literal(extract.variable), value]))


def _query(query: Query, origin: Origin, lines: Lines) -> str | None:
    match query:
        case TextQuery(value):
            return text(value, lines, origin)
        case JsonPathQuery(path):
            keys = None if path.holes else keys_of(path.source)
            if keys is None:
                return None
            lines.helpers.add("path")
            return call("path", ["response", *(literal(key) if isinstance(key, str) else str(key) for key in keys)])
        case HeaderQuery(name):
            wanted = f"{text(name, lines, origin)}.lower()" if name.holes else literal(name.source.lower())
            return f"response.headers.get({wanted})"
        case RegexQuery(expression_, None):
            lines.helpers.add("pattern")
            return call("pattern", [text(expression_, lines, origin), "response.text"])
        case RegexQuery(expression_, inner) if inner is not None:
            found = _query(inner, origin, lines)
            if found is None:
                return None
            lines.helpers.add("pattern")
            return call("pattern", [text(expression_, lines, origin), found])
    return None


def keys_of(path: str) -> list[str | int] | None:
    """Return the keys of a JSONPath that names one value (`$.a.b[0]`); None for one that searches."""
    rest = path.strip().removeprefix("$")
    keys: list[str | int] = []
    while rest:
        match = _KEY.match(rest)
        if match is None:
            return None
        word, index, _, quoted, bare = match.groups()
        keys.append(int(index or bare) if index or bare else word or quoted)
        rest = rest[match.end() :]
    return keys


def add_checks(request: Request, lines: Lines, *, ends: bool) -> None:
    """Judge the response; with `ends`, a check that does not hold ends the iteration once all are judged."""
    held = []
    for check in request.checks:
        if not check.enforced:
            continue
        condition = _check(check, lines)
        if condition is None:
            lines.cannot(f"the check {check.label!r}", check.origin)
            continue
        lines.script.add("check")
        held.append(call("check", [condition, literal(check.label)]))
    _judge(held, lines, ends=ends)


def _judge(held: list[str], lines: Lines, *, ends: bool) -> None:
    if not ends or not held:
        for each in held:
            lines.add(each)
    elif len(held) == 1:
        with lines.inside(f"if not {held[0]}:"):
            lines.add("return")
    else:
        inner = "".join(f"    {each.replace(chr(10), chr(10) + '    ')},\n" for each in held)
        with lines.inside(f"if not all([\n{inner}]):"):
            lines.add("return")


def _check(check: Check, lines: Lines) -> str | None:
    subject = expression(check.subject, "", lines, check.origin)
    if isinstance(check.subject, Variable):
        subject = f'v.get({literal(check.subject.name)}, "")'
    conditions = [_condition(subject, condition, check.origin, lines) for condition in check.conditions]
    if any(each is None for each in conditions):
        return None
    return " or ".join(each for each in conditions if each)


def _condition(subject: str, condition: Condition, origin: Origin, lines: Lines) -> str | None:
    form = _COMPARISONS.get(condition.operator)
    if form is None:
        return None
    if "re." in form:
        lines.modules.add("re")
    if "number(" in form:
        lines.helpers.add("number")
    return form.format(subject, text(condition.expected, lines, origin))


def _add_rule(variable: str, rule: Rule, lines: Lines, *, ends: bool) -> None:
    """Take a value by a rule of Visual Studio or a post-processor of JMeter."""
    if add_extract(rule, lines, keys_of):
        return
    given = {argument.name: argument.value for argument in rule.arguments}

    def flag(name: str, *, default: bool) -> bool:
        value = given.get(name)
        return default if value is None else value.source.strip().lower() == "true"

    def word(name: str) -> str:
        value = given.get(name)
        return '""' if value is None else text(value, lines, rule.origin)

    target = f"v[{literal(variable)}]"
    index = given["Index"].source if "Index" in given and given["Index"].source.isdigit() else "0"
    match rule.name:
        case "ExtractHiddenFields":
            lines.helpers.add("hidden_fields")
            lines.add(f"v.update(hidden_fields(response, {literal(variable)}))")
            return
        case "ExtractText":
            lines.helpers.add("between")
            source = '"\\n".join(f"{k}: {n}" for k, n in response.headers.items())'
            arguments = [source if flag("SearchInHeaders", default=False) else "response.text"]
            arguments += [word("StartsWith"), word("EndsWith"), index]
            for name, keyword, default in (
                ("IgnoreCase", "ignore_case", False),
                ("UseRegularExpression", "regular", False),
                ("HtmlDecode", "decode", True),
                ("ExtractRandomMatch", "any_one", False),
            ):
                if flag(name, default=default) is not default:
                    arguments.append(f"{keyword}={not default}")
            value = call("between", arguments)
        case "ExtractFormField":
            lines.helpers.add("form_field")
            value = call("form_field", ["response", word("Name"), index])
        case "ExtractHttpHeader":
            header = given.get("Header")
            wanted = literal(header.source.lower()) if header and not header.holes else f"{word('Header')}.lower()"
            value = f"response.headers.get({wanted})"
        case _:
            lines.cannot(f"the extraction rule {rule.name}, which sets {variable!r}", rule.origin)
            return
    lines.add(f"found = {value}")
    with lines.inside("if found is not None:"):
        lines.add(f"{target} = found")
    if flag("Required", default=True):
        lines.script.add("fail")
        with lines.inside("else:"):
            lines.add(f"fail({literal(f'{rule.name}: {variable} was not found')})")
            if ends:
                lines.add("return")


def add_validations(request: Request, lines: Lines) -> None:
    """Judge by the validation rules of Visual Studio, and by JMeter's assertions."""
    for validation in request.validations:
        rule = validation.rule
        given = {argument.name: argument.value for argument in rule.arguments}

        def source(name: str, default: str = "", given: dict[str, object] = dict(given)) -> str:  # noqa: B006 — bound here
            value = given.get(name)
            return default if value is None else getattr(value, "source", default)

        match rule.name:
            case "ValidateResponseUrl":
                expected = given.get("ExpectedResponseUrl")
                lines.helpers.add("same_page")
                wanted = text(expected or request.url, lines, rule.origin)
                condition = f"same_page(response.url, {wanted})"
            case "ValidationRuleFindText" if source("UseRegularExpression").lower() != "true":
                wanted = text(given["FindText"], lines, rule.origin) if "FindText" in given else '""'
                body = "response.text"
                if source("IgnoreCase").lower() == "true":
                    wanted, body = f"{wanted}.lower()", "response.text.lower()"
                negated = source("PassIfTextFound", "True").lower() == "false"
                condition = f"{wanted} {'not in' if negated else 'in'} {body}"
            case "ValidationRuleRequestTime" if source("MaxRequestTime").isdigit():
                condition = f"response.elapsed_s <= {int(source('MaxRequestTime')) / 1000:g}"
            case "ValidationRuleResponseTimeGoal":
                if not request.goal_s:
                    continue
                condition = f"response.elapsed_s <= {request.goal_s:g}"
            case _:
                asked = condition_of(rule, lines)
                if asked is None:
                    lines.cannot(f"the validation rule {rule.name}", rule.origin)
                    continue
                condition = asked
        lines.script.add("check")
        lines.add(call("check", [condition, literal(validation.label)]))
