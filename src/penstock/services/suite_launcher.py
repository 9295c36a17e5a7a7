"""Launching suites."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from penstock.accounts.people import Identity, Scope
from penstock.model import codec
from penstock.runs.stored import RunKind, StoredRun
from penstock.runs.suite_work import SuiteWork
from penstock.services.access import require
from penstock.services.changes import Changes
from penstock.services.importing import read
from penstock.services.launch_rules import LaunchRules
from penstock.services.launches import Launch, Launches, constants_of, launch_hash
from penstock.services.selection import ALL, Selection, select
from penstock.services.sources import Source, Unfit
from penstock.services.suite_preparation import prepare_suite
from penstock.services.suite_runs import request_of
from penstock.services.suites import SuiteRequest


@dataclass(frozen=True, slots=True)
class SuiteOptions:
    """How a suite is to run; `retries` (None: as the suite says) are for failed flows."""

    selection: Selection = ALL
    retries: int | None = None
    parallel: int = 1
    no_think: bool = False
    description: str = ""


class SuiteLauncher:
    """From a suite as it was sent to a run that waits for room, or to what a plan does of it."""

    def __init__(self, launches: Launches, rules: LaunchRules) -> None:
        self._launches = launches
        self._rules = rules

    def launch(self, who: Identity, source: Source, changes: Changes, launch: Launch, how: SuiteOptions) -> StoredRun:
        """Import a suite (or a flow) and let its flows run once each, as soon as there is room.

        Raises as `LoadLauncher.launch`, and `InvalidInput` where no flow is selected.
        """
        require(who, Scope.RUN)
        asked_hash = launch_hash(source.hash(), changes, launch, how)
        if (known := self._launches.made_before(who, launch.client_id, asked_hash)) is not None:
            return known
        work, findings = self.prepare(who, source, changes, how)
        facts = {"file": source.entry, "findings": findings, "flows": flow_count(request_of(work))}
        content = codec.encode_as(SuiteWork, work)
        return self._launches.add(who, RunKind.SUITE, work.suite.name, content, facts, launch, asked_hash)

    def prepare(
        self, who: Identity, source: Source, changes: Changes, how: SuiteOptions
    ) -> tuple[SuiteWork, list[dict[str, Any]]]:
        """Return what is to be executed, with the findings. Raises as `launch`, and where no flow is selected."""
        changes = self._rules.as_team_wants(who, changes)
        with source.unpacked() as path:
            imported = read(path, changes)
            if imported.is_blocked:  # a flow that cannot be run is an error of its own, and the others run
                raise Unfit(source.entry, imported.findings)
            self._rules.verify_limits(source.entry, imported.findings)
            request = prepare_suite(
                imported,
                path,
                changes,
                selection=how.selection,
                retries=how.retries,
                parallel=how.parallel,
                no_think=how.no_think,
                description=how.description,
            )
        constants = dict(request.constants) | constants_of(who, request.suite.id)
        work = SuiteWork(
            suite=request.suite,
            http=request.http,
            file=source.entry,
            flows=how.selection.flows,
            labels=how.selection.labels,
            labels_expression=how.selection.labels_expression,
            only_ready=how.selection.only_ready,
            retries=how.retries,
            parallel=how.parallel,
            no_think=how.no_think,
            description=how.description,
            constants=tuple(constants.items()),
        )
        return work, [one.facts() for one in imported.findings]


def flow_count(request: SuiteRequest) -> int:
    """Return how many flows a suite run does, those once a row counted so often. Raises what `select` raises."""
    rows = {table.name: len(table.rows) for table in request.suite.data}
    chosen = select(request.suite, request.selection)
    return sum(max((rows.get(name, 0) for name in flow.data), default=0) or 1 for flow in chosen)
