"""Plug-ins that came with Microsoft's own tools: each sets a context parameter when an iteration begins."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from random import Random
from uuid import UUID

from penstock.program.values.dialect import Variables
from penstock.program.values.visualstudio.arguments import Arguments, RuleFailed

Generate = Callable[[Variables], None]

_GUID_FORMATS: dict[str, Callable[[UUID], str]] = {
    "D": str,
    "N": lambda guid: guid.hex,
    "B": lambda guid: f"{{{guid}}}",
    "P": lambda guid: f"({guid})",
}


def generator(name: str, random: Random) -> Callable[[Arguments], Generate] | None:
    """Return what prepares the plug-in of this class; None when it is not one of these."""
    maker = _GENERATORS.get(name)
    return None if maker is None else lambda arguments: maker(arguments, random)


def _guid(arguments: Arguments, random: Random) -> Generate:
    name, given = _parameter(arguments), arguments.text("OutputFormat", "D").strip().upper() or "D"
    if given not in _GUID_FORMATS:
        raise RuleFailed(f"the output format {given!r} is none of {', '.join(_GUID_FORMATS)}")
    write = _GUID_FORMATS[given]

    def generate(variables: Variables) -> None:
        variables[name] = write(UUID(int=random.getrandbits(128), version=4))

    return generate


def _integer(arguments: Arguments, random: Random) -> Generate:
    name, least, most = (
        _parameter(arguments),
        arguments.integer("MinValue", 0),
        arguments.integer("MaxValue", 2**31 - 1),
    )
    if most < least:
        raise RuleFailed(f"MaxValue {most} is less than MinValue {least}")

    def generate(variables: Variables) -> None:
        variables[name] = str(random.randint(least, most))

    return generate


def _date_time(arguments: Arguments, random: Random) -> Generate:
    del random
    name = _parameter(arguments)
    form = arguments.text("OutputFormat") or arguments.text("DateTimeFormat") or "yyyy-MM-ddTHH:mm:ss"
    form = {"s": "yyyy-MM-ddTHH:mm:ss", "o": "yyyy-MM-ddTHH:mm:ss.fffffff", "d": "MM/dd/yyyy"}.get(form, form)

    def generate(variables: Variables) -> None:
        variables[name] = write_date(datetime.datetime.now(datetime.UTC), form)

    return generate


def write_date(moment: datetime.datetime, form: str) -> str:
    """Return a moment in a custom .NET format: yyyy MM dd HH mm ss fff and the like; other letters stay."""
    written: list[str] = []
    at = 0
    while at < len(form):
        letter = form[at]
        if letter in "'\"":
            end = form.find(letter, at + 1)
            end = len(form) if end < 0 else end
            written.append(form[at + 1 : end])
            at = end + 1
            continue
        run = len(form[at:]) - len(form[at:].lstrip(letter))
        written.append(_piece(moment, letter, run))
        at += run
    return "".join(written)


def _piece(moment: datetime.datetime, letter: str, run: int) -> str:
    match letter:
        case "y":
            return f"{moment.year if run > 2 else moment.year % 100:0{run}d}"
        case "M" if run > 2:
            return moment.strftime("%B" if run > 3 else "%b")
        case "d" if run > 2:
            return moment.strftime("%A" if run > 3 else "%a")
        case "f":
            return f"{moment.microsecond:06d}0"[:run]
        case "t":
            return moment.strftime("%p")[:run]
        case "M" | "d" | "H" | "h" | "m" | "s":
            number = {
                "M": moment.month, "d": moment.day, "H": moment.hour, "h": moment.hour % 12 or 12,
                "m": moment.minute, "s": moment.second,
            }[letter]  # fmt: skip
            return f"{number:0{min(run, 2)}d}"
        case _:
            return letter * run


def _set(arguments: Arguments, random: Random) -> Generate:
    del random
    name, value = _parameter(arguments), arguments.text("ContextParameterValue") or arguments.text("Value")

    def generate(variables: Variables) -> None:
        variables[name] = value

    return generate


def _parameter(arguments: Arguments) -> str:
    name = arguments.text("ContextParameterName") or arguments.text("ContextParameter")
    if not name:
        raise RuleFailed("ContextParameterName is empty")
    return name


_GENERATORS: dict[str, Callable[[Arguments, Random], Generate]] = {
    "GuidGenerator": _guid,
    "RandomIntGenerator": _integer,
    "DateTimeGenerator": _date_time,
    "SetContext": _set,
}
