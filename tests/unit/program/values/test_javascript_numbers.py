"""Numbers as JavaScript reads and writes them."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from penstock.program.values.javascript.numbers import (
    format_number,
    parse_integer,
    parse_leading_number,
    parse_number,
    round_half_up,
)


@pytest.mark.parametrize(
    ("number", "text", "why"),
    [
        (0.1 + 0.2, "0.30000000000000004", "the shortest digits that read back"),
        (1.50, "1.5", "no trailing zeros"),
        (100.0, "100", "no fraction for whole numbers"),
        (-0.0, "0", "zero has no sign"),
        (1e20, "100000000000000000000", "written out below 1e21"),
        (1e21, "1e+21", "with exponent from there"),
        (2.0**69, "590295810358705700000", "zeros behind the shortest digits, not the exact value"),
        (12345678901234567890, "12345678901234567000", "whole numbers of JSON are doubles too"),
        (10**400, "Infinity", "more than a double holds"),
        (1e-6, "0.000001", "written out down to six zeros"),
        (1e-7, "1e-7", "with exponent below"),
        (1.25e-9, "1.25e-9", "digits before the exponent"),
        (5e-324, "5e-324", "the smallest"),
        (-1234.5, "-1234.5", "signs stay"),
        (math.nan, "NaN", "not a number"),
        (-math.inf, "-Infinity", "endless"),
    ],
)
def test_numbers_are_written_as_javascript_writes_them(number: float, text: str, why: str) -> None:
    assert format_number(number) == text, why


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("42", 42),
        (" 7 ", 7),
        ("", 0),
        ("\xa0\ufeff", 0),
        ("0x1F", 31),
        ("0b11", 3),
        ("0o17", 15),
        (".5", 0.5),
        ("5.", 5),
        ("1e3", 1000),
        ("+5", 5),
        ("-Infinity", -math.inf),
        ("1,5", None),
        ("1_000", None),
        ("-0x1", None),
        ("nan", None),
        ("inf", None),
        ("infinity", None),
        ("１", None),
        ("12px", None),
        ("0x", None),
    ],
)
def test_texts_are_numbers_as_in_javascript(text: str, number: float | None) -> None:
    parsed = parse_number(text)
    assert math.isnan(parsed) if number is None else parsed == number


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("12px", 12),
        ("1,000", 1),
        ("0x10", 0),
        ("  1e3x", 1000),
        ("-.5", -0.5),
        ("Infinityx", math.inf),
        ("px", None),
        ("", None),
    ],
)
def test_a_leading_number_is_found(text: str, number: float | None) -> None:
    parsed = parse_leading_number(text)
    assert math.isnan(parsed) if number is None else parsed == number


@given(st.floats(allow_nan=False))
def test_a_number_survives_being_written(number: float) -> None:
    assert parse_number(format_number(number)) == number


@given(st.text())
def test_any_text_is_a_number_or_none(text: str) -> None:
    assert isinstance(parse_number(text), float)
    assert isinstance(parse_leading_number(text), float)


@pytest.mark.parametrize(
    ("text", "integer"), [("3", 3), ("-3", -3), ("3.0", 3), ("3.5", None), ("", None), ("x", None)]
)
def test_whole_numbers_are_told_from_others(text: str, integer: int | None) -> None:
    assert parse_integer(text) == integer


@pytest.mark.parametrize(
    ("number", "rounded"), [(2.5, 3), (-2.5, -2), (2.4999999, 2), (0.49999999999999994, 0), (1e300, 1e300)]
)
def test_halves_are_rounded_up(number: float, rounded: float) -> None:
    assert round_half_up(number) == rounded
