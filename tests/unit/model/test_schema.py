"""The published schema is that of the code."""

from __future__ import annotations

from pathlib import Path

import jsonschema
import orjson
import pytest

from penstock.model import schema

CHECKED_IN = Path(__file__).parents[3] / "schema" / "scenario.v1.json"


def test_the_checked_in_schema_is_current() -> None:
    assert CHECKED_IN.read_bytes() == schema.render(), (
        "the model changed: write it anew with "
        'python -c \'from penstock.model import schema; open("schema/scenario.v1.json", "wb").write(schema.render())\''
    )


def test_it_is_a_valid_schema() -> None:
    jsonschema.Draft202012Validator.check_schema(schema.describe())


@pytest.mark.parametrize(
    "wrong",
    [
        {
            "version": 2,
            "name": "s",
            "dialect": "loadmill",
            "journeys": [],
            "load": {"phases": []},
            "origin": {"file": "f"},
        },
        {"version": 1, "name": "s", "dialect": "loadmill", "journeys": [], "load": {"phases": []}},
        {"version": 1, "name": "s", "dialect": "x", "journeys": [], "load": {"phases": []}, "origin": {"file": "f"}},
    ],
    ids=["a newer version", "a field is missing", "an unknown word"],
)
def test_it_refuses_what_the_codec_refuses(wrong: object) -> None:
    validator = jsonschema.Draft202012Validator(schema.describe())
    assert not validator.is_valid(orjson.loads(orjson.dumps(wrong)))
