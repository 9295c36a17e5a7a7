"""Expressions and texts as closures."""

from __future__ import annotations

from collections.abc import Callable
from operator import itemgetter

from penstock.model import Call, Expr, Hole, Literal, Operation, Text, Variable
from penstock.program.values.dialect import EvaluationFailed, Variables
from penstock.program.values.loadmill.functions import FUNCTIONS, OPERATORS, Function, FunctionFailed, legacy_generator
from penstock.program.values.loadmill.functions.registry import UNEXPECTED
from penstock.program.values.loadmill.urls import WITH_SCHEME, with_scheme

Value = Callable[[Variables], str | None]


def plain_name(expr: Expr) -> str | None:
    """Return the name of a variable that no function shadows; None for any other expression."""
    if isinstance(expr, Variable) and expr.name not in FUNCTIONS and legacy_generator(expr.name) is None:
        return expr.name
    return None


def compile_value(expr: Expr) -> Value:
    """Return what computes an expression; None: it has no value."""
    match expr:
        case Literal(value):
            return lambda _variables: value
        case Variable(name):
            return _named(name)
        case Call(name, arguments):
            if name == WITH_SCHEME:
                return _with_scheme(arguments)
            function = FUNCTIONS.get(name)
            return _call(name, function, arguments) if function else lambda _variables: None
        case Operation():
            return _operation(expr)


def compile_text(text: Text) -> Callable[[Variables], str]:
    """Return what fills the holes of a text; one without a value keeps its source."""
    if not text.holes:
        constant = text.source
        return lambda _variables: constant
    names = [plain_name(hole.expr) for hole in text.holes]
    if len(text.parts) == 1:
        return _alone(text.holes[0])
    general = _joined(text)
    if None in names:
        return general
    # Variables only: one format operation, and the careful way when one of them has no value.
    form = "".join("%s" if isinstance(part, Hole) else part.replace("%", "%%") for part in text.parts)
    fetch = itemgetter(*(name for name in names if name))

    def fill(variables: Variables) -> str:
        try:
            filled: str = form % fetch(variables)
        except KeyError:
            return general(variables)
        return filled

    return fill


def _alone(hole: Hole) -> Callable[[Variables], str]:
    source, name = hole.source, plain_name(hole.expr)
    if name is not None:
        return lambda variables: variables.get(name, source)
    value = compile_value(hole.expr)

    def fill(variables: Variables) -> str:
        found = value(variables)
        return source if found is None else found

    return fill


def _joined(text: Text) -> Callable[[Variables], str]:
    pieces = [_alone(part) if isinstance(part, Hole) else compile_text(Text.constant(part)) for part in text.parts]
    return lambda variables: "".join([piece(variables) for piece in pieces])


def _named(name: str) -> Value:
    """Look a bare name up: a function without arguments, a generator with underscores, or else a variable."""
    function = FUNCTIONS.get(name)
    if function is not None:
        return _call(name, function, ())
    generator = legacy_generator(name)
    if generator is not None:
        return lambda _variables: _compute(name, generator, ())
    return lambda variables: variables.get(name)


def _call(name: str, function: Function, arguments: tuple[Expr, ...]) -> Value:
    if len(arguments) < function.least:
        return _failing(name, f"Must have at least {function.least} arguments")
    if len(arguments) > function.most:
        return _failing(name, f"Cannot have more than {function.most} arguments")
    compute = function.compute
    values = [compile_value(argument) for argument in arguments]
    sources = [source_of(argument) for argument in arguments]
    if not values:
        return lambda _variables: _compute(name, compute, ())
    if function.empty_for_none:
        return lambda variables: _compute(name, compute, [value(variables) or "" for value in values])

    def call(variables: Variables) -> str | None:
        found: list[str] = []
        for value in values:
            one = value(variables)
            if one is None:
                index = len(found)
                raise EvaluationFailed(f"Error in function '{name}': No value for '{sources[index]}' at index {index}")
            found.append(one)
        return _compute(name, compute, found)

    return call


def _operation(expr: Operation) -> Value:
    """Operators are of one rank and bind to the right: the row is computed from its end."""
    operators: list[str] = []
    operands: list[Expr] = []
    rest: Expr = expr
    while isinstance(rest, Operation):
        operators.append(rest.operator)
        operands.append(rest.left)
        rest = rest.right
    operands.append(rest)
    values = [compile_value(operand) for operand in operands]
    computes = [OPERATORS[operator].compute for operator in operators]

    def compute(variables: Variables) -> str:
        found: list[str] = []
        for index, value in enumerate(values):
            one = value(variables)
            if one is None:
                operator = operators[min(index, len(operators) - 1)]
                side = "left" if index < len(operators) else "right"
                raise EvaluationFailed(
                    f"Error in function '{operator}': No value for {side} side operand '{source_of(operands[index])}'"
                )
            found.append(one)
        result = found.pop()
        for index in range(len(operators) - 1, -1, -1):
            result = _compute(operators[index], computes[index], (found[index], result))
        return result

    return compute


def _compute(name: str, compute: Callable[..., str], arguments: list[str] | tuple[str, ...]) -> str:
    try:
        return compute(*arguments)
    except FunctionFailed as error:
        raise EvaluationFailed(f"Error in function '{name}': {error}") from None
    except (ValueError, TypeError, LookupError, ArithmeticError, RecursionError, MemoryError):
        raise EvaluationFailed(f"Error in function '{name}': {UNEXPECTED}") from None


def _failing(name: str, reason: str) -> Value:
    def fail(_variables: Variables) -> str | None:
        raise EvaluationFailed(f"Error in function '{name}': {reason}")

    return fail


def _with_scheme(arguments: tuple[Expr, ...]) -> Value:
    (value,) = (compile_value(argument) for argument in arguments)

    def complete(variables: Variables) -> str | None:
        start = value(variables)
        return None if start is None else with_scheme(start)

    return complete


def source_of(expr: Expr) -> str:
    """Return an expression as it is written."""
    match expr:
        case Literal(value):
            return f"'{value}'"
        case Variable(name):
            return name
        case Call(name, arguments):
            return f"{name}({','.join(map(source_of, arguments))})"
        case Operation(operator, left, right):
            return f"{source_of(left)} {operator} {source_of(right)}"
