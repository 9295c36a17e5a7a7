"""The table of what is proven for clients of the cloud load test service names tests that there are."""

from __future__ import annotations

import re

import pytest

from penstock.api.cloudtest.description import OPERATIONS
from tests.e2e.conftest import ROOT

TABLE = (ROOT / "docs" / "guide" / "cloud-load-test-conformance.md").read_text()
TESTS = sorted(set(re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", TABLE)))


@pytest.mark.parametrize(("path", "name"), TESTS)
def test_a_test_that_is_named_exists(path: str, name: str) -> None:
    assert f"\ndef {name}(" in (ROOT / path).read_text()


def test_every_operation_is_named() -> None:
    assert set(re.findall(r"`([A-Z]+) (/_apis\S*)`", TABLE)) == set(OPERATIONS)
