"""Assertions."""

from __future__ import annotations

from penstock.importers.document import Node
from penstock.importers.loadmill.expressions import NAME
from penstock.importers.loadmill.queries import check_regexp
from penstock.importers.loadmill.texts import Texts
from penstock.model import Check, Condition, Expr, Literal, Operator, Variable

_CONDITIONS: dict[str, tuple[Operator, str]] = {
    "contains": ("contains", "contains"),
    "notContains": ("not_contains", "does not contain"),
    "equals": ("equals", "equals"),
    "notEquals": ("not_equals", "does not equal"),
    "matches": ("matches", "matches"),
    "greater": ("greater", ">"),
    "lesser": ("lesser", "<"),
    "JSONSchema": ("json_schema", "fits the schema"),
    "JSONContains": ("json_contains", "contains the JSON"),
    "XMLContains": ("xml_contains", "contains the XML"),
}
"""In the order in which several conditions of one assertion are tried."""

_UNAVAILABLE = {"AIVerify": "judgement by an AI model"}
_KNOWN = frozenset({"check", "falsy", "disabled", "description", *_CONDITIONS, *_UNAVAILABLE})
_LONGEST = 60


def compile_checks(node: Node | None, texts: Texts) -> tuple[Check, ...]:
    """Return the checks of a request, each with a label of its own."""
    checks: list[Check] = []
    labels: set[str] = set()
    for element in texts.reader.elements(node):
        check = compile_check(element, texts, labels)
        if check is not None:
            checks.append(check)
            labels.add(check.label)
    return tuple(checks)


def compile_check(node: Node, texts: Texts, taken: set[str] | None = None) -> Check | None:
    """Return one assertion as a check; None when it cannot be used, which is a finding."""
    members = texts.reader.members(node)
    for key in members.keys() - _KNOWN:
        texts.findings.warn("unknown-key", "this condition is not known", members[key].origin, effect="dropped")
    for key, what in _UNAVAILABLE.items():
        if key in members and members[key].value is not None:
            texts.findings.error("not-available", f"{what} is not available yet", members[key].origin)
            return None
    name = texts.reader.text(members.get("check"))
    if name is None:
        texts.findings.error("invalid-value", "check: Required", node.origin)
        return None
    conditions = []
    words = []
    for key, (operator, word) in _CONDITIONS.items():
        expected = texts.of(members.get(key))
        if expected is None:
            continue
        if operator == "matches":
            check_regexp(expected, members[key], texts)
        conditions.append(Condition(operator, expected))
        words.append(word if operator == "json_schema" else f"{word} {_short(expected.source)}")
    if not conditions:
        falsy = members.get("falsy")
        is_false = falsy is not None and (falsy.value is True or falsy.value == "true")
        conditions = [Condition("is_false" if is_false else "is_true")]
        words = ["is false" if is_false else "exists"]
    subject = _subject(name, members["check"], texts)
    label = _unique(f"{name} {' or '.join(words)}", taken or set())
    return Check(
        subject, tuple(conditions), label, node.origin, enforced=not texts.reader.flag(members.get("disabled"))
    )


def _subject(name: str, node: Node, texts: Texts) -> Expr:
    if NAME.fullmatch(name):
        return texts.name(name, node) or Variable(name)
    message = f"{name!r} is the name of no parameter, so the empty text is judged"
    texts.findings.warn("invalid-name", message, node.origin, "write the bare name, without ${ }", "needs attention")
    return Literal("")


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _LONGEST else f"{line[: _LONGEST - 1]}…"


def _unique(label: str, taken: set[str]) -> str:
    if label not in taken:
        return label
    number = 2
    while f"{label} #{number}" in taken:
        number += 1
    return f"{label} #{number}"
