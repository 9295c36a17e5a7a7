"""The table of the Loadmill API names tests that there are, and every endpoint."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from fastapi.routing import APIRoute

from penstock.api.loadmill import library, load_tests, plan_runs, reports, suite_runs, trials

ROOT = Path(__file__).parents[2]
TABLE = (ROOT / "docs" / "guide" / "loadmill-api.md").read_text()
TESTS = sorted(set(re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", TABLE)))
ENDPOINTS = sorted(
    f"{method} {route.path}"
    for part in (library, load_tests, plan_runs, reports, suite_runs, trials)
    for route in part.router.routes
    if isinstance(route, APIRoute)
    for method in route.methods
)


@pytest.mark.parametrize(("path", "name"), TESTS)
def test_a_test_that_is_named_exists(path: str, name: str) -> None:
    assert f"\ndef {name}(" in (ROOT / path).read_text()


@pytest.mark.parametrize("endpoint", ENDPOINTS)
def test_every_endpoint_is_in_the_table(endpoint: str) -> None:
    assert f"`{endpoint}`" in TABLE
