"""The Response Assertion: a field of the sample against texts or regular expressions."""

from __future__ import annotations

from collections.abc import Callable

from penstock.program.values.dialect import Reply, Variables
from penstock.program.values.jmeter.answer import subject
from penstock.program.values.jmeter.arguments import Arguments
from penstock.program.values.jmeter.assertions.verdict import NOTHING, Verdict
from penstock.program.values.jmeter.patterns import Pattern

MATCH, CONTAINS, NOT, EQUALS, SUBSTRING, OR = (1 << bit for bit in range(6))
"""The bits of `test_type`; of the four ways to compare one is set."""

_SHOWN = {"body": "text", "url": "URL"}
_LONGEST = 200


def response(arguments: Arguments) -> Verdict:
    """Prepare a Response Assertion."""
    kind = arguments.integer("test_type", CONTAINS)
    is_not, is_or = bool(kind & NOT), bool(kind & OR)
    field, variable = arguments.text("field", "body"), arguments.text("variable")
    read = subject(field, variable)
    word, make = _way(kind)
    message = arguments.text("message")
    what = f"variable({variable})" if variable else _SHOWN.get(field, field)
    tests = [
        (make(pattern), f"Test failed: {what} expected {'not ' if is_not else ''}to {word} /{_cut(pattern)}/")
        for pattern in arguments.all("pattern")
    ]

    def judge(variables: Variables, reply: Reply, _page_s: float) -> str | None:
        text = read(variables, reply)
        if not text:
            return None if is_not else NOTHING
        failed = []
        for fits, reason in tests:
            if fits(text) is is_not:
                failed.append(reason)
                if not is_or:
                    break
            elif is_or:
                return None
        if not failed and not is_or:
            return None
        return message or "\t".join(failed) or "Test failed: there is no pattern"

    return judge


def _way(kind: int) -> tuple[str, Callable[[str], Callable[[str], bool]]]:
    if kind & CONTAINS:
        return "contain", _contains
    if kind & EQUALS:
        return "equal", lambda wanted: lambda text: text == wanted
    if kind & SUBSTRING:
        return "contain", lambda wanted: lambda text: wanted in text
    return "match", lambda wanted: Pattern.of(wanted).fits


def _contains(source: str) -> Callable[[str], bool]:
    pattern = Pattern.of(source)
    return lambda text: pattern.search(text) is not None


def _cut(pattern: str) -> str:
    return pattern if len(pattern) <= _LONGEST else f"{pattern[: _LONGEST - 1]}…"
