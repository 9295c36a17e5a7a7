"""The parts of a sample that extractors and assertions look at."""

from __future__ import annotations

import html
from collections.abc import Callable
from typing import Any

import orjson

from penstock.program.values.dialect import Reply, Variables
from penstock.program.values.jmeter.builtins import REQUEST, code, header_lines

Subject = Callable[[Variables, Reply], str | None]
"""Gives the text that is looked at; None: the variable has no value."""

FIELDS: dict[str, Callable[[Reply], str]] = {
    "body": lambda reply: reply.text,
    "unescaped": lambda reply: html.unescape(reply.text),
    "headers": header_lines,
    "url": lambda reply: reply.url,
    "code": code,
    "message": lambda reply: reply.reason,
}


def subject(field: str, variable: str) -> Subject:
    """Return what gives a field of the sample, or the variable where one is named."""
    if variable:
        return lambda variables, _reply: variables.get(variable)
    if field == "request":
        return lambda variables, _reply: variables.get(REQUEST)
    read = FIELDS[field]
    return lambda _variables, reply: read(reply)


def document(variable: str) -> Callable[[Variables, Reply], Any]:
    """Return what gives the JSON of the body or of a variable; raises `ValueError` where there is none."""
    if not variable:
        return lambda _variables, reply: reply.json()

    def read(variables: Variables, _reply: Reply) -> Any:
        return orjson.loads(variables.get(variable, ""))

    return read
