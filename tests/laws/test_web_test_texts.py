"""Bindings and encodings of web tests: nothing is lost, and pieces give what the whole gives."""

from __future__ import annotations

from random import Random
from urllib.parse import unquote_plus

from hypothesis import example, given
from hypothesis import strategies as st

from penstock.importers.base import Findings
from penstock.importers.vstest.encodings import codec_of, url_encoded
from penstock.importers.vstest.texts import Texts, joined
from penstock.model import Origin, Text
from penstock.program.values.visualstudio.bindings import Bindings, url_encode

ORIGIN = Origin("t.webtest")
CODECS = ["utf-8", "iso8859-1", "cp1251", "utf-16-le"]

letters = st.text(alphabet=st.characters(codec="utf-8"), max_size=12)
cyrillic = st.text(alphabet="abc ГдЕ&=%+/?#~{}", max_size=12)
names = st.text(alphabet="abc$._[]0 #-", min_size=1, max_size=6)
pieces = st.lists(
    st.one_of(st.text(alphabet="ab {}é", max_size=5), names.map(lambda name: f"{{{{{name}}}}}")), max_size=5
)


def parse(text: str) -> Text:
    return Texts(Findings()).parse(text, ORIGIN)


@given(st.text(alphabet="{}ab$. \n", max_size=30))
def test_a_text_with_bindings_reads_as_it_was_written(text: str) -> None:
    assert parse(text).source == text
    assert all(hole.source.count("{{") == 1 and hole.source.count("}}") == 1 for hole in parse(text).holes)


@given(pieces)
def test_bindings_become_the_values_and_nothing_else_changes(parts: list[str]) -> None:
    text = parse("".join(parts))
    values = {name: f"<{name}>" for name in names_of(text)}
    expected = "".join(part if isinstance(part, str) else f"<{part.source[2:-2]}>" for part in text.parts)
    assert Bindings(Random(1)).text(text)(values) == expected


def names_of(text: Text) -> list[str]:
    return [hole.source[2:-2] for hole in text.holes]


@given(letters, st.sampled_from(CODECS))
def test_what_is_encoded_at_import_is_what_is_encoded_in_the_run(text: str, codec: str) -> None:
    (constant,) = url_encoded(Text((text,)), codec).parts
    assert constant == url_encode(text, codec)


@given(cyrillic, cyrillic, cyrillic, st.sampled_from(["utf-8", "cp1251"]))
def test_pieces_are_encoded_as_the_whole_and_can_be_decoded(left: str, value: str, right: str, codec: str) -> None:
    text = url_encoded(joined(Text.constant(left), parse("{{v}}"), Text.constant(right)), codec)
    filled = Bindings(Random(1)).text(text)({"v": value})
    assert filled == url_encode(left + value + right, codec)
    assert filled.isascii()
    assert unquote_plus(filled, encoding=codec) == left + value + right


@given(st.text(max_size=12))
@example("undefined")
def test_any_name_of_an_encoding_is_a_codec_or_none(name: str) -> None:
    codec = codec_of(name)
    assert codec is None or isinstance("x".encode(codec, "replace"), bytes)
