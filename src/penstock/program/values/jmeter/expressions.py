"""Expressions and texts as closures."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import assert_never

from penstock.errors import NotRunnable
from penstock.model import Call, Expr, Literal, Operation, RuleValue, Text, Variable
from penstock.program.values.dialect import EvaluationFailed, Variables
from penstock.program.values.jmeter.functions import FUNCTIONS, NAMES, OF_THE_PLAN, SCRIPTS, Asked, Function, keep
from penstock.program.values.jmeter.javascript import JavaScript
from penstock.program.values.jmeter.parsing import Malformed, Reference, parse
from penstock.program.values.jmeter.reading import JOINED, call_of, counts, to_expr
from penstock.program.values.jmeter.scripting import Unsupported, compile_script
from penstock.program.values.jmeter.shared import Shared

OF_THREAD = "#of_thread"
"""Of several texts the one of the user, whose number comes first."""

Value = Callable[[Variables], str]
Special = Callable[[Variables, list[str]], str]
"""A function that only importers write into expressions, by a name that begins with `#`."""


class Expressions:
    """Makes closures of expressions; `specials` are functions that only importers use."""

    def __init__(self, shared: Shared, specials: Mapping[str, Special]) -> None:
        self._shared = shared
        self._specials = specials
        self._javascript = JavaScript(shared)
        self._evaluated = lru_cache(maxsize=1000)(self._read)

    def text(self, text: Text) -> Value:
        """Return what fills the holes of a text; a variable without a value keeps its reference."""
        parts = text.parts
        if not text.holes:
            constant = text.source
            return lambda _variables: constant
        values = [_constant(part) if isinstance(part, str) else self.written(part.expr) for part in parts]
        if len(values) == 1:
            return values[0]
        if all(isinstance(part, str) or isinstance(part.expr, Variable) for part in parts):
            return _of_variables(tuple(part if isinstance(part, str) else part.expr for part in parts))
        return lambda variables: "".join([value(variables) for value in values])

    def value(self, expr: Expr) -> Callable[[Variables], str | None]:
        """Return what computes an expression; None: the variable has no value."""
        if isinstance(expr, Variable):
            name = expr.name
            return lambda variables: variables.get(name)
        return self.written(expr)

    def written(self, expr: Expr) -> Value:
        """Return what computes an expression as it stands in a text."""
        match expr:
            case Literal(value):
                return _constant(value)
            case Variable(name):
                source = f"${{{name}}}"
                return lambda variables: variables.get(name, source)
            case Call(name, arguments):
                return self._call(name, arguments)
            case Operation(operator, _, _):
                raise NotRunnable(f"the operator {operator!r} is none of JMeter's")
            case RuleValue(rule):
                raise NotRunnable(f"{rule.origin}: the rule {rule.name!r} gives no text")
            case _:
                assert_never(expr)

    def _call(self, name: str, arguments: tuple[Expr, ...]) -> Value:
        if name in SCRIPTS:
            return self._script(name, arguments)
        values = [self.written(argument) for argument in arguments]
        if name == JOINED:
            return lambda variables: "".join([value(variables) for value in values])
        if name == OF_THREAD:
            return _of_thread(values)
        if name in self._specials:
            special = self._specials[name]
            return lambda variables: special(variables, [value(variables) for value in values])
        if name in ("__eval", "__evalVar"):
            return self._evaluation(values[0], is_variable=name == "__evalVar")
        if name == "__V":
            return _named(values)
        function = FUNCTIONS.get(name)
        if function is None:
            raise NotRunnable(f"the function {name!r} is none of JMeter's")
        return self._function(name, function, arguments, values)

    def _function(self, name: str, function: Function, arguments: tuple[Expr, ...], values: list[Value]) -> Value:
        compute, stores, shared = function.compute, function.stores, self._shared
        constant = [argument.value for argument in arguments if isinstance(argument, Literal)]
        fixed = constant if len(constant) == len(arguments) else None

        def call(variables: Variables) -> str:
            given = [value(variables) for value in values] if fixed is None else fixed
            asked = Asked(shared, variables, given)
            try:
                result = compute(asked)
            except EvaluationFailed as error:
                raise EvaluationFailed(f"{name}: {error}") from None
            return result if stores is None else keep(asked, stores, result)

        return call

    def _script(self, name: str, arguments: tuple[Expr, ...]) -> Value:
        code = arguments[0]
        pieces = code.arguments if isinstance(code, Call) and code.function == JOINED else (code,)
        parts = [piece.value if isinstance(piece, Literal) else self.written(piece) for piece in pieces]
        compute = self._computed(name, parts, str(arguments[-1].value) if isinstance(arguments[-1], Literal) else "")
        if len(arguments) > 2 and isinstance(given := arguments[-2], Literal) and given.value:
            self._shared.given.update(json.loads(given.value))
        target = self.written(arguments[1]) if len(arguments) > 1 else _constant("")

        def run(variables: Variables) -> str:
            result = compute(variables)
            if kept := target(variables).strip():
                variables[kept] = result
            return result

        return run

    def _computed(self, name: str, parts: list[str | Value], place: str) -> Value:
        """Return what computes a script: in the words that all its languages share, else as JavaScript."""
        flavour = SCRIPTS[name][0]
        try:
            program = compile_script(parts, flavour, self._shared)
        except Unsupported as error:
            if flavour != "javascript":
                raise NotRunnable(f"{place}: {name}: {error}") from None
        else:
            return lambda variables: program.run(variables) or ""
        try:
            return self._javascript.compile(parts)
        except Unsupported as error:
            raise NotRunnable(f"{place}: {name}: {error}") from None

    def _evaluation(self, text: Value, *, is_variable: bool) -> Value:
        def evaluate(variables: Variables) -> str:
            source = text(variables)
            if is_variable:
                source = variables.get(source, source)
            return self._evaluated(source)(variables) if "${" in source else source

        return evaluate

    def _read(self, source: str) -> Value:
        """Compile a text that is only known under load; the last ones are kept."""
        try:
            return self.written(to_expr(parse(source, NAMES), self._resolve))
        except (Malformed, NotRunnable) as error:
            raise EvaluationFailed(f"{source!r} cannot be evaluated: {error}") from None

    def _resolve(self, reference: Reference) -> Expr:
        name, arguments = reference.name, reference.arguments
        if arguments is None:
            return Variable(name)
        if name in OF_THE_PLAN:
            raise NotRunnable(f"{name} is only known where it stands in the plan")
        least, most = counts(name)
        if not least <= len(arguments) <= most:
            raise NotRunnable(f"{name} takes {least} to {most} arguments, not {len(arguments)}")
        return call_of(name, tuple(to_expr(argument, self._resolve) for argument in arguments))


def _constant(value: str) -> Value:
    return lambda _variables: value


def _of_variables(parts: tuple[str | Expr, ...]) -> Value:
    """Return what fills a text of nothing but variables, as most are: one `%` and a lookup each."""
    form = "".join(part.replace("%", "%%") if isinstance(part, str) else "%s" for part in parts)
    names = [(part.name, f"${{{part.name}}}") for part in parts if isinstance(part, Variable)]

    def fill(variables: Variables) -> str:
        get = variables.get
        return form % tuple([get(name, source) for name, source in names])

    return fill


def _named(values: list[Value]) -> Value:
    name, default = values[0], values[-1]

    def read(variables: Variables) -> str:
        called = name(variables)
        value = variables.get(called)
        return value if value is not None else (default(variables) if len(values) > 1 else called)

    return read


def _of_thread(values: list[Value]) -> Value:
    number, *texts = values
    return lambda variables: texts[(int(number(variables)) - 1) % len(texts)](variables)
