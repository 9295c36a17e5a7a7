"""A script compiled once and run for each user."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from random import Random

from penstock.program.values.dialect import EvaluationFailed, Variables
from penstock.program.values.jmeter.scripting.members import Node, Run
from penstock.program.values.jmeter.scripting.nodes import HoleIsCode
from penstock.program.values.jmeter.scripting.parser import Parser, returned
from penstock.program.values.jmeter.scripting.semantics import ScriptFailed, result
from penstock.program.values.jmeter.scripting.tokens import Fill, Flavour, Unsupported, tokens
from penstock.program.values.jmeter.shared import Shared


class Program:
    """A compiled script; `reads` are the built-in variables that it asks for."""

    __slots__ = ("_flavour", "_node", "_parts", "_shared", "reads")

    def __init__(self, parts: Sequence[str | Fill], flavour: Flavour, shared: Shared) -> None:
        parser = Parser(tokens(parts, flavour), flavour, shared)
        self._parts = tuple(parts)
        self._flavour = flavour
        self._shared = shared
        self._node = returned(parser.script())
        self.reads = frozenset(parser.reads)

    def run(self, variables: Variables) -> str | None:
        """Return the value as text; None when the script fails, as JMeter logs it and goes on.

        Raises `EvaluationFailed` when a hole holds code that is outside of what is understood.
        """
        try:
            return result(self._node(Run(variables, self._shared)), self._flavour)
        except ScriptFailed:
            return None
        except HoleIsCode:
            return self._run_filled(variables)

    def _run_filled(self, variables: Variables) -> str | None:
        source = "".join(part if isinstance(part, str) else part(variables) for part in self._parts)
        try:
            node = _compiled(source, self._flavour, self._shared)
            return result(node(Run(variables, self._shared)), self._flavour)
        except ScriptFailed:
            return None
        except Unsupported as error:
            raise EvaluationFailed(f"the expression {source!r} cannot be computed: {error}") from None


class _Key:
    """Names a `Shared` by its identity, so that programs that are kept do not compare what it holds."""

    __slots__ = ("shared",)

    def __init__(self, shared: Shared) -> None:
        self.shared = shared

    def __hash__(self) -> int:
        return id(self.shared)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Key) and other.shared is self.shared


@lru_cache(maxsize=500)
def _kept(source: str, flavour: Flavour, key: _Key) -> Node:
    return returned(Parser(tokens([source], flavour), flavour, key.shared).script())


def _compiled(source: str, flavour: Flavour, shared: Shared) -> Node:
    return _kept(source, flavour, _Key(shared))


def compile_script(parts: Sequence[str | Fill], flavour: Flavour, shared: Shared) -> Program:
    """Return the program of a script whose holes are filled each time; raises `Unsupported`."""
    try:
        return Program(parts, flavour, shared)
    except RecursionError:
        raise Unsupported("it is nested too deeply") from None


def examine(parts: Sequence[str | None], flavour: Flavour) -> frozenset[str] | str:
    """Return the built-in variables that a script reads, or why it is not understood; None stands for a hole."""
    known = [_nothing if part is None else part for part in parts]
    try:
        return compile_script(known, flavour, Shared(Random())).reads  # noqa: S311 — nothing is drawn
    except Unsupported as error:
        return str(error)


def _nothing(_variables: Variables) -> str:
    return ""
