"""Assertions about how long a sample took, how large it is, and its digest."""

from __future__ import annotations

import hashlib
import operator

from penstock.program.values.dialect import Reply, Variables
from penstock.program.values.jmeter.answer import subject
from penstock.program.values.jmeter.arguments import Arguments
from penstock.program.values.jmeter.assertions.verdict import NOTHING, Verdict
from penstock.program.values.jmeter.builtins import header_lines

_COMPARISONS = {
    1: (operator.eq, "been equal to"),
    2: (operator.ne, "been not equal to"),
    3: (operator.gt, "been greater than"),
    4: (operator.lt, "been less than"),
    5: (operator.ge, "been greater or equal to"),
    6: (operator.le, "been less than or equal to"),
}


def duration(arguments: Arguments) -> Verdict:
    """Prepare a Duration Assertion; milliseconds, and 0 asks nothing."""
    most_ms = arguments.integer("duration")

    def judge(_variables: Variables, _reply: Reply, page_s: float) -> str | None:
        took_ms = round(page_s * 1000)
        if most_ms <= 0 or took_ms <= most_ms:
            return None
        return (
            f"The operation lasted too long: It took {took_ms} milliseconds, "
            f"but should not have lasted longer than {most_ms} milliseconds."
        )

    return judge


def size(arguments: Arguments) -> Verdict:
    """Prepare a Size Assertion."""
    allowed = arguments.integer("size")
    compare, words = _COMPARISONS.get(arguments.integer("operator", 1), (None, "ERROR - invalid condition"))
    field, variable = arguments.text("field"), arguments.text("variable")

    def measured(variables: Variables, reply: Reply) -> int:
        if variable:
            return int(variables.get(variable, ""))
        if field == "network":
            return len(header_lines(reply).encode()) + len(reply.body)
        if field == "body":
            return len(reply.body)
        return len(subject(field, "")(variables, reply) or "")

    def judge(variables: Variables, reply: Reply, _page_s: float) -> str | None:
        try:
            found = measured(variables, reply)
        except ValueError:
            return f"Error parsing variable name: {variable} value: {variables.get(variable)}"
        if compare is not None and compare(found, allowed):
            return None
        return f"The result was the wrong size: It was {found} bytes, but should have {words} {allowed} bytes."

    return judge


def md5(arguments: Arguments) -> Verdict:
    """Prepare an MD5Hex Assertion."""
    allowed = arguments.text("md5")

    def judge(_variables: Variables, reply: Reply, _page_s: float) -> str | None:
        if not reply.body:
            return NOTHING
        found = hashlib.md5(reply.body, usedforsecurity=False).hexdigest()
        if found.lower() == allowed.lower():
            return None
        return f"Error asserting MD5 sum : got {found} but should have been {allowed}"

    return judge
