"""Parameters of HTTP samplers: name and value, encoded when they are sent, or sent as they are written."""

from __future__ import annotations

from dataclasses import dataclass

from penstock.importers.jmeter.encodings import codec_of
from penstock.importers.jmeter.expressions import call
from penstock.importers.jmeter.parse import Bag
from penstock.importers.jmeter.work import Work
from penstock.model import Hole, Text

_UNRESERVED = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.*")


@dataclass(frozen=True, slots=True)
class Argument:
    """`name` and `value` as they are written; `pair` is what a query or form holds of them."""

    name: Text
    value: Text
    pair: Text
    content_type: str = ""


def raw_text(*pieces: Text | str) -> Text:
    """Return texts one after the other, neighbouring constants in one piece."""
    parts: list[str | Hole] = []
    for piece in pieces:
        for part in (piece,) if isinstance(piece, str) else piece.parts:
            if isinstance(part, str) and parts and isinstance(parts[-1], str):
                parts[-1] += part
            elif part:
                parts.append(part)
    return Text(tuple(parts))


def arguments_of(bag: Bag, work: Work) -> list[Argument]:
    """Return the parameters of a sampler, those without a name and a value left out."""
    written = bag.bag("HTTPsampler.Arguments")
    codec = codec_of(bag, work)
    return [_argument(each, codec, work) for each in (written.bags("Arguments.arguments") if written else [])]


def _argument(bag: Bag, codec: str, work: Work) -> Argument:
    name, value = work.parse(bag, "Argument.name"), work.parse(bag, "Argument.value")
    joint = (
        bag.text("Argument.metadata", "=") if value.parts or bag.flag("HTTPArgument.use_equals", default=True) else ""
    )
    if bag.flag("HTTPArgument.always_encode"):
        pair = raw_text(encoded(name, codec), joint, encoded(value, codec))
    else:
        pair = raw_text(name, joint, value)
    return Argument(name, value, pair, bag.text("HTTPArgument.content_type"))


def encoded(text: Text, codec: str) -> Text:
    """Return a text encoded as forms are."""
    parts = [
        form_encoded(part, codec) if isinstance(part, str) else Hole(call("form_encode", part.expr, codec), part.source)
        for part in text.parts
    ]
    return Text(tuple(part for part in parts if part != ""))


def form_encoded(text: str, codec: str) -> str:
    """Return a text as Java's `URLEncoder` writes it."""
    pieces = []
    for character in text:
        if character in _UNRESERVED:
            pieces.append(character)
        elif character == " ":
            pieces.append("+")
        else:
            pieces.append("".join(f"%{byte:02X}" for byte in character.encode(codec, "replace")))
    return "".join(pieces)
