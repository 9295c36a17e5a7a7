"""Which of several matches a variable becomes, and what is left of those of the sample before."""

from __future__ import annotations

from random import Random

from penstock.program.values.dialect import Variables


def chosen(found: list[str], number: int, random: Random) -> str | None:
    """Return the match of a number from 1, any one for 0; None when there is none."""
    if not found or number > len(found):
        return None
    return random.choice(found) if number == 0 else found[number - 1]


def keep(variables: Variables, name: str, found: list[str], number: int, random: Random) -> None:
    """Set `name` to one match, or for a negative number `name_1`, `name_2`, … and `name_matchNr`."""
    before = taken_count(variables, name)
    kept = 0
    if number >= 0:
        match = chosen(found, number, random)
        if match is not None:
            variables[name] = match
    else:
        kept = len(found)
        variables[f"{name}_matchNr"] = str(kept)
        for index, match in enumerate(found, 1):
            variables[f"{name}_{index}"] = match
    for index in range(kept + 1, before + 1):
        variables.pop(f"{name}_{index}", None)


def taken_count(variables: Variables, name: str) -> int:
    """Remove `name_matchNr` and return what it was."""
    count = variables.pop(f"{name}_matchNr", "")
    return int(count) if count.isdigit() else 0


def clear_numbered(variables: Variables, name: str) -> None:
    """Remove `name_matchNr` and `name_1`, `name_2`, … as far as they go."""
    variables.pop(f"{name}_matchNr", None)
    index = 1
    while variables.pop(f"{name}_{index}", None) is not None:
        index += 1
