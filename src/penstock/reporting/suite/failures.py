"""Failures in the words that Loadmill reports them in."""

from __future__ import annotations

import re
from http import HTTPStatus

from penstock.model import Request, Step
from penstock.reporting.suite.rows import Row
from penstock.runs.recording import Failure


def histogram(row: Row) -> dict[str, int]:
    """Return what failed in a step: the numbers of the checks that did not hold (from 0), or one text."""
    texts = [failure for failure in row.failures if failure.kind != "check" or not _is_label(failure, row)]
    if texts:
        return {said(texts[0], row.step): 1}
    last = row.last
    if last is None:
        return {}
    return {str(index): 1 for index, check in enumerate(last.checks) if check.held is False and check.enforced}


_NO_SUCH_NAME = "(?:name or service not known|no address associated with hostname|the name has no address)"
_IN_NODES_WORDS = (
    (re.compile(r"connection refused \((.+)\)"), r"connect ECONNREFUSED \1"),
    (re.compile(r"no answer to connecting \((.+)\)"), r"connect ETIMEDOUT \1"),
    (re.compile(r"no route to the host \((.+)\)"), r"connect EHOSTUNREACH \1"),
    (re.compile(r"network unreachable \((.+)\)"), r"connect ENETUNREACH \1"),
    (re.compile(rf"{_NO_SUCH_NAME} \((.+)\)"), r"getaddrinfo ENOTFOUND \1"),
    (re.compile(r"temporary failure in name resolution \((.+)\)"), r"getaddrinfo EAI_AGAIN \1"),
    (re.compile(r"connection reset .*"), "read ECONNRESET"),
    (re.compile(r"connection closed before the response"), "socket hang up"),
    (re.compile(r"connection closed in mid-response"), "aborted"),
    (re.compile(r"response body longer than .*"), "Response size is too large"),
)
"""What the vendor's agents, which run on Node.js, say of an exchange that brought no response; scripts look for it."""


def said(failure: Failure, step: Step, default_timeout_s: float = 60.0) -> str:
    """Return the vendor's text for a failure; timeouts and statuses are told in words of its own."""
    if failure.kind == "timeout" and isinstance(step, Request):
        timeout_s = default_timeout_s if step.timeout_s is None else step.timeout_s
        return f"Timeout of {round(timeout_s * 1000)}ms exceeded"
    if failure.kind == "status":
        return _status(failure.message)
    for ours, theirs in _IN_NODES_WORDS:
        if match := ours.fullmatch(failure.message):
            return match.expand(theirs)
    return failure.message


def told(failure: Failure, step: Step | None = None) -> str:
    """Return the text for people: with the place in the test, where that is known."""
    text = failure.message if step is None else said(failure, step)
    return f"{text}  ({failure.place})" if failure.place else text


def _status(message: str) -> str:
    """Return the text with the standard phrase of the status, whatever the server sent."""
    words = message.split()
    number = next((word for word in words if word.isdigit() and len(word) == 3), None)
    if number is None:
        return message
    try:
        phrase = HTTPStatus(int(number)).phrase
    except ValueError:
        phrase = "Unsuccessful HTTP response"
    return f"HTTP status {number} - {phrase}"


def _is_label(failure: Failure, row: Row) -> bool:
    last = row.last
    return last is not None and any(check.label == failure.message for check in last.checks)
