"""Findings as lines of text."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from penstock.cli.process import Process
from penstock.model import Finding, Severity

_ORDER: dict[Severity, int] = {"error": 0, "warning": 1, "note": 2}


def lines(findings: Sequence[Finding]) -> list[str]:
    """Return a line a finding, the gravest first, else in the order of the file."""
    ranked = sorted(findings, key=lambda finding: _ORDER[finding.severity])
    return [f"{finding.severity}: {finding}" for finding in ranked]


def counts(findings: Sequence[Finding]) -> str:
    """Return e.g. `1 error, 2 notes`."""
    numbers = Counter(finding.severity for finding in findings)
    parts = [f"{numbers[name]} {name}{'s' if numbers[name] > 1 else ''}" for name in _ORDER if numbers[name]]
    return ", ".join(parts) or "no findings"


def show(findings: Sequence[Finding], process: Process, *, quiet: bool) -> None:
    """Say what the import could not carry over; with `quiet` only what keeps the test from running."""
    for finding, line in zip(sorted(findings, key=lambda f: _ORDER[f.severity]), lines(findings), strict=True):
        if not quiet or finding.severity == "error":
            process.say(line)
