"""From words to closures: the few statements that scripts of test plans are made of."""

from __future__ import annotations

from typing import Any

from penstock.program.values.jmeter.scripting import semantics
from penstock.program.values.jmeter.scripting.members import ROOTS, Node, Run, member
from penstock.program.values.jmeter.scripting.operators import Operators
from penstock.program.values.jmeter.scripting.tokens import Unsupported

_DECLARING = frozenset({"def", "var", "let", "const", "final", "String", "int", "Integer", "long", "Long", "double"})
_DECLARING |= {"Double", "float", "boolean", "Boolean", "Object", "BigDecimal"}
_REFUSED = frozenset({"for", "while", "do", "switch", "try", "class", "function", "throw", "instanceof", "foreach"})


class Parser(Operators):
    """Reads a whole script."""

    def script(self) -> Node:
        """Return what runs the script and gives the value of its last expression, or of `return`."""
        statements = []
        while not self._is_over():
            if not self._takes(";"):
                statements.append(self._statement())
                if not self._is_over() and not self._takes(";") and not self._is_behind_block():
                    raise self._unsupported(f"{self._word.text!r} is not expected here")
        if not statements:
            raise Unsupported("there is no expression")
        return _block(statements)

    def _is_behind_block(self) -> bool:
        return self._words[self._at - 1].text in ("}", ";")

    def _statement(self) -> Node:
        word = self._word
        if word.kind == "word":
            if word.text in _REFUSED:
                raise self._unsupported(f"{word.text!r} is not among what can be carried over")
            if word.text == "import":
                while self._word.kind != "end" and not self._takes(";"):
                    self._at += 1
                return lambda _run: None
            if word.text == "if":
                return self._if()
            if word.text == "return":
                self._at += 1
                value = (lambda _run: None) if self._word.text in (";", "}", "") else self._expression()
                return _returning(value)
            following = self._ahead(1)
            if word.text in _DECLARING and following.kind == "word":
                self._at += 1
                return self._declaration()
            if following.text in ("=", "+=", "-=", "++", "--") and following.kind == "sign":
                return self._assignment()
        target = self._at
        value = self._expression()
        if self._word.text == "=" and self._word.kind == "sign":
            return self._put(target)
        return value

    def _declaration(self) -> Node:
        while self._word.text in _DECLARING and self._ahead(1).kind == "word":
            self._at += 1
        name = self._take_word()
        self._own.add(name)
        value: Node = self._expression() if self._takes("=") else (lambda _run: None)
        return lambda run: run.own.__setitem__(name, value(run))

    def _assignment(self) -> Node:
        name = self._take_word()
        if name in ROOTS:
            raise self._unsupported(f"{name!r} cannot be set")
        sign = self._word.text
        self._at += 1
        before = self._name(name)
        self._own.add(name)
        one: Node = lambda _run: 1  # noqa: E731 — as all nodes are
        amount = one if sign in ("++", "--") else self._expression()
        if sign == "=":
            return lambda run: run.own.__setitem__(name, amount(run))
        combine = self._binary("+" if sign[0] == "+" else "-", before, amount)
        return lambda run: run.own.__setitem__(name, combine(run))

    def _put(self, target: int) -> Node:
        """Read `vars.name = value` or `vars["name"] = value`; the target was read as a value."""
        words = self._words[target : self._at]
        self._at += 1
        value = self._expression()
        match [word.text for word in words]:
            case [("vars" | "props") as root, ".", name]:
                key: Node = lambda _run: name  # noqa: E731 — as all nodes are
            case [("vars" | "props") as root, "[", _, "]"] if words[2].kind == "text":
                key = self._text(words[2])
            case _:
                raise self._unsupported("only variables can be set")
        return member(root, "put", [key, value], self.reads)

    def _if(self) -> Node:
        self._at += 1
        self._expect("(")
        condition = self._expression()
        self._expect(")")
        then = self._branch()
        otherwise = None
        mark = self._at
        while self._takes(";"):
            pass
        if self._word.text == "else" and self._word.kind == "word":
            self._at += 1
            otherwise = self._branch()
        else:
            self._at = mark
        flavour = self._flavour

        def run_if(run: Run) -> Any:
            if semantics.truth(condition(run), flavour):
                return then(run)
            return None if otherwise is None else otherwise(run)

        return run_if

    def _branch(self) -> Node:
        while self._takes(";"):
            pass
        if not self._takes("{"):
            return _block([self._statement()])
        statements: list[Node] = []
        while not self._takes("}"):
            if self._word.kind == "end":
                raise self._unsupported("'}' is missing")
            if not self._takes(";"):
                statements.append(self._statement())
        return _block(statements)


class _Returned(Exception):
    """Carries the value of `return` out of the blocks around it."""

    def __init__(self, value: Any) -> None:
        self.value = value


def _returning(value: Node) -> Node:
    def leave(run: Run) -> Any:
        raise _Returned(value(run))

    return leave


def returned(script: Node) -> Node:
    """Return what gives the value of a whole script, also where it says `return`."""

    def run_script(run: Run) -> Any:
        try:
            return script(run)
        except _Returned as leaving:
            return leaving.value

    return run_script


def _block(statements: list[Node]) -> Node:
    if len(statements) == 1:
        return statements[0]

    def run_all(run: Run) -> Any:
        value = None
        for statement in statements:
            value = statement(run)
        return value

    return run_all
