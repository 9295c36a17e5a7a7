"""Expressions and texts as closures."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from operator import itemgetter
from random import Random

from penstock.errors import NotRunnable
from penstock.model import Call, Expr, Hole, Literal, Operation, RuleValue, Text, Variable
from penstock.program.values.dialect import EvaluationFailed, Variables
from penstock.program.values.loadmill.functions import OPERATORS, Function, FunctionFailed, functions
from penstock.program.values.loadmill.functions.chance import is_legacy_name, legacy_generator
from penstock.program.values.loadmill.functions.registry import UNEXPECTED

Value = Callable[[Variables], str | None]
Fill = Callable[[Variables], str]


class Expressions:
    """Makes closures; what functions draw at random comes from `random`."""

    def __init__(self, random: Random) -> None:
        self._functions = functions(random)

    def plain_name(self, expr: Expr) -> str | None:
        """Return the name of a variable that no function shadows; None for any other expression."""
        if isinstance(expr, Variable) and expr.name not in self._functions and not is_legacy_name(expr.name):
            return expr.name
        return None

    def value(self, expr: Expr) -> Value:
        """Return what computes an expression; None: it has no value."""
        match expr:
            case Literal(value):
                return lambda _variables: value
            case Variable(name):
                return self._named(name)
            case Call(name, arguments):
                function = self._functions.get(name)
                return self._call(name, function, arguments) if function else lambda _variables: None
            case Operation():
                return self._operation(expr)
            case RuleValue(rule):
                raise NotRunnable(f"{rule.origin}: the rule {rule.name!r} is none of Loadmill's")

    def text(self, text: Text) -> Fill:
        """Return what fills the holes of a text; one without a value keeps its source."""
        holes = text.holes
        if not holes:
            constant = text.source
            return lambda _variables: constant
        if len(text.parts) == 1:
            return self._alone(holes[0])
        names = [self.plain_name(hole.expr) for hole in holes]
        general = self._joined(text)
        plain = [name for name in names if name]
        if len(plain) < len(names):
            return general
        # Variables only: put together at once, and the careful way when one of them has no value.
        if len(plain) == 1:
            return _around_one(text, plain[0], general)
        form = "".join("%s" if isinstance(part, Hole) else part.replace("%", "%%") for part in text.parts)
        fetch = itemgetter(*plain)

        def fill(variables: Variables) -> str:
            try:
                filled: str = form % fetch(variables)
            except KeyError:
                return general(variables)
            return filled

        return fill

    def callables(self) -> Mapping[str, Callable[[list[str]], str]]:
        """Return all functions with their names, to be called with texts."""
        return {name: _callable(name, function) for name, function in self._functions.items()}

    def _alone(self, hole: Hole) -> Fill:
        source, name = hole.source, self.plain_name(hole.expr)
        if name is not None:
            return lambda variables: variables.get(name, source)
        value = self.value(hole.expr)

        def fill(variables: Variables) -> str:
            found = value(variables)
            return source if found is None else found

        return fill

    def _joined(self, text: Text) -> Fill:
        pieces = [self._alone(part) if isinstance(part, Hole) else _constant(part) for part in text.parts]
        return lambda variables: "".join([piece(variables) for piece in pieces])

    def _named(self, name: str) -> Value:
        """Look a bare name up: a function without arguments, a generator with underscores, or else a variable."""
        function = self._functions.get(name)
        if function is not None:
            return self._call(name, function, ())
        if is_legacy_name(name):
            generator = legacy_generator(name, self._functions)
            return lambda _variables: _compute(name, generator, ())
        return lambda variables: variables.get(name)

    def _call(self, name: str, function: Function, arguments: tuple[Expr, ...]) -> Value:
        wrong = _wrong_count(function, len(arguments))
        if wrong is not None:
            return _failing(name, wrong)
        compute = function.compute
        values = [self.value(argument) for argument in arguments]
        sources = [_source_of(argument) for argument in arguments]
        if not values:
            return lambda _variables: _compute(name, compute, ())
        if function.empty_for_none:
            return lambda variables: _compute(name, compute, [value(variables) or "" for value in values])

        def call(variables: Variables) -> str | None:
            found: list[str] = []
            for value in values:
                one = value(variables)
                if one is None:
                    at = len(found)
                    raise EvaluationFailed(f"Error in function '{name}': No value for '{sources[at]}' at index {at}")
                found.append(one)
            return _compute(name, compute, found)

        return call

    def _operation(self, expr: Operation) -> Value:
        """Operators are of one rank and bind to the right: the row is computed from its end."""
        operators, operands = _row(expr)
        values = [self.value(operand) for operand in operands]
        computes = [OPERATORS[operator].compute for operator in operators]

        def compute(variables: Variables) -> str:
            found: list[str] = []
            for index, value in enumerate(values):
                one = value(variables)
                if one is None:
                    raise EvaluationFailed(_no_operand(operators, operands, index))
                found.append(one)
            result = found.pop()
            for index in range(len(operators) - 1, -1, -1):
                result = _compute(operators[index], computes[index], (found[index], result))
            return result

        return compute


def _around_one(text: Text, name: str, general: Fill) -> Fill:
    """Return what fills the one hole of a text with a variable; `general` when that has no value."""
    at = next(index for index, part in enumerate(text.parts) if isinstance(part, Hole))
    before, after = ("".join(map(str, parts)) for parts in (text.parts[:at], text.parts[at + 1 :]))

    def fill(variables: Variables) -> str:
        try:
            return f"{before}{variables[name]}{after}"
        except KeyError:
            return general(variables)

    return fill


def _constant(value: str) -> Fill:
    return lambda _variables: value


def _row(expr: Expr) -> tuple[list[str], list[Expr]]:
    """Return the operators of an expression in order, and what stands between them."""
    operators: list[str] = []
    operands: list[Expr] = []
    while isinstance(expr, Operation):
        operators.append(expr.operator)
        operands.append(expr.left)
        expr = expr.right
    return operators, [*operands, expr]


def _no_operand(operators: list[str], operands: list[Expr], index: int) -> str:
    side, operator = ("left", operators[index]) if index < len(operators) else ("right", operators[-1])
    return f"Error in function '{operator}': No value for {side} side operand '{_source_of(operands[index])}'"


def _compute(name: str, compute: Callable[..., str], arguments: Sequence[str]) -> str:
    try:
        return compute(*arguments)
    except FunctionFailed as error:
        raise EvaluationFailed(f"Error in function '{name}': {error}") from None
    except (ValueError, TypeError, LookupError, ArithmeticError, RecursionError, MemoryError):
        raise EvaluationFailed(f"Error in function '{name}': {UNEXPECTED}") from None


def _callable(name: str, function: Function) -> Callable[[list[str]], str]:
    def call(arguments: list[str]) -> str:
        wrong = _wrong_count(function, len(arguments))
        if wrong is not None:
            raise EvaluationFailed(f"Error in function '{name}': {wrong}")
        return _compute(name, function.compute, arguments)

    return call


def _wrong_count(function: Function, count: int) -> str | None:
    if count < function.least:
        return f"Must have at least {function.least} arguments"
    if count > function.most:
        return f"Cannot have more than {function.most} arguments"
    return None


def _failing(name: str, reason: str) -> Value:
    def fail(_variables: Variables) -> str | None:
        raise EvaluationFailed(f"Error in function '{name}': {reason}")

    return fail


def _source_of(expr: Expr) -> str:
    """Return an expression as it is written."""
    match expr:
        case Literal(value):
            return f"'{value}'"
        case Variable(name):
            return name
        case Call(name, arguments):
            return f"{name}({','.join(map(_source_of, arguments))})"
        case Operation(operator, left, right):
            return f"{_source_of(left)} {operator} {_source_of(right)}"
        case RuleValue(rule):
            return rule.name
