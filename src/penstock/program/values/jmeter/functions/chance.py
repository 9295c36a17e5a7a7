"""Random values."""

from __future__ import annotations

import uuid
from datetime import date

from penstock.program.values.dialect import EvaluationFailed
from penstock.program.values.jmeter.dates import LocalFormat
from penstock.program.values.jmeter.functions.registry import ANY, Asked, Function, Table

_LAST_BEFORE_SURROGATES = 0xD7FF


def _random(asked: Asked) -> str:
    least, most = asked.integer(0), asked.integer(1)
    if least > most:
        raise EvaluationFailed(f"there is no number from {least} to {most}")
    return str(asked.shared.random.randint(least, most))


def _string(asked: Asked) -> str:
    length, characters = asked.integer(0), asked.text(1)
    if characters:
        return "".join(asked.shared.random.choices(characters, k=length))
    return "".join(chr(asked.shared.random.randint(0x20, _LAST_BEFORE_SURROGATES)) for _ in range(length))


def _date(asked: Asked) -> str:
    form = LocalFormat.of(asked.word(0, "yyyy-MM-dd"))
    first = form.parse_date(asked.word(1)) if asked.word(1) else date.today()
    last = form.parse_date(asked.word(2))
    if last <= first:
        raise EvaluationFailed(f"the end date {asked.word(2)} does not lie behind the start date")
    return form.write_date(date.fromordinal(asked.shared.random.randrange(first.toordinal(), last.toordinal())))


def _from_variables(asked: Asked) -> str:
    values: list[str] = []
    for name in asked.text(0).split("|"):
        if name in asked.variables:
            values.append(asked.variables[name])
        count = asked.variables.get(f"{name}_matchNr", "")
        if count.isdigit():
            values += [asked.variables.get(f"{name}_{number}", "") for number in range(1, int(count) + 1)]
    return asked.shared.random.choice(values) if values else ""


def _choose(asked: Asked) -> str:
    *choices, name = asked.arguments
    chosen = asked.shared.random.choice(choices)
    if name.strip():
        asked.variables[name.strip()] = chosen
    return chosen


TABLE: Table = {
    "__Random": Function(_random, 2, 3, 2),
    "__RandomString": Function(_string, 1, 3, 2),
    "__RandomDate": Function(_date, 3, 5, 4),
    "__RandomFromMultipleVars": Function(_from_variables, 1, 2, 1),
    "__UUID": Function(lambda asked: str(uuid.UUID(int=asked.shared.random.getrandbits(128), version=4))),
    "__chooseRandom": Function(_choose, 3, ANY),
}
