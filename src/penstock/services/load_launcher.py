"""Launching loads."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from penstock.accounts.people import Identity, Scope
from penstock.errors import InvalidInput
from penstock.model import Finding, Origin, codec
from penstock.runs.applications import MOST_APPLICATIONS, Application
from penstock.runs.plan import Plan, ScenarioWork
from penstock.runs.stored import RunKind, StoredRun
from penstock.services.access import require
from penstock.services.changes import Changes
from penstock.services.chosen_counters import narrowed, not_kept
from penstock.services.launch_rules import LaunchRules
from penstock.services.launches import Launch, Launches, constants_of, launch_hash
from penstock.services.preparation import prepare
from penstock.services.prepared import Prepared
from penstock.services.request_names import request_names
from penstock.services.sources import Source, Unfit
from penstock.services.target_policy import TargetService
from penstock.services.team_applications import ApplicationService
from penstock.services.verification import verify

MOST_WORKERS = 64


class LoadLauncher:
    """From a test as it was sent to a load that waits for room."""

    def __init__(
        self, launches: Launches, rules: LaunchRules, policy: TargetService, applications: ApplicationService
    ) -> None:
        self._launches = launches
        self._rules = rules
        self._policy = policy
        self._applications = applications

    def launch(self, who: Identity, source: Source, changes: Changes, launch: Launch) -> StoredRun:
        """Import a test and let it run as soon as there is room.

        Raises `Unfit` for a test with findings of severity error, `InvalidInput` for what is no test, `NotRunnable`
        for what this version cannot execute, `NotAllowed` for a target that the team may not load, `Conflict` for a
        client's own id that was used for something else.
        """
        require(who, Scope.RUN)
        if not 1 <= launch.workers <= MOST_WORKERS:
            raise InvalidInput(f"workers: {launch.workers} is not between 1 and {MOST_WORKERS}")
        asked_hash = launch_hash(source.hash(), changes, launch)
        if (known := self._launches.made_before(who, launch.client_id, asked_hash)) is not None:
            return known
        if source.entry.endswith(".py"):
            raise InvalidInput(f"{source.entry}: Python files are run on one's own machine (penstock run), not here")
        prepared, applications = self._prepared(who, source, changes, launch.applications)
        if prepared.plan is None:
            raise Unfit(source.entry, prepared.findings)
        self._rules.verify_limits(source.entry, prepared.findings)
        verify(prepared.plan)
        watched = replace(prepared.plan, applications=applications)
        self._applications.verify(watched)
        plan, stays_small = self._policy.bounded(who, watched)
        constants = dict(plan.constants) | constants_of(who, launch.test or "")
        plan = replace(plan, constants=tuple(constants.items()))
        facts = {
            "file": source.entry,
            "workers": launch.workers,
            "stays_small": stays_small,
            "populations": len(plan.populations),
            "findings": [one.facts() for one in prepared.findings],
            "requests": request_names(plan.work.scenario) if isinstance(plan.work, ScenarioWork) else [],
        }
        if launch.commands:
            facts["commands"] = dict(launch.commands)
        return self._launches.add(who, RunKind.LOAD, plan.name, codec.encode_as(Plan, plan), facts, launch, asked_hash)

    def _prepared(
        self, who: Identity, source: Source, changes: Changes, names: Sequence[str] | None
    ) -> tuple[Prepared, tuple[Application, ...]]:
        """Read a test, and say which applications are read beside it: those named, else what its file chooses of them.

        A file that names none which the team keeps chooses nothing. What it seeks in counters is read with those that
        it chooses, so a file that does is read twice.
        """
        applications = self._applications.chosen(who.team, names)
        with source.unpacked() as path:
            prepared = self._read(who, path, changes, applications)
            wanted = prepared.imported.applications if prepared.imported is not None and names is None else ()
            if not wanted:
                return prepared, applications
            there, missing = self._applications.known(who.team, [one.name for one in wanted])
            if there:
                applications = self._applications.chosen(who.team, there[:MOST_APPLICATIONS])
                prepared = self._read(who, path, changes, applications)
        told = (one.origin for one in prepared.findings if one.code == "application-insights")
        origin = next(told, Origin(source.entry))
        lacking: tuple[Finding, ...] = ()
        if there:
            needed = () if prepared.plan is None else prepared.plan.counters
            applications, lacking = narrowed(applications, wanted, needed, origin)
        findings = [*prepared.findings, *(not_kept(name, origin) for name in missing), *lacking]
        return replace(prepared, findings=tuple(findings)), applications

    def _read(self, who: Identity, path: Path, changes: Changes, applications: Sequence[Application]) -> Prepared:
        counters = tuple(name for one in applications for name in one.names())
        return prepare(path, self._rules.as_team_wants(who, replace(changes, counters=counters)))
