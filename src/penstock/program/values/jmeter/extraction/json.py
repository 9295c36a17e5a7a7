"""Extractors of JSON: by JSONPath and by JMESPath."""

from __future__ import annotations

from random import Random
from typing import Any

import jmespath

from penstock.program.values.dialect import Reply, Variables
from penstock.program.values.jmeter.answer import document, subject
from penstock.program.values.jmeter.arguments import Arguments
from penstock.program.values.jmeter.documents import as_jackson, as_text
from penstock.program.values.jmeter.extraction.matches import chosen, clear_numbered
from penstock.program.values.jmeter.jmespaths import compile_jmespath
from penstock.program.values.jmeter.jsonpath import JsonPath


def pieces(text: str) -> list[str]:
    """Return the parts between semicolons; empty ones at the end do not count, as Java splits."""
    parts = text.split(";")
    while len(parts) > 1 and not parts[-1]:
        parts.pop()
    return [] if parts == [""] and text else parts


def json_extractor(arguments: Arguments, random: Random) -> Any:
    """Prepare a JSON Extractor, which may have several expressions."""
    names, paths, defaults = (pieces(arguments.text(key)) for key in ("referenceNames", "jsonPathExprs", "defaults"))
    numbers = [int(number) for number in pieces(arguments.text("match_numbers").strip()) if number.strip()]
    if not len(names) == len(paths) == len(defaults):
        raise ValueError(
            f"{len(names)} names, {len(paths)} expressions and {len(defaults)} default values; "
            "there must be as many of each"
        )
    if numbers and len(numbers) < len(paths):
        numbers += [0] * (len(paths) - len(numbers))
    concatenates, variable = arguments.flag("compute_concat"), arguments.text("variable")
    rules = [
        _JsonRule(name.strip(), JsonPath.of(path.strip()), default, number, concatenates)
        for name, path, default, number in zip(names, paths, defaults, numbers or [0] * len(paths), strict=False)
    ]
    read, text = document(variable), subject("body", variable)

    def take(variables: Variables, reply: Reply) -> None:
        is_empty = not (text(variables, reply) or "")
        root: Any = None
        if not is_empty:
            try:
                root = read(variables, reply)
            except ValueError:
                root = ""  # what is no JSON is a text there, in which no path finds anything
        for rule in rules:
            clear_numbered(variables, rule.name)
            if is_empty or rule.path.has_function:
                variables[rule.name] = rule.default  # there, functions cannot be used in extractors
            else:
                rule.keep(variables, rule.path.values(root), random)

    return take


class _JsonRule:
    """One of the expressions of an extractor."""

    __slots__ = ("concatenates", "default", "name", "number", "path")

    def __init__(self, name: str, path: JsonPath, default: str, number: int, concatenates: bool) -> None:
        self.name = name
        self.path = path
        self.default = default
        self.number = number
        self.concatenates = concatenates

    def keep(self, variables: Variables, values: list[Any], random: Random) -> None:
        """Set the variables to what was found; null counts as not there."""
        name, number = self.name, self.number
        if not values:
            variables[name] = self.default
            variables[f"{name}_matchNr"] = "0"
            if number < 0 and self.concatenates:
                variables[f"{name}_ALL"] = ""
            return
        found = [self.default if value is None else as_text(value) for value in values]
        if number < 0:
            for index, text in enumerate(found, 1):
                variables[f"{name}_{index}"] = text
            if self.concatenates:
                variables[f"{name}_ALL"] = ",".join(found)
        else:
            match = found[0] if len(found) == 1 else chosen(found, number, random)
            variables[name] = self.default if match is None else match
        if number:
            variables[f"{name}_matchNr"] = str(len(found))


def jmespath_extractor(arguments: Arguments, random: Random) -> Any:
    """Prepare a JSON JMESPath Extractor."""
    name, default, number = arguments.text("referenceName"), arguments.text("default"), arguments.integer("matchNumber")
    search = compile_jmespath(arguments.text("jmesPathExpr").strip())
    variable = arguments.text("variable")
    read, text = document(variable), subject("body", variable)

    def take(variables: Variables, reply: Reply) -> None:
        clear_numbered(variables, name)
        if not (text(variables, reply) or "").strip():
            variables[name] = default
            return
        try:
            value = search(read(variables, reply))
        except (ValueError, jmespath.exceptions.JMESPathError):
            variables[name] = default
            return
        found = [] if value is None else [as_jackson(each) for each in value] if isinstance(value, list) else None
        found = [as_jackson(value)] if found is None else found
        if not found:
            variables[name] = default
        elif number < 0:
            for index, each in enumerate(found, 1):
                variables[f"{name}_{index}"] = each
        else:
            match = found[0] if len(found) == 1 else chosen(found, number, random)
            variables[name] = default if match is None else match
        variables[f"{name}_matchNr"] = str(len(found))

    return take
