"""What suite runs and plan runs on a server are to execute, as it is kept with them."""

from __future__ import annotations

from dataclasses import dataclass

from penstock.model import Suite
from penstock.runs.plan import HttpSettings


@dataclass(frozen=True, slots=True)
class SuiteWork:
    """A suite, and how it is to run: which flows, and the rest as in `services.suites.SuiteRequest`."""

    suite: Suite
    http: HttpSettings
    file: str
    flows: tuple[str, ...] = ()
    labels: tuple[str, ...] = ()
    labels_expression: str = ""
    only_ready: bool = False
    retries: int | None = None
    parallel: int = 1
    no_think: bool = False
    description: str = ""
    constants: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class PlannedSuite:
    """One suite of a plan: the version of the kept thing, and its work."""

    test: str
    test_version: int
    name: str
    work: SuiteWork


@dataclass(frozen=True, slots=True)
class PlanWork:
    """Suites in their order, `parallel` of them at a time."""

    suites: tuple[PlannedSuite, ...]
    parallel: int = 1
