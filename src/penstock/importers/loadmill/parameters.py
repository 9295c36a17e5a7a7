"""Default parameters."""

from __future__ import annotations

from penstock.importers.base import whole_characters
from penstock.importers.document import Node
from penstock.importers.loadmill.expressions import NAME
from penstock.importers.loadmill.functions import is_function
from penstock.importers.loadmill.texts import Texts
from penstock.model import Assign, Assignment, Origin, Text

_MOST_VALUES = 100


def compile_parameters(node: Node | None, texts: Texts) -> list[Assign]:
    """Return a step for each object: later objects see earlier ones, names of one object do not see each other."""
    steps = []
    for element in texts.reader.elements(node):
        assignments = []
        for name, value in texts.reader.members(element).items():
            choices = _choices(value, texts)
            if check_name(name, value.origin, texts) and choices:
                assignments.append(Assignment(name, choices))
        for assignment in assignments:
            texts.assign(assignment.variable)
        if assignments:
            steps.append(Assign(tuple(assignments), element.origin))
    return steps


def compile_overrides(parameters: tuple[tuple[str, str], ...], texts: Texts) -> list[Assign]:
    """Return the caller's values as the last object of the list."""
    origin = Origin("name=value")
    assignments = []
    for name, raw in dict(parameters).items():
        value = whole_characters(raw)
        given = Origin(f"{name}={value}")
        if check_name(name, given, texts):
            assignments.append(Assignment(name, (texts.parse(value, given, at_once=True),)))
    for assignment in assignments:
        texts.assign(assignment.variable)
    return [Assign(tuple(assignments), origin)] if assignments else []


def check_name(name: str, origin: Origin, texts: Texts) -> bool:
    """Whether a text can be the name of a parameter; why not is a finding."""
    fault = name_fault(name)
    if fault:
        texts.findings.error("invalid-name", f"parameter {name!r}: {fault}", origin)
    elif is_function(name):
        message = f"the parameter {name} can never be read: a function has its name"
        texts.findings.warn("shadowed-parameter", message, origin, effect="needs attention")
    return not fault


def name_fault(name: str) -> str:
    """Return why a text cannot be the name of a parameter; empty: it can."""
    if not name:
        return "Parameter name can't be empty"
    if name[0].isascii() and name[0].isdigit():
        return f"May not start with '{name[0]}'"
    wrong = next((character for character in name if not NAME.fullmatch(f"_{character}")), None)
    return f"Unacceptable character: '{wrong}'" if wrong else ""


def _choices(node: Node, texts: Texts) -> tuple[Text, ...]:
    if not isinstance(node.value, list):
        if node.value is None:
            texts.findings.error("invalid-value", "Must not be null", node.origin)
        text = texts.of(node, at_once=True)
        return (text,) if text is not None else ()
    if not node.value:
        texts.findings.error("invalid-value", "Must be a string or a nonempty string array", node.origin)
    if len(node.value) > _MOST_VALUES:
        message = f"No more than {_MOST_VALUES} possible values are allowed on the vendor's servers; all are used here"
        texts.findings.note("vendor-limit", message, node.origin, effect="needs attention")
    choices = (texts.of(choice, at_once=True) for choice in node.value)
    return tuple(text for text in choices if text is not None)
