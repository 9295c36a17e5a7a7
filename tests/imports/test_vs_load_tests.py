"""Every real load test compiles, or is refused for a reason that its format allows, with the place."""

from __future__ import annotations

from pathlib import Path

import pytest

from penstock.importers import registry
from penstock.importers.base import Files, Imported, Overrides
from penstock.model import codec
from tests.imports.vs_samples import MISSING, SAMPLES, load_tests, original_name, with_its_tests

REASONS = {
    *("coded-web-test", "unit-test", "coded-ui-test", "generic-test", "ordered-test", "compiled-test"),
    *("custom-plugin", "compiled-code", "nothing-left", "empty-mix", "goal-counter"),
}
"""The codes of the errors that section 13 of the format's description allows."""

pytestmark = pytest.mark.skipif(not SAMPLES.is_dir(), reason=MISSING)


def compiled(path: Path, **options: bool) -> Imported:
    contents, name = with_its_tests(path)
    return registry.compile(Files.from_dict(contents), name, Overrides(**options))  # type: ignore[arg-type]


@pytest.mark.parametrize("path", load_tests(), ids=original_name)
def test_a_real_load_test_compiles_or_is_refused_with_the_place(path: Path) -> None:
    imported = compiled(path)
    errors = [finding for finding in imported.findings if finding.severity == "error"]
    assert {error.code for error in errors} <= REASONS, [str(error) for error in errors]
    assert all(error.origin.line and error.origin.path for error in errors)
    assert all(finding.origin.file for finding in imported.findings)
    if not errors:
        assert imported.scenario is not None
        assert codec.decode(codec.encode(imported.scenario)) == imported.scenario


def test_what_holds_only_compiled_tests_says_so_for_each_of_them() -> None:
    refused = [(path, compiled(path)) for path in load_tests() if b"UnitTestElement" in path.read_bytes()]
    assert refused
    for path, imported in refused:
        unit_tests = path.read_bytes().count(b"UnitTestElement")
        told = [finding for finding in imported.findings if finding.code == "unit-test"]
        assert len(told) == unit_tests
        assert all("is compiled .NET code and cannot run here" in finding.message for finding in told)
        assert imported.tests - imported.imported_tests >= unit_tests


def test_most_real_load_tests_can_run() -> None:
    runnable = [path for path in load_tests() if not any(f.severity == "error" for f in compiled(path).findings)]
    assert len(runnable) >= 18
