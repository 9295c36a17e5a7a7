"""Values of scripts: constants, names, calls, and what hangs on them by dots and brackets."""

from __future__ import annotations

from typing import Any

from penstock.program.values.jmeter.scripting import objects
from penstock.program.values.jmeter.scripting.members import ROOTS, Node, Run, member
from penstock.program.values.jmeter.scripting.nodes import (
    CASTS,
    CONSTANTS,
    called,
    cast,
    guarded,
    hole,
    is_empty,
    is_method,
    item,
    number,
    size_of,
)
from penstock.program.values.jmeter.scripting.semantics import UNDEFINED, ScriptFailed
from penstock.program.values.jmeter.scripting.tokens import Token, Unsupported
from penstock.program.values.jmeter.scripting.words import Words


class Values(Words):
    """Reads a value."""

    def _postfix(self, value: Node) -> Node:
        while True:
            if self._word.text in (".", "?.") and self._word.kind == "sign":
                is_safe = self._word.text == "?."
                self._at += 1
                name = self._take_word()
                arguments = self._arguments() if self._word.text == "(" else None
                value = self._member(value, name, arguments, is_safe)
            elif self._word.text == "[" and self._word.kind == "sign":
                self._at += 1
                index = self._expression()
                self._expect("]")
                value = item(value, index)
            elif self._word.text == "as" and self._flavour == "groovy" and self._word.kind == "word":
                self._at += 1
                kind = self._take_word()
                if kind not in CASTS:
                    raise self._unsupported(f"'as {kind}' is not known")
                value = cast(kind, value)
            else:
                return value

    def _member(self, value: Node, name: str, arguments: list[Node] | None, is_safe: bool) -> Node:
        if arguments is None:
            if name not in ("length", "size") and self._flavour != "groovy":
                raise self._unsupported(f"the property {name!r} is not known")
        elif not is_method(name):
            raise self._unsupported(f"the method {name!r} is not known")
        given = arguments

        def call(run: Run) -> Any:
            target = value(run)
            if target is None or target is UNDEFINED:
                if is_safe:
                    return None
                raise ScriptFailed(f"{name} is asked of null")
            if given is None:
                return objects.property_of(target, name)
            return called(target, name, [argument(run) for argument in given])

        return call

    def _arguments(self) -> list[Node]:
        self._expect("(")
        found: list[Node] = []
        while not self._takes(")"):
            found.append(self._expression())
            if not self._takes(",") and self._word.text != ")":
                raise self._unsupported("')' is missing")
        return found

    def _primary(self) -> Node:
        word = self._word
        self._at += 1
        match word.kind:
            case "number":
                found = number(word.text, self._flavour)
                return lambda _run: found
            case "text":
                return self._text(word)
            case "hole":
                return hole(word.parts[0], self._flavour)
            case "word":
                return self._named(word)
        if word.text == "(":
            inner = self._expression()
            self._expect(")")
            return inner
        if word.text == "[" and self._flavour != "javascript":
            items: list[Node] = []
            while not self._takes("]"):
                items.append(self._expression())
                if not self._takes(",") and self._word.text != "]":
                    raise self._unsupported("']' is missing")
            return lambda run: [item(run) for item in items]
        self._at -= 1
        raise self._unsupported(f"{word.text!r} is not expected here" if word.text else "the end is not expected here")

    def _text(self, word: Token) -> Node:
        parts = word.parts
        if len(parts) == 1 and isinstance(parts[0], str):
            constant = parts[0]
            return lambda _run: constant
        return lambda run: "".join([part if isinstance(part, str) else part(run.variables) for part in parts])

    def _named(self, word: Token) -> Node:
        name = word.text
        if name in CONSTANTS:
            constant = CONSTANTS[name]
            return lambda _run: constant
        if name == "undefined" and self._flavour == "javascript":
            return lambda _run: UNDEFINED
        if name in self._own:
            return self._name(name)
        if name in ROOTS:
            return self._of_root(name)
        if name == "new":
            return self._new()
        if self._flavour == "jexl" and name in ("empty", "size"):
            (what,) = self._arguments()
            return is_empty(what) if name == "empty" else size_of(what)
        while self._word.text == "." and self._ahead(1).kind == "word" and name not in self._statics:
            name = f"{name}.{self._ahead(1).text}"
            self._at += 2
        function = self._statics.get(name)
        if function is None or self._word.text != "(":
            raise Unsupported(f"line {word.line}: the name {name!r} is not known")
        arguments = self._arguments()
        return lambda run: guarded(function, [argument(run) for argument in arguments], name)

    def _name(self, name: str) -> Node:
        if name not in self._own:
            raise self._unsupported(f"the name {name!r} is not known")
        return lambda run: run.own.get(name)

    def _of_root(self, root: str) -> Node:
        if self._takes("["):
            key = self._expression()
            self._expect("]")
            if root not in ("vars", "props"):
                raise self._unsupported(f"{root}[…] is not known")
            return member(root, "get", [key], self.reads)
        if not (self._takes(".") or self._takes("?.")):
            raise self._unsupported(f"{root!r} alone is no value")
        name = self._take_word()
        arguments = self._arguments() if self._word.text == "(" else None
        return member(root, name, arguments, self.reads)

    def _new(self) -> Node:
        name = self._take_word()
        while self._takes("."):
            name = self._take_word()
        arguments = self._arguments()
        if name in ("Integer", "Long", "Double", "String", "BigDecimal") and len(arguments) == 1:
            return cast(name, arguments[0])
        if name == "Random" and not arguments and self._takes(".") and self._take_word() == "nextInt":
            bounds = self._arguments()
            if len(bounds) == 1:
                return lambda run: run.shared.random.randrange(bounds[0](run))
        make = objects.MAKERS.get(name)
        if make is not None and not arguments:
            return lambda _run: make()
        raise self._unsupported(f"new {name}(…) is not among what can be carried over")
