"""Extractors of XML and HTML: by XPath 1 and 2, and by CSS selector."""

from __future__ import annotations

from random import Random
from typing import Any

from penstock.program.values.dialect import Reply, Variables
from penstock.program.values.jmeter.answer import subject
from penstock.program.values.jmeter.arguments import Arguments
from penstock.program.values.jmeter.extraction.matches import keep
from penstock.program.values.jmeter.markup import InvalidDocument, XPath, XPath2, read_html, read_xml, select


def xpath(arguments: Arguments, random: Random) -> Any:
    """Prepare an XPath Extractor."""
    query = XPath.of(arguments.text("xpathQuery"), is_fragment=arguments.flag("fragment"))
    is_tolerant, with_namespaces = arguments.flag("tolerant"), arguments.flag("namespace")

    def find(text: str) -> list[str | None]:
        return query.texts(read_html(text) if is_tolerant else read_xml(text, with_namespaces=with_namespaces))

    return _numbered(arguments, random, find, default_number=-1)


def xpath2(arguments: Arguments, random: Random) -> Any:
    """Prepare an XPath2 Extractor."""
    query = XPath2.of(
        arguments.text("xpathQuery"), arguments.text("namespaces"), is_fragment=arguments.flag("fragment")
    )
    return _numbered(
        arguments, random, lambda text: query.texts(read_xml(text, with_namespaces=True)), default_number=0
    )


def _numbered(arguments: Arguments, random: Random, find: Any, default_number: int) -> Any:
    name, default = arguments.text("refname"), arguments.text("default")
    number = arguments.integer("matchNumber", default_number)
    read = subject("body", arguments.text("variable"))

    def take(variables: Variables, reply: Reply) -> None:
        variables[name] = default
        count = variables.get(f"{name}_matchNr", "")
        before = int(count) if count.isdigit() else 0
        variables[f"{name}_matchNr"] = "0"
        variables.pop(f"{name}_1", None)
        text = read(variables, reply)
        try:
            found: list[str | None] = find(text) if text else []
        except InvalidDocument:
            return
        if number >= 0:
            in_range = bool(found) and number <= len(found)
            found = [random.choice(found) if number == 0 else found[number - 1]] if in_range else []
        variables[f"{name}_matchNr"] = str(len(found))
        if found and found[0] is not None:
            variables[name] = found[0]
        for index, value in enumerate(found, 1):
            if value is not None:
                variables[f"{name}_{index}"] = value
        variables.pop(f"{name}_{len(found) + 1}", None)
        for index in range(len(found) + 2, before + 1):
            variables.pop(f"{name}_{index}", None)

    return take


def css(arguments: Arguments, random: Random) -> Any:
    """Prepare a CSS Selector Extractor."""
    name, number = arguments.text("refname"), arguments.integer("match_number")
    default, is_default = arguments.text("default"), arguments.flag("default_empty_value")
    find = select(arguments.text("expr"), arguments.text("attribute"))
    read = subject("body", arguments.text("variable"))

    def take(variables: Variables, reply: Reply) -> None:
        if default or is_default:
            variables[name] = default
        text = read(variables, reply)
        keep(variables, name, find(text) if text else [], number, random)

    return take
