"""Failures in the words of Visual Studio: a type and a subtype for each kind and message of ours."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from http import HTTPStatus

from penstock.metrics.measures import Series

HTTP = "HttpError"
VALIDATION = "ValidationRuleError"
EXTRACTION = "ExtractionRuleError"
CONDITION = "ConditionalRuleError"
TIMEOUT = "Timeout"
EXCEPTION = "Exception"
TEST = "TestError"
TYPES = (HTTP, VALIDATION, EXCEPTION, TIMEOUT, EXTRACTION, CONDITION, TEST)

_BY_KIND = {
    "status": HTTP,
    "check": VALIDATION,
    "extract": EXTRACTION,
    "condition": CONDITION,
    "expression": TEST,
    "timeout": TIMEOUT,
}
_STATUS = re.compile(r"\b([1-5]\d\d)\b")
_WORD = re.compile(r"[A-Za-z_][\w.]*")
_SUBTYPES = {
    "dns": "WebException: NameResolutionFailure",
    "connect": "SocketException",
    "tls": "AuthenticationException",
    "closed": "IOException: connection closed",
    "protocol": "WebException: ServerProtocolViolation",
    "body": "WebException: body",
    "script": "Plug-in",
}


@dataclass(frozen=True, slots=True)
class Failures:
    """One line of the table of errors: how often, and the first text of the kind."""

    type: str
    subtype: str
    count: int
    message: str


def type_of(kind: str) -> str:
    """Return the type of a failure of ours; what Visual Studio's engine threw an exception for is an Exception."""
    return _BY_KIND.get(kind, EXCEPTION)


def subtype_of(kind: str, message: str) -> str:
    """Return the subtype: the status (`404 - NotFound`), the class of the rule, what was thrown."""
    what = type_of(kind)
    if what == HTTP:
        match = _STATUS.search(message)
        return f"{match[1]} - {_phrase(int(match[1]))}" if match else "HTTP"
    if what in (VALIDATION, EXTRACTION, CONDITION):
        match = _WORD.match(message.removeprefix(f"{what}: ").removeprefix(f"{what} "))
        return match[0] if match else what
    if what == EXCEPTION:
        return _SUBTYPES.get(kind, kind)
    return what


def _phrase(status: int) -> str:
    """Return the reason phrase as .NET names it: without blanks."""
    try:
        return HTTPStatus(status).phrase.title().replace(" ", "").replace("-", "").replace("'", "")
    except ValueError:
        return "Unknown"


def table(series: Iterable[Series]) -> tuple[Failures, ...]:
    """Return all failures by type and subtype, the most frequent first."""
    counts: dict[tuple[str, str], list[int]] = {}
    texts: dict[tuple[str, str], str] = {}
    for one in series:
        for (kind, message), count in one.errors.items():
            key = (type_of(kind), subtype_of(kind, message))
            counts.setdefault(key, []).append(count)
            texts.setdefault(key, message)
    lines = [Failures(*key, sum(each), texts[key]) for key, each in counts.items()]
    return tuple(sorted(lines, key=lambda line: (-line.count, line.type, line.subtype)))


def by_type(errors: Mapping[tuple[str, str], int]) -> dict[str, int]:
    """Return how many failures of each type there are."""
    counts: dict[str, int] = {}
    for (kind, _), count in errors.items():
        what = type_of(kind)
        counts[what] = counts.get(what, 0) + count
    return counts
