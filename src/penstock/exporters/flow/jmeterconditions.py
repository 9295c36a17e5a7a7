"""Conditions that compare: `${__jexl3("${a}" == "b" && ${n} < 3)}`, `${__groovy(vars.get("a") != "b")}`.

Comparisons of texts, or of numbers, joined by `&&` or by `||`; whatever says more is not written in Python.
"""

from __future__ import annotations

import re

from penstock.exporters.flow.lines import Lines
from penstock.exporters.flow.texts import literal
from penstock.model import Call, Expr, Literal, Variable

_LANGUAGES = ("__jexl2", "__jexl3", "__groovy", "__javaScript")
_COMPARISON = re.compile(r"\s*(.+?)\s*(==|!=|<=|>=|<|>|\beq\b|\bne\b)\s*(.+?)\s*")
_QUOTED = re.compile(r"""(["'])((?:(?!\1)[^\\])*)\1""")
_GOT = re.compile(r"""vars\.get\(\s*(["'])([\w.-]+)\1\s*\)""")
_PLACE = re.compile("\0(\\d+)\0")
_NUMBER = re.compile(r"-?\d+(?:\.\d+)?")
_WORDS = {"eq": "==", "ne": "!="}


def condition_of(call: Call, lines: Lines) -> str | None:
    """Return a comparison in Python; None for code that says anything else."""
    if call.function not in _LANGUAGES or not call.arguments:
        return None
    names: list[str] = []
    code = _code(call.arguments[0], names)
    if code is None or (any(mark in code for mark in ("(", ")")) and not _GOT.search(code)):
        return None
    joint = next((mark for mark in ("&&", "||") if mark in code), None)
    if joint is None:
        return _comparison(code, names, lines)
    if "&&" in code and "||" in code:
        return None
    parts = [_comparison(part, names, lines) for part in code.split(joint)]
    written = [part for part in parts if part is not None]
    return (" and " if joint == "&&" else " or ").join(written) if len(written) == len(parts) else None


def _code(expr: Expr, names: list[str]) -> str | None:
    """Return the code with a mark for each variable in it."""
    match expr:
        case Literal(value):
            return None if "\0" in value else value
        case Variable(name):
            names.append(name)
            return f"\0{len(names) - 1}\0"
        case Call("#text", parts):
            found = [_code(part, names) for part in parts]
            return None if None in found else "".join(each for each in found if each is not None)
    return None


def _comparison(code: str, names: list[str], lines: Lines) -> str | None:
    match = _COMPARISON.fullmatch(code)
    if match is None:
        return None
    left, right = (_operand(match[place], names) for place in (1, 3))
    operator = _WORDS.get(match[2], match[2])
    if left is None or right is None or left[0] != right[0]:
        return None
    if left[0] == "text":
        return f"{left[1]} {operator} {right[1]}" if operator in ("==", "!=") else None
    lines.helpers.add("number")
    return f"{left[1]} {operator} {right[1]}"


def _operand(written: str, names: list[str]) -> tuple[str, str] | None:
    """Return whether a side is a text or a number, and how Python writes it."""
    if got := _GOT.fullmatch(written):
        return "text", f"v[{literal(got[2])}]"
    if quoted := _QUOTED.fullmatch(written):
        if place := _PLACE.fullmatch(quoted[2]):
            return "text", f"v[{literal(names[int(place[1])])}]"
        return None if "\0" in quoted[2] else ("text", literal(quoted[2]))
    if place := _PLACE.fullmatch(written):
        return "number", f"number(v[{literal(names[int(place[1])])}])"
    return ("number", written) if _NUMBER.fullmatch(written) else None
