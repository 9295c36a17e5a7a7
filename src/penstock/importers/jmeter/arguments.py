"""Parameters of HTTP samplers: name and value, encoded when they are sent, or sent as they are written."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal
from urllib.parse import unquote_plus

from penstock.importers.jmeter.encodings import codec_of
from penstock.importers.jmeter.expressions import call
from penstock.importers.jmeter.parse import Bag
from penstock.importers.jmeter.work import Work
from penstock.model import Hole, Text
from penstock.program.values.jmeter.steps import form_encode


@dataclass(frozen=True, slots=True)
class Argument:
    """`name` and `value` as they are written; `pair` is what a query holds of them, `field` what a form does."""

    name: Text
    value: Text
    pair: Text
    field: Text
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
    if bag.flag("HTTPArgument.always_encode"):
        pair = field = raw_text(encoded(name, codec), "=", encoded(value, codec))
    else:  # a form decodes what is said to be encoded, and encodes it again
        pair = raw_text(name, "=", value)
        field = raw_text(encoded(name, codec, "again"), "=", encoded(value, codec, "again"))
    return Argument(name, value, pair, field, bag.text("HTTPArgument.content_type"))


def encoded(text: Text, codec: str, how: Literal["first", "again"] = "first") -> Text:
    """Return a text encoded as forms are; `again` what is encoded already, as far as it is."""
    function = "form_encode" if how == "first" else "form_again"
    parts: list[str | Hole] = []
    for part in text.parts:
        if isinstance(part, Hole):
            parts.append(Hole(call(function, part.expr, codec), part.source))
        elif how == "first":
            parts.append(form_encode(part, codec))
        else:
            parts.append(form_encode(unquote_plus(part, codec, "replace"), codec))
    return Text(tuple(part for part in parts if part != ""))
