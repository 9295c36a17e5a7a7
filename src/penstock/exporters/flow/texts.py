"""Texts with holes as Python expressions over `v`, the values of the user."""

from __future__ import annotations

import re

from penstock.exporters.flow.jmeter import FACTS, value_of
from penstock.exporters.flow.lines import Lines
from penstock.model import Call, Expr, Literal, Origin, Text, Variable

_FUNCTIONS = {
    "__random_uuid": ("str(uuid.uuid4())", "uuid"),
    "__now_ms": ("str(time.time_ns() // 1_000_000)", "time"),
    "__random_boolean": ('random.choice(("true", "false"))', "random"),
    "__random_hex": ('f"{random.getrandbits(64):016x}"', "random"),
    "__true": ('"true"', ""),
    "__false": ('""', ""),
}
"""Functions without arguments that Python has too."""

_OF_ONE = {
    "__encode_url": ('urllib.parse.quote({}, safe="")', "urllib.parse"),
    "__decode_url": ("urllib.parse.unquote({})", "urllib.parse"),
    "__upper": ("{}.upper()", ""),
    "__lower": ("{}.lower()", ""),
    "__trim": ("{}.strip()", ""),
}
"""Functions of one argument that Python has too."""

_HEX = re.compile(r"__random_hex_(\d+)")
_LONGEST_HEX = 1000

ANSWERS = {
    "__status": "str(response.status)",
    "__statusText": "response.reason",
    "__responseTime": "str(round(response.elapsed_s * 1000))",
    "__responseText": "response.text",
}
"""Built-in variables about the response; they are set after each request where the test reads them."""


def text(value: Text, lines: Lines, origin: Origin) -> str:
    """Return an expression for the text: a constant, one value, or an f-string."""
    if not value.holes:
        return literal(value.source)
    parts = [
        part if isinstance(part, str) else _Python(expression(part.expr, part.source, lines, origin))
        for part in value.parts
    ]
    if len(parts) == 1 and isinstance(parts[0], _Python):
        return str(parts[0])
    return _formatted(parts)


class _Python(str):
    """An expression, told from the text around it."""

    __slots__ = ()


def _formatted(parts: list[str]) -> str:
    """Return an f-string, or a sum where an expression cannot stand in one."""
    if any(isinstance(part, _Python) and ("\\" in part or ("'" in part and '"' in part)) for part in parts):
        return " + ".join(part if isinstance(part, _Python) else literal(part) for part in parts)
    inner = ""
    for part in parts:
        if isinstance(part, _Python):
            inner += "{" + part.replace('"', "'") + "}"
        else:
            inner += (
                repr(f'"{part}')[2:-1].replace("\\'", "'").replace('"', '\\"').replace("{", "{{").replace("}", "}}")
            )
    return f'f"{inner}"'


def literal(value: str) -> str:
    """Return a text as Python writes it, with double quotes where that needs no more escapes."""
    plain = repr(value)
    if plain.startswith("'") and '"' not in value and "\\'" not in plain:
        return f'"{plain[1:-1]}"'
    return plain


def expression(expr: Expr, source: str, lines: Lines, origin: Origin) -> str:
    """Return an expression for a value; one that Python has no word for stays as it was written."""
    match expr:
        case Literal(value):
            return literal(value)
        case Variable(name) | Call(name, ()) if name in _FUNCTIONS:
            return _imported(*_FUNCTIONS[name], lines)
        case Variable(name) if match := _HEX.fullmatch(name):
            size = min(int(match[1]), _LONGEST_HEX)
            return _imported(f'f"{{random.getrandbits({4 * size}):0{size}x}}"', "random", lines)
        case Variable(name) if fact := FACTS.get(name):
            return _imported(*fact, lines)
        case Variable(name) if name not in FACTS and (not name.startswith("__") or "__jm__" in name or name in ANSWERS):
            return f"v[{literal(name)}]"
        case Call(function, (argument,)) if function in _OF_ONE:
            form, module = _OF_ONE[function]
            return _imported(form.format(expression(argument, "", lines, origin)), module, lines)
        case Call(function, arguments) if function.startswith(("#", "__")):
            written = [expression(each, "", lines, origin) for each in arguments]
            known = value_of(function, written)
            if known is not None:
                return _imported(*known, lines)
    lines.cannot(f"the value of {source or shown(expr)}: it is sent as it is written", origin)
    return literal(source)


def shown(expr: Expr) -> str:
    """Return what messages call an expression whose text is not known."""
    match expr:
        case Literal(value):
            return literal(value)
        case Variable(name):
            return f"${{{name}}}"
        case Call(function, _) if function.startswith("#"):
            return "what the plan computes there"
        case Call(function, _):
            return f"the function {function}"
    return "an expression"


def can_write(expr: Expr, origin: Origin) -> bool:
    """Whether Python has words for all of an expression."""
    tried = Lines()
    expression(expr, "", tried, origin)
    return not tried.findings


def _imported(python: str, module: str, lines: Lines) -> str:
    if module:
        lines.modules.add(module)
    return python
