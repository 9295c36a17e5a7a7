"""Variables of the user and properties of all users."""

from __future__ import annotations

from penstock.program.values.jmeter.functions.registry import Asked, Function, Table, boolean


def _variable(asked: Asked) -> str:
    name = asked.text(0)
    return asked.variables.get(name, asked.text(1) if len(asked.arguments) > 1 else name)


def _given(asked: Asked, after: int) -> dict[str, str]:
    """Return the properties that were given for the run; the importer has put them behind the arguments."""
    pairs = asked.arguments[after:]
    return dict(zip(pairs[::2], pairs[1::2], strict=True))


def _p(asked: Asked) -> str:
    name = asked.text(0)
    value = asked.shared.properties.get(name)
    return value if value is not None else _given(asked, 2).get(name, asked.text(1, "1"))


def _property(asked: Asked) -> str:
    name, default = asked.text(0), asked.text(2)
    value = asked.shared.properties.get(name)
    value = value if value is not None else _given(asked, 3).get(name, default)
    if asked.word(1):
        asked.variables[asked.word(1)] = value
    return value


def _set_property(asked: Asked) -> str:
    name = asked.text(0)
    before = asked.shared.properties.get(name, _given(asked, 3).get(name, "null"))
    asked.shared.properties[name] = asked.text(1)
    return before if asked.word(2).lower() == "true" else ""


def _is_property(asked: Asked) -> str:
    name = asked.text(0)
    return boolean(name in asked.shared.properties or name in _given(asked, 1))


def _split(asked: Asked) -> str:
    """Cut a text into `name_1`, `name_2`, …; an empty piece becomes a question mark."""
    text, name, delimiter = asked.text(0), asked.word(1), asked.text(2) or ","
    pieces = [piece or "?" for piece in text.split(delimiter)] if text else []
    variables = asked.variables
    variables[name] = text
    variables[f"{name}_n"] = str(len(pieces))
    for number, piece in enumerate(pieces, 1):
        variables[f"{name}_{number}"] = piece
    variables.pop(f"{name}_{len(pieces) + 1}", None)
    return text


TABLE: Table = {
    "__V": Function(_variable, 1, 2),
    "__P": Function(_p, 1, 2),
    "__property": Function(_property, 1, 3),
    "__setProperty": Function(_set_property, 2, 3),
    "__isPropDefined": Function(_is_property, 1, 1),
    "__isVarDefined": Function(lambda asked: boolean(asked.text(0) in asked.variables), 1, 1),
    "__isDefined": Function(lambda asked: "1" if asked.word(0) in asked.variables else "0", 1, 1),
    "__split": Function(_split, 2, 3),
    "__log": Function(lambda asked: asked.text(0), 1, 4),
    "__logn": Function(lambda _asked: "", 1, 3),
}
