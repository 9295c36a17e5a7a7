"""The guide to the command line is complete."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib

import pytest

from penstock import __version__
from penstock.cli.exits import Exit
from penstock.model import parse_threshold
from penstock.services import networks
from tests.e2e.conftest import ROOT

GUIDE = (ROOT / "docs" / "guide" / "command-line.md").read_text()


@pytest.mark.parametrize("command", ["run", "check", "cloud-run", "compare", "convert", "report", "target", "trial"])
def test_every_option_is_in_the_guide(command: str) -> None:
    told = subprocess.run(
        [sys.executable, "-m", "penstock", command, "--help"], capture_output=True, text=True, timeout=30, check=True
    )
    options = set(re.findall(r"--[a-z][a-z-]+", told.stdout)) - {"--help"}
    assert options
    assert {option for option in options if option not in GUIDE} == set()


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
