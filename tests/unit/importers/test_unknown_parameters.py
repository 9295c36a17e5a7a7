"""A parameter that is given and stands nowhere in the test was most likely mistyped."""

from __future__ import annotations

import pytest

from penstock.importers import registry
from penstock.importers.base import Files, Overrides

TEST = b'{"parameters": [{"user": "ann"}], "requests": [{"url": "http://shop.test/?of=${user}&at=${place}"}]}'


@pytest.mark.parametrize(
    ("name", "is_told"),
    [
        pytest.param("user", False, id="set in the file"),
        pytest.param("place", False, id="used in the file"),
        pytest.param("other", False, id="stands in a file beside it"),
        pytest.param("usr", True, id="mistyped"),
    ],
)
def test_a_parameter_that_stands_nowhere_is_told(name: str, is_told: bool) -> None:
    files = Files.from_dict({"test.json": TEST, "beside.yaml": b"other: 1"})
    imported = registry.compile(files, "test.json", Overrides(parameters=((name, "bob"),)))
    told = [finding for finding in imported.findings if finding.code == "unknown-parameter"]
    assert [finding.severity for finding in told] == ["warning"] * is_told
    assert all(f"'{name}'" in finding.message for finding in told)
