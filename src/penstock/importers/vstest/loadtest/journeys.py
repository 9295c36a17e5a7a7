"""The tests of a load test as journeys: each is compiled once for every scenario that has it.

A test that cannot run is an error, or with `--skip-unsupported` a warning: the rest of the mix goes on without it. A
test keeps its cursors over data in each scenario, so one that stands in two scenarios is two journeys.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from penstock.importers.base import Files, Findings
from penstock.importers.vstest.loadtest.references import Reference, find
from penstock.importers.xmlfile import Element
from penstock.model import Journey

CompileTest = Callable[[str, str, Findings], Journey | None]
"""File, name of the journey and where findings go; None: there is nothing to run."""


@dataclass(slots=True)
class Tests:
    """Compiles the tests that are asked for, and counts them."""

    files: Files
    entry: str
    findings: Findings
    compile_test: CompileTest
    skips_unsupported: bool
    asked: int = 0
    imported: int = 0
    journeys: list[Journey] = field(default_factory=list)
    _names: set[str] = field(default_factory=set)
    _told: set[str] = field(default_factory=set)

    def journey(self, profile: Element, scenario: str, role: str = "") -> str | None:
        """Return the name of the journey of a TestProfile; None where it cannot run, which is a finding then.

        `role` says what it is for, if not the mix.
        """
        self.asked += 1
        reference = find(profile, self.files, self.entry)
        if reference.file is None:
            self._refuse(reference)
            return None
        name = self._unique(reference.name, scenario, role)
        journey = self._compiled(reference, reference.file, name)
        if journey is None:
            return None
        self.imported += 1
        self._names.add(name)
        self.journeys.append(journey)
        return name

    def _compiled(self, reference: Reference, file: str, name: str) -> Journey | None:
        own = Findings()
        journey = self.compile_test(file, name, own)
        broken = any(finding.severity == "error" for finding in own.all())
        if file not in self._told:  # a test of two scenarios has the same to say twice
            self._told.add(file)
            self.findings.take(own, softened=broken and self.skips_unsupported)
        if not broken:
            return journey
        if self.skips_unsupported:
            message = f"the test is left out: {file} cannot run here"
            self.findings.warn("left-out", message, reference.element.origin, effect="dropped")
        return None

    def _refuse(self, reference: Reference) -> None:
        origin = reference.element.origin
        if self.skips_unsupported:
            message = f"{reference.problem}; it is left out"
            self.findings.warn(reference.code, message, origin, reference.advice, effect="dropped")
        else:
            advice = f"{reference.advice}, or leave such tests out with --skip-unsupported"
            self.findings.error(reference.code, reference.problem, origin, advice)

    def _unique(self, name: str, scenario: str, role: str) -> str:
        called = f"{name} ({role})" if role else name
        if called not in self._names:
            return called
        called = f"{scenario} / {called}"
        unique, number = called, 2
        while unique in self._names:
            unique, number = f"{called} ({number})", number + 1
        return unique
