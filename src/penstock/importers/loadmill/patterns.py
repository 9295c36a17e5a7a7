"""Whether constant regular expressions and JSONPaths can be right at all."""

from __future__ import annotations

import re
from functools import lru_cache

import quickjs

_QUOTED = r"""'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*\""""
_STEP = re.compile(
    rf"""
      \.{{0,2}}[^.\[\]\s][^.\[\]]*                                     # a name
    | \.{{0,2}}\[\s*(?:(?:{_QUOTED}|[^\[\]'"?(\s][^\[\]'"]*)\s*,?\s*)+\]  # names, indexes, slices
    | \.{{0,2}}\[\s*\??\((?P<script>(?:{_QUOTED}|\[[^\]]*\]|[^\[\]'"])+)\)\s*\]
    """,
    re.VERBOSE | re.DOTALL,
)
_METHOD = re.compile(r"\.(\w+)\s*\(")
_METHODS = frozenset(
    ("test", "match", "includes", "indexOf", "startsWith", "endsWith", "toLowerCase", "toUpperCase", "toString", "trim")
)


@lru_cache(maxsize=1024)
def is_regexp(source: str) -> bool:
    """Whether JavaScript takes the text as a regular expression."""
    context = quickjs.Context()
    context.set_memory_limit(16 * 1024 * 1024)
    context.set("source", source)
    try:
        context.eval("new RegExp(source); true")
    except quickjs.JSException:
        return False
    return True


@lru_cache(maxsize=1024)
def path_fault(source: str) -> str:
    """Return what is wrong with a JSONPath; empty: nothing that is seen from outside."""
    rest = source.strip()
    if rest == "$":
        return ""
    if rest.startswith(("$.", "$[")):
        rest = rest[1:]
    if not rest:
        return "Invalid JSONPath expression"
    first = rest == source.strip()  # only without the $ a path may begin with a bare name
    while rest:
        match = _STEP.match(rest)
        if match is None or not (first or rest[0] in ".["):
            return "Invalid JSONPath expression"
        first = False
        unknown = sorted(set(_METHOD.findall(match["script"] or "")) - _METHODS)
        if unknown:
            return f"JSONPath: {unknown[0]}() is not available in filters yet"
        rest = rest[match.end() :]
    return ""
