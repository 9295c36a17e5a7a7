"""The published schema is that of the code."""

from __future__ import annotations

from pathlib import Path

import jsonschema
import orjson
import pytest

from penstock.model import Scenario, Suite, schema

SCHEMAS = Path(__file__).parents[3] / "schema"
ROOTS = [Scenario, Suite]


@pytest.mark.parametrize("root", ROOTS)
def test_the_checked_in_schema_is_current(root: type) -> None:
    name = root.__name__
    path = SCHEMAS / f"{name.lower()}.v1.json"
    assert path.read_bytes() == schema.render(root), (
        f"the model changed: write {path.name} anew with python -c 'from penstock.model import {name}, schema; "
        f'open("schema/{path.name}", "wb").write(schema.render({name}))\''
    )


@pytest.mark.parametrize("root", ROOTS)
def test_it_is_a_valid_schema(root: type) -> None:
    jsonschema.Draft202012Validator.check_schema(schema.describe(root))


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
