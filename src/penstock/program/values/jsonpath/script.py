"""The expressions inside filters and computed keys: a small part of JavaScript, without side effects.

Known are `@` and `$` with members, the operators of logic, comparison and arithmetic, literals, `length`, regular
expressions with `test` and `match`, and the usual questions to texts and arrays (`includes`, `startsWith`, …).
Where JavaScript would stop with an error (a member of nothing), there is no value here.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from penstock.program.values.javascript.regexp import InvalidPattern, compile_pattern
from penstock.program.values.jsonpath import semantics as js

Script = Callable[[Any, Any], Any]
"""A compiled expression: (current value `@`, root `$`) → value."""


class InvalidScript(ValueError):
    """The text is no expression of the known part."""


_TOKEN = re.compile(
    r"""\s*(?:
      (?P<number>0[xX][0-9a-fA-F]+|\d+\.?\d*(?:[eE][+-]?\d+)?|\.\d+)
    | (?P<text>'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")
    | (?P<name>[@$]|[A-Za-z_]\w*)
    | (?P<sign>===|!==|==|!=|<=|>=|&&|\|\||[-+*/%!<>()\[\].,])
    )""",
    re.VERBOSE | re.DOTALL | re.ASCII,
)
_REGEXP = re.compile(r"\s*/((?:[^/\\\[]|\\.|\[(?:[^\]\\]|\\.)*\])+)/([a-z]*)")
_LEVELS: tuple[tuple[str, ...], ...] = (
    ("||",),
    ("&&",),
    ("==", "!=", "===", "!=="),
    ("<", "<=", ">", ">="),
    ("+", "-"),
    ("*", "/", "%"),
)
_CONSTANTS = {"true": True, "false": False, "null": None, "undefined": js.UNDEFINED}
_DEEPEST = 50


def parse_script(source: str) -> Script:
    """Return the compiled expression. Raises `InvalidScript`."""
    reader = _Reader(source)
    script = reader.binary(0, 0)
    if reader.kind:
        raise InvalidScript(f"unexpected {reader.text!r} in {source!r}")
    return script


class _Reader:
    def __init__(self, source: str) -> None:
        self.source = source
        self.at = 0
        self.kind: str | None = None
        self.text = ""
        self.next()

    def next(self) -> None:
        match = _TOKEN.match(self.source, self.at)
        if match is None:
            if self.source[self.at :].strip():
                raise InvalidScript(f"{self.source[self.at :].strip()!r} is not understood")
            self.kind, self.text = None, ""
            return
        self.kind = match.lastgroup
        self.text = match[match.lastgroup or 0]
        self.at = match.end()

    def take(self, sign: str) -> bool:
        if self.kind == "sign" and self.text == sign:
            self.next()
            return True
        return False

    def expect(self, sign: str) -> None:
        if not self.take(sign):
            raise InvalidScript(f"{sign} expected in {self.source!r}")

    def binary(self, level: int, depth: int) -> Script:
        if depth > _DEEPEST:
            raise InvalidScript("nested too deeply")
        if level == len(_LEVELS):
            return self.unary(depth)
        left = self.binary(level + 1, depth)
        while self.kind == "sign" and self.text in _LEVELS[level]:
            operator = self.text
            self.next()
            left = _combine(operator, left, self.binary(level + 1, depth))
        return left

    def unary(self, depth: int) -> Script:
        if self.take("!"):
            inner = self.unary(depth + 1)
            return lambda value, root: not js.truth(inner(value, root))
        if self.take("-"):
            inner = self.unary(depth + 1)
            return lambda value, root: -js.number(inner(value, root))
        if self.take("+"):
            inner = self.unary(depth + 1)
            return lambda value, root: js.number(inner(value, root))
        return self.members(self.primary(depth), depth)

    def primary(self, depth: int) -> Script:
        kind, text = self.kind, self.text
        if kind == "sign" and text == "/":
            return self.regexp()
        self.next()
        if kind == "number":
            number: float = int(text, 16) if text[:2] in ("0x", "0X") else float(text)
            return _constant(number)
        if kind == "text":
            return _constant(re.sub(r"\\(.)", r"\1", text[1:-1], flags=re.DOTALL))
        if kind == "name" and text == "@":
            return lambda value, _root: value
        if kind == "name" and text == "$":
            return lambda _value, root: root
        if kind == "name" and text in _CONSTANTS:
            return _constant(_CONSTANTS[text])
        if kind == "sign" and text == "(":
            inner = self.binary(0, depth + 1)
            self.expect(")")
            return inner
        raise InvalidScript(f"{text or 'the end'!r} is not expected in {self.source!r}")

    def regexp(self) -> Script:
        match = _REGEXP.match(self.source, self.at - 1)
        if match is None:
            raise InvalidScript(f"/ is not expected in {self.source!r}")
        try:
            pattern = compile_pattern(match[1], match[2])
        except InvalidPattern as error:
            raise InvalidScript(f"/{match[1]}/: {error}") from None
        self.at = match.end()
        self.next()
        return _constant(pattern)

    def members(self, owner: Script, depth: int) -> Script:
        while True:
            if self.take("."):
                name = self.text
                if self.kind != "name":
                    raise InvalidScript(f"a name is missing after . in {self.source!r}")
                self.next()
                is_call = self.take("(")
                owner = _call(owner, name, self.arguments(depth)) if is_call else _member(owner, _constant(name))
            elif self.take("["):
                key = self.binary(0, depth + 1)
                self.expect("]")
                owner = _member(owner, key)
            else:
                return owner

    def arguments(self, depth: int) -> tuple[Script, ...]:
        arguments: list[Script] = []
        while not self.take(")"):
            if arguments:
                self.expect(",")
            arguments.append(self.binary(0, depth + 1))
        return tuple(arguments)


def _constant(constant: object) -> Script:
    return lambda _value, _root: constant


def _member(owner: Script, key: Script) -> Script:
    return lambda value, root: js.member(owner(value, root), key(value, root))


def _call(owner: Script, name: str, arguments: tuple[Script, ...]) -> Script:
    method = js.METHODS.get(name)
    if method is None:
        raise InvalidScript(f"{name}() is not known; known are {', '.join(sorted(js.METHODS))}")
    return lambda value, root: method(owner(value, root), *(argument(value, root) for argument in arguments[:1]))


def _combine(operator: str, left: Script, right: Script) -> Script:
    if operator == "||":
        return lambda value, root: first if js.truth(first := left(value, root)) else right(value, root)
    if operator == "&&":
        return lambda value, root: right(value, root) if js.truth(first := left(value, root)) else first
    compute = js.OPERATORS[operator]
    return lambda value, root: compute(left(value, root), right(value, root))
