"""Sums and counters."""

from __future__ import annotations

from penstock.program.values.dialect import EvaluationFailed
from penstock.program.values.jmeter.functions.registry import ANY, Asked, Function, Table
from penstock.program.values.jmeter.numbers import format_double, parse_double, wrapped


def _sum(asked: Asked, bits: int) -> str:
    """Add; the last argument is the name of a variable unless it is a number."""
    *numbers, last = [argument.strip() for argument in asked.arguments]
    name = ""
    try:
        int(last)
        numbers.append(last)
    except ValueError:
        name = last
    try:
        total = str(wrapped(sum(map(int, numbers)), bits))
    except ValueError:
        raise EvaluationFailed(f"not all of {', '.join(numbers)} are whole numbers") from None
    if name:
        asked.variables[name] = total
    return total


def _double_sum(asked: Asked) -> str:
    *numbers, last = [argument.strip() for argument in asked.arguments]
    values = [parse_double(number) for number in numbers]
    ending = parse_double(last)
    if ending is not None:
        values.append(ending)
    known = [value for value in values if value is not None]
    if len(known) < len(values):
        raise EvaluationFailed(f"not all of {', '.join(numbers)} are numbers")
    total = format_double(sum(known))
    if ending is None and last:
        asked.variables[last] = total
    return total


def _counter(asked: Asked) -> str:
    """Count each call at this place: for the user alone, or for all users of the agent."""
    place = asked.arguments[-1]
    if asked.word(0).upper() == "TRUE":
        name = f"#counter {place}"
        asked.variables[name] = count = str(int(asked.variables.get(name, "0")) + 1)
    else:
        asked.shared.counters[place] = number = asked.shared.counters.get(place, 0) + 1
        count = str(number)
    if len(asked.arguments) > 2 and asked.word(1):
        asked.variables[asked.word(1)] = count
    return count


TABLE: Table = {
    "__intSum": Function(lambda asked: _sum(asked, 32), 2, ANY),
    "__longSum": Function(lambda asked: _sum(asked, 64), 2, ANY),
    "__doubleSum": Function(_double_sum, 2, ANY),
    "__counter": Function(_counter, 1, 2),
}
