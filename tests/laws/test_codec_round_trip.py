"""What is written is read back the same, and fits the published schema."""

from __future__ import annotations

import json

import jsonschema
from hypothesis import HealthCheck, given, settings

from penstock.model import Scenario, codec, schema
from tests.laws.scenarios import scenarios

VALIDATOR = jsonschema.Draft202012Validator(schema.describe())
some = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@some
@given(scenarios)
def test_a_scenario_survives_the_way_through_json(scenario: Scenario) -> None:
    assert codec.decode(codec.encode(scenario)) == scenario


@some
@given(scenarios)
def test_a_written_scenario_fits_the_schema(scenario: Scenario) -> None:
    VALIDATOR.validate(json.loads(codec.encode(scenario)))


@some
@given(scenarios)
def test_one_scenario_has_one_form(scenario: Scenario) -> None:
    written = codec.encode(scenario)
    assert codec.encode(codec.decode(written)) == written
