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


@pytest.mark.parametrize(
    "command",
    [(), ("serve",), ("target",), ("runs", "list"), ("runs", "download"), ("suites", "export"), ("tokens", "create")],
)
def test_the_help_says_what_an_option_takes_and_not_of_which_type_it_is(
    penstock: Command, command: tuple[str, ...]
) -> None:
    said = penstock(*command, "--help").stdout
    assert not [line for line in said.splitlines() if "<" in line and ">" in line]


def test_the_help_of_the_server_says_what_holds_unless_said(penstock: Command) -> None:
    assert "[default: 8700]" in penstock("serve", "--help").stdout


@pytest.mark.parametrize("columns", [20, 80, 300])
def test_the_help_of_a_run_has_headings_and_fits_the_terminal(penstock: Command, columns: int) -> None:
    said = penstock("run", "--help", columns=columns).stdout
    headings = [line for line in said.splitlines() if line.endswith(":") and not line.startswith(" ")]
    assert headings[:3] == ["Arguments:", "Load:", "Pace and users:"]
    assert headings[-1] == "Options:"
    assert said.partition("Options:")[2].split() == ["--help", *["Show", "this", "message", "and", "exit."]]
    assert max(map(len, said.splitlines())) <= max(60, min(columns, 100))


def test_agents_may_be_called_workers_as_in_old_scripts(penstock: Command) -> None:
    assert "--workers" not in penstock("run", "--help").stdout
    for option in ("--agents", "--workers"):
        assert f"Invalid value for '{option}'" in penstock("run", "x.json", option, "0", expect=2).stderr
