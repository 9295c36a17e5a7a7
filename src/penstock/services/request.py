"""What is asked of a run."""

from __future__ import annotations

from dataclasses import dataclass

from penstock.model import Finding
from penstock.runs.plan import Plan


@dataclass(frozen=True, slots=True)
class Request:
    """A plan to run, and what the report should say of how it was asked for."""

    plan: Plan
    workers: int
    file: str
    arguments: tuple[str, ...] = ()
    findings: tuple[Finding, ...] = ()
    workers_why: str = ""
