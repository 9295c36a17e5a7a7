"""The words of a script, read from the first to the last."""

from __future__ import annotations

from penstock.program.values.jmeter.scripting import methods
from penstock.program.values.jmeter.scripting.members import Node
from penstock.program.values.jmeter.scripting.tokens import Flavour, Token, Unsupported
from penstock.program.values.jmeter.shared import Shared

_SAME = {"eq": "==", "ne": "!=", "lt": "<", "gt": ">", "le": "<=", "ge": ">=", "and": "&&", "or": "||"}
_SAME |= {"div": "/", "mod": "%", "not": "!"}


class Words:
    """Where one script is read; `reads` are the built-in variables that it needs."""

    def __init__(self, words: list[Token], flavour: Flavour, shared: Shared) -> None:
        self._words = words
        self._adds_numbers = flavour == "jexl2"
        self._flavour: Flavour = "jexl" if flavour == "jexl2" else flavour
        self._at = 0
        self._statics = methods.statics(shared)
        self._own: set[str] = set()
        self.reads: set[str] = set()

    def _is_over(self) -> bool:
        return self._word.kind == "end"

    @property
    def _word(self) -> Token:
        return self._words[self._at]

    def _ahead(self, count: int) -> Token:
        return self._words[min(self._at + count, len(self._words) - 1)]

    def _operator(self) -> str:
        word = self._word
        if word.kind == "word":
            return _SAME.get(word.text, word.text) if self._flavour == "jexl" or word.text == "in" else ""
        return word.text if word.kind == "sign" else ""

    def _takes_operator(self, sign: str) -> bool:
        if self._operator() != sign:
            return False
        self._at += 1
        return True

    def _takes(self, sign: str) -> bool:
        if self._word.kind != "sign" or self._word.text != sign:
            return False
        self._at += 1
        return True

    def _expect(self, sign: str) -> None:
        if not self._takes(sign):
            raise self._unsupported(f"{sign!r} is missing")

    def _take_word(self) -> str:
        if self._word.kind != "word":
            raise self._unsupported(f"a name is missing where {self._word.text!r} stands")
        self._at += 1
        return self._words[self._at - 1].text

    def _unsupported(self, what: str) -> Unsupported:
        return Unsupported(f"line {self._word.line}: {what}")

    def _expression(self) -> Node:
        raise NotImplementedError
