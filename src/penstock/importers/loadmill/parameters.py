"""Default parameters."""

from __future__ import annotations

from dataclasses import dataclass

from penstock.importers.document import Node
from penstock.importers.loadmill.expressions import NAME
from penstock.importers.loadmill.functions import is_function
from penstock.importers.loadmill.texts import Texts
from penstock.model import Assignment, Origin, ParameterSet, Text

_MOST_VALUES = 100


@dataclass(frozen=True, slots=True)
class Given:
    """What the caller says of parameters: ordered objects of a name and its values, each with its place."""

    objects: tuple[tuple[Origin, tuple[tuple[str, tuple[str, ...], Origin], ...]], ...] = ()
    is_inline: bool = False

    def replacement(self, name: str) -> tuple[str, ...] | None:
        """Return the values that stand in place of those of the file; None: the file's stay."""
        if not self.is_inline:
            return None
        found = [values for _, members in self.objects for known, values, _ in members if known == name]
        return found[-1] if found else None


NOTHING_GIVEN = Given()


def compile_parameters(node: Node | None, texts: Texts, given: Given = NOTHING_GIVEN) -> tuple[ParameterSet, ...]:
    """Return a set for each object: later objects see earlier ones, names of one object do not see each other."""
    sets = []
    for element in texts.reader.elements(node):
        assignments = []
        for name, value in texts.reader.members(element).items():
            replaced = given.replacement(name)
            if replaced is not None:
                choices = tuple(texts.parse(each, value.origin, at_once=True) for each in replaced)
            else:
                choices = _choices(value, texts)
            if check_name(name, value, texts) and choices:
                assignments.append(Assignment(name, choices))
        texts.assign_all(assignment.variable for assignment in assignments)
        if assignments:
            sets.append(ParameterSet(tuple(assignments), element.origin))
    return tuple(sets)


def compile_overrides(given: Given, texts: Texts) -> tuple[ParameterSet, ...]:
    """Return the caller's values, which are assigned after all others."""
    sets = []
    for origin, members in given.objects:
        assignments = []
        for name, values, place in members:
            if check_name_at(name, place, texts):
                choices = tuple(texts.parse(value, place, at_once=True) for value in values)
                assignments.append(Assignment(name, choices))
        texts.assign_all(assignment.variable for assignment in assignments)
        if assignments:
            sets.append(ParameterSet(tuple(assignments), origin))
    return tuple(sets)


def check_name(name: str, node: Node, texts: Texts) -> bool:
    """Whether a text can be the name of a parameter; why not is a finding."""
    if NAME.fullmatch(name) and not name.startswith("__"):  # by far the most
        return True
    return check_name_at(name, node.origin, texts)


def check_name_at(name: str, origin: Origin, texts: Texts) -> bool:
    """Whether a text can be the name of a parameter; why not is a finding at that place."""
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
