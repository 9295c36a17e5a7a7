"""What the command line says to those who mistype it."""

from __future__ import annotations

import pytest

from tests.e2e.conftest import Command

pytestmark = pytest.mark.e2e


@pytest.mark.parametrize(
    ("arguments", "hint"),
    [
        (("rum",), "penstock --help"),
        (("run",), "penstock run --help"),
        (("run", "x.json", "--user", "5"), "penstock run --help"),
        (("runs", "show"), "penstock runs show --help"),
    ],
)
def test_a_usage_error_names_the_help_of_its_command(penstock: Command, arguments: tuple[str, ...], hint: str) -> None:
    assert penstock(*arguments, expect=2).stderr.endswith(f"Try '{hint}'.\n")
