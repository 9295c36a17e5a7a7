"""The guide to the command line is complete."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib

import pytest

from penstock import __version__
from penstock.cli.exits import Exit
from penstock.cli.main import COMMANDS, GROUPS
from penstock.model import parse_threshold
from penstock.services import networks
from tests.e2e.conftest import ROOT

GUIDE = (ROOT / "docs" / "guide" / "command-line.md").read_text()


SECTIONS = dict(re.findall(r"^## (.+?)\n(.*?)(?=^## |\Z)", GUIDE, re.MULTILINE | re.DOTALL))
OF_A_SERVER = SECTIONS["penstock suites, plans, labels, tokens, runs"]
LOCAL = [name for name in COMMANDS if name not in (*GROUPS, "serve")]  # the settings of `serve` have a reference


def told(*command: str) -> str:
    """Return the help of a command."""
    arguments = [sys.executable, "-m", "penstock", *command, "--help"]
    return subprocess.run(arguments, capture_output=True, text=True, timeout=30, check=True).stdout


def options(*command: str) -> set[str]:
    return set(re.findall(r"^  (?:-\w, )?(--[a-z][a-z-]+)", told(*command), re.MULTILINE)) - {"--help"}


@pytest.mark.parametrize("command", LOCAL)
def test_every_option_is_in_the_section_of_its_command(command: str) -> None:
    section = SECTIONS[f"penstock {command}"]
    assert {option for option in options(command) if option not in section} == set()


@pytest.mark.parametrize("group", GROUPS)
def test_every_command_for_a_server_is_in_the_guide_with_its_options(group: str) -> None:
    names = re.findall(r"^  ([a-z]+)  ", told(group).partition("Commands:")[2], re.MULTILINE)
    assert names
    rows = [row for row in OF_A_SERVER.splitlines() if row.startswith(f"| `{group} ")]
    for name in names:
        mine = [row for row in rows if re.search(rf"`({group} )?{name}\b", row)]
        common = {"--server", "--token", "--json", "--output"}  # told once for all of them; -o
        assert mine, name
        assert {option for option in options(group, name) - common if option not in mine[-1]} == set()
    assert all(option in OF_A_SERVER for option in ("--server", "--token", "--json"))


def test_serve_leads_to_its_settings() -> None:
    assert "reference/settings.md" in SECTIONS["penstock serve"]


def test_the_options_of_a_run_stand_under_the_same_headings_in_the_guide_and_in_its_help() -> None:
    said = subprocess.run(
        [sys.executable, "-m", "penstock", "run", "--help"], capture_output=True, text=True, timeout=30, check=True
    )
    help_: dict[str, set[str]] = {}
    for line in said.stdout.splitlines():
        if heading := re.match(r"(\S.*):$", line):
            help_[heading[1]] = set()
        elif option := re.match(r"  (?:-\w, )?(--[a-z-]+)", line):
            help_[list(help_)[-1]].add(option[1])
    guide: dict[str, set[str]] = {}
    table = GUIDE.partition("in the order of `penstock run --help`")[2].partition("### ")[0]
    for line in table.splitlines():
        if heading := re.match(r"\| \*\*(.+)\*\* \|", line):
            guide[heading[1]] = set()
        elif guide and line.startswith("|"):
            guide[list(guide)[-1]] |= set(re.findall(r"--[a-z][a-z-]+", line.split(" | ")[0]))
    del help_["Arguments"], help_["Options"]
    assert list(guide) == list(help_)
    assert guide == help_


@pytest.mark.parametrize("code", list(Exit), ids=lambda code: code.name)
def test_every_exit_code_is_in_the_guide(code: Exit) -> None:
    assert re.search(rf"^\| {code.value} \| .+ \|$", GUIDE, re.MULTILINE)


def test_every_threshold_in_the_guide_is_understood() -> None:
    shown = re.findall(r"--threshold '([^']+)'", GUIDE) + re.findall(
        r"`((?:p\d+|avg|failed|rate)[^`]*[<>][^`]*)`", GUIDE
    )
    assert len(shown) >= 4
    for text in shown:
        parse_threshold(text)


def test_every_named_network_is_in_the_guide_with_its_figures() -> None:
    told = (ROOT / "docs" / "guide" / "pages.md").read_text()
    rows = re.findall(r"^\| `([^`]+)` \| ([^|]+) \| ([^|]+) \| ([^|]+) \|$", told, re.MULTILINE)
    shown = {row[0]: row[1:] for row in rows}
    for network in networks.KNOWN:
        speeds = ["no limit" if speed is None else f"{speed:g}" for speed in (network.down_kbps, network.up_kbps)]
        assert shown[network.name] == (*speeds, f"{network.latency_ms:g}")


def test_the_version_is_said_once() -> None:
    cargo = tomllib.loads((ROOT / "Cargo.toml").read_text())
    assert cargo["workspace"]["package"]["version"] == __version__
