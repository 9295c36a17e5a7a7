"""Findings as the vendor's validation tree: keyed like the configuration, with the vendor's messages at its leaves."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from penstock.model import Finding

_LEAVES = re.compile(
    r"Required|Must be an integer|Cannot be less than [\d.]+|Cannot be more than [\d.]+|Must be a nonempty array"
    r"|Must be an array|Must be a string or a nonempty string array|Must be a string|Must be a valid UUID|invalid email"
    r"|Must be one of \[[^\]]*\]|No more than 100 possible values are allowed|Invalid URL"
    r"|Missing protocol or host name|Not a valid HTTP method|Not a valid HTTP response status option"
    r"|Invalid header name|This header may not be set manually|Invalid JS regular expression"
    r"|Invalid JSONPath expression|Must not be null|May not start with '.'|Unacceptable character: '.'"
    r"|Parameter name can't be empty"
)
_NAMED = {"parameters", "headers", "authenticationHeaders", "extract"}
"""Lists of objects whose keys are names: a wrong one is told as `name` or `value` of its place."""

_ABOUT_NAMES = {"invalid-name", "invalid-header", "reserved-header"}

_MISSES = re.compile(r"(\w+): Required")

_STEP = re.compile(r"\[(\d+)\]|([^.\[\]]+)")


def tree(findings: Iterable[Finding]) -> dict[str, Any]:
    """Return the tree of the findings that keep a test from running."""
    root: dict[str, Any] = {}
    for finding in findings:
        if finding.severity == "error":
            _add(root, _keys(finding), _leaf(finding.message))
    return root


def _missing(keys: list[str], message: str) -> list[str]:
    """Return the key that a message misses, below what misses it."""
    match = _MISSES.search(message)
    return [match[1]] if match and keys[-1:] != [match[1]] else []


def _leaf(message: str) -> str:
    """Return the vendor's own words, which the message holds where there are such; a client may look for them."""
    match = _LEAVES.search(message)
    return match[0] if match else message


def _keys(finding: Finding) -> list[str]:
    keys: list[str] = []
    path = finding.origin.path
    place = 0
    while match := _STEP.search(path, place):
        keys.append(match[1] or match[2])
        place = match.end()
        named = keys[-1].isdigit() and len(keys) > 1 and keys[-2] in _NAMED
        if named and place < len(path):
            rest = path[place + 1 :]  # a name, which may hold anything
            if finding.code in _ABOUT_NAMES:
                keys.append("name")
            elif keys[-2] == "extract" and "." in rest:
                keys.extend(rest.split(".")[1:])
            else:
                keys.append("value")
            break
    return keys + _missing(keys, finding.message)


def _add(root: dict[str, Any], keys: list[str], leaf: str) -> None:
    node = root
    for key in keys[:-1]:
        below = node.setdefault(key, {})
        if not isinstance(below, dict):
            return  # what contains it is wrong as a whole
        node = below
    node.setdefault(keys[-1] if keys else "requests", leaf)
