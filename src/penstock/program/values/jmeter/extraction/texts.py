"""Extractors that look at a text: by regular expression, and between two boundaries."""

from __future__ import annotations

from itertools import islice
from random import Random
from typing import Any

from penstock.program.values.dialect import Reply, Variables
from penstock.program.values.jmeter.answer import Subject, subject
from penstock.program.values.jmeter.arguments import Arguments
from penstock.program.values.jmeter.extraction.matches import keep, taken_count
from penstock.program.values.jmeter.patterns import Pattern
from penstock.program.values.jmeter.templates import Template, keep_groups, remove_groups


def regex(arguments: Arguments, random: Random) -> Any:
    """Prepare a Regular Expression Extractor."""
    name, number = arguments.text("refname"), arguments.integer("match_number")
    pattern, template = Pattern.of(arguments.text("regex")), Template.of(arguments.text("template"))
    default, is_default = arguments.text("default"), arguments.flag("default_empty_value")
    read = subject(arguments.text("field", "body"), arguments.text("variable"))

    def take(variables: Variables, reply: Reply) -> None:
        if default or is_default:
            variables[name] = default
        text = read(variables, reply)
        matches = pattern.matches(text or "")
        found = list(matches if number <= 0 else islice(matches, number)) if text is not None else []
        before = taken_count(variables, name)
        kept = 0
        if number >= 0:
            match = None
            if found and number <= len(found):
                match = random.choice(found) if number == 0 else found[number - 1]
            if match is None:
                remove_groups(variables, name)
            else:
                variables[name] = template.fill(match)
                keep_groups(variables, name, match)
        else:
            remove_groups(variables, name)
            kept = len(found)
            variables[f"{name}_matchNr"] = str(kept)
            for index, match in enumerate(found, 1):
                variables[f"{name}_{index}"] = template.fill(match)
                keep_groups(variables, f"{name}_{index}", match)
        for index in range(kept + 1, before + 1):
            variables.pop(f"{name}_{index}", None)
            remove_groups(variables, f"{name}_{index}")

    return take


def boundary(arguments: Arguments, random: Random) -> Any:
    """Prepare a Boundary Extractor."""
    name, number = arguments.text("refname"), arguments.integer("match_number")
    left, right = arguments.text("lboundary"), arguments.text("rboundary")
    default, is_default = arguments.text("default"), arguments.flag("default_empty_value")
    read: Subject = subject(arguments.text("field", "body"), arguments.text("variable"))

    def take(variables: Variables, reply: Reply) -> None:
        if default.strip() or is_default:
            variables[name] = default
        keep(variables, name, between(read(variables, reply) or "", left, right), number, random)

    return take


def between(text: str, left: str, right: str) -> list[str]:
    """Return what stands between two texts; what follows an empty one begins or ends with the whole."""
    if not text.strip():
        return []
    if not left and not right:
        return [text]
    if not left:
        end = text.find(right)
        return [text[:end]] if end >= 0 else []
    if not right:
        start = text.find(left)
        return [text[start + len(left) :]] if start >= 0 else []
    found: list[str] = []
    start = text.find(left)
    while start >= 0:
        end = text.find(right, start + len(left))
        if end < 0:
            break
        found.append(text[start + len(left) : end])
        start = text.find(left, start + len(left))
    return found
