"""Truth, choice and comparison of texts."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random

from penstock.program.values.javascript import texts
from penstock.program.values.javascript.numbers import parse_integer
from penstock.program.values.loadmill.functions.registry import ANY, Function, FunctionFailed, Table, boolean
from penstock.program.values.loadmill.truth import is_true


def switch(text: str, *cases: str) -> str:
    """Value of the first case that equals the text; a last argument without a value is the default."""
    for index in range(0, len(cases) - 1, 2):
        if cases[index] == text:
            return cases[index + 1]
    return cases[-1] if len(cases) % 2 else ""


def switch_any_case(text: str, *cases: str) -> str:
    """As `switch`, upper and lower case being the same."""
    lowered = [case if index % 2 else case.lower() for index, case in enumerate(cases)]
    if len(cases) % 2:
        lowered[-1] = cases[-1]
    return switch(text.lower(), *lowered)


def pick(random: Random, selection: str, options: Sequence[str]) -> str:
    """Option with that number, from 0, or a `random` one."""
    if selection == "random":
        return random.choice(options)
    index = parse_integer(selection)
    if index is None or not 0 <= index < len(options):
        raise FunctionFailed(f"Invalid selection index '{selection}'")
    return options[index]


def split(text: str, delimiter: str) -> list[str]:
    """Cut a text at each delimiter; without one, into its characters."""
    return text.split(delimiter) if delimiter else texts.units(text)


LOGIC: Table = {
    "__true": Function(lambda: "true"),
    "__false": Function(lambda: "false"),
    "__and": Function(lambda *values: boolean(all(map(is_true, values))), 0, ANY),
    "__or": Function(lambda *values: boolean(any(map(is_true, values))), 0, ANY),
    "__not": Function(lambda value: boolean(not is_true(value)), 1, 1),
    "__eq": Function(lambda left, right: boolean(left == right), 2, 2),
    "__neq": Function(lambda left, right: boolean(left != right), 2, 2),
    "__eqi": Function(lambda left, right: boolean(left.lower() == right.lower()), 2, 2),
    "__neqi": Function(lambda left, right: boolean(left.lower() != right.lower()), 2, 2),
    "__if_then_else": Function(lambda condition, yes, no: yes if is_true(condition) else no, 3, 3),
    "__switch": Function(switch, 1, ANY),
    "__switchi": Function(switch_any_case, 1, ANY),
    "__list_includes": Function(lambda text, *items: boolean(text in items), 2, ANY),
    "__delimited_list_includes": Function(
        lambda text, items, delimiter=";": boolean(text in split(items, delimiter)), 2, 3
    ),
}


def choices(random: Random) -> Table:
    """Return the functions that can pick at random."""
    return {
        "__pick": Function(lambda selection, *options: pick(random, selection, options), 2, ANY),
        "__pick_random": Function(lambda *options: random.choice(options), 1, ANY),
        "__split_pick": Function(
            lambda text, delimiter, selection="0": pick(random, selection, split(text, delimiter)), 2, 3
        ),
    }
