"""What preparing a test gives: a plan, or the findings that forbid one."""

from __future__ import annotations

from dataclasses import dataclass

from penstock.importers import base
from penstock.model import Finding, Suite
from penstock.runs.plan import Plan


@dataclass(frozen=True, slots=True)
class Prepared:
    """A plan ready to run, or None where a finding of severity error forbids it.

    `imported` is what was read of an imported file; None for a flow.py.
    """

    plan: Plan | None
    findings: tuple[Finding, ...]
    imported: base.Imported | None = None

    @property
    def suite(self) -> Suite | None:
        """The suite, where that is what the file is first of all, and nothing forbids to run it."""
        imported = self.imported
        if imported is None or imported.scenario is not None or imported.is_blocked:
            return None
        return imported.suite

    @property
    def is_runnable(self) -> bool:
        """Whether there is something to run, as a load or flow by flow."""
        return self.plan is not None or self.suite is not None

    @property
    def errors(self) -> tuple[Finding, ...]:
        """The findings that keep the test from running."""
        return tuple(finding for finding in self.findings if finding.severity == "error")
