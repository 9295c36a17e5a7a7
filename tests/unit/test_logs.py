"""What the log of a server tells of errors, and of what others sent."""

from __future__ import annotations

import subprocess
import sys

import pytest

_PROGRAM = """
import logging, sys
import structlog
from penstock.app import logs

logs.configure("info", sys.argv[1])

def sign_in(password):
    raise ValueError("no such user")

for log in (structlog.stdlib.get_logger("ours"), logging.getLogger("library")):
    try:
        sign_in("correct horse battery")
    except ValueError:
        log.exception("broken")
structlog.stdlib.get_logger("ours").info("request", path="/a\\n2026-01-01_admin_signed_in\\x1b[31m")
structlog.stdlib.get_logger("ours").info("request", path="/signed_in\\x1b[2J")
"""


@pytest.fixture(scope="module", params=["text", "json"])
def lines(request: pytest.FixtureRequest) -> list[str]:
    program = [sys.executable, "-c", _PROGRAM, request.param]
    return subprocess.run(program, capture_output=True, text=True, timeout=60, check=True).stderr.splitlines()


def test_an_error_is_told_with_its_place_and_without_the_values_there(lines: list[str]) -> None:
    whole = "\n".join(lines)
    assert whole.count("no such user") >= 2
    assert "sign_in" in whole
    assert "correct horse" not in whole


def test_what_was_sent_makes_no_line_and_no_colour_of_its_own(lines: list[str]) -> None:
    told = [line for line in lines if "signed_in" in line]
    assert len(told) == 2
    assert all("request" in line and "\x1b" not in line for line in told)
