"""Launching plans, and the suites that are their parts."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Sequence
from typing import Any

from penstock.accounts.people import Identity, Scope
from penstock.errors import InvalidInput
from penstock.model import codec
from penstock.ports.clock import Clock
from penstock.ports.stores import Store
from penstock.runs.run import Run, RunId
from penstock.runs.state import RunState
from penstock.runs.stored import RunKind, StoredRun
from penstock.runs.suite_work import PlannedSuite, PlanWork, SuiteWork
from penstock.services.access import require
from penstock.services.changes import Changes
from penstock.services.launches import Launch, Launches, launch_hash
from penstock.services.suite_launcher import flow_count
from penstock.services.suite_runs import request_of

MOST_PARALLEL_SUITES = 12


class PlanLauncher:
    """From prepared suites to one run of all of them, and from there to a run of each."""

    def __init__(self, store: Store, clock: Clock, launches: Launches, nudge: Callable[[], None]) -> None:
        self._store = store
        self._clock = clock
        self._launches = launches
        self._nudge = nudge

    def launch(
        self,
        who: Identity,
        name: str,
        suites: Sequence[PlannedSuite],
        parallel: int,
        launch: Launch,
        findings: Sequence[dict[str, Any]] = (),
    ) -> StoredRun:
        """Let prepared suites run, `parallel` of them at a time, as parts of one run; `findings` name their suite."""
        require(who, Scope.RUN)
        if not suites:
            raise InvalidInput(f"plan {name!r}: no suite has a flow to run")
        if not 1 <= parallel <= MOST_PARALLEL_SUITES:
            raise InvalidInput(f"parallel: {parallel} is not between 1 and {MOST_PARALLEL_SUITES}")
        asked_hash = launch_hash("", Changes(), launch, [(one.test, one.test_version) for one in suites], parallel)
        if (known := self._launches.made_before(who, launch.client_id, asked_hash)) is not None:
            return known
        content = codec.encode_as(PlanWork, PlanWork(tuple(suites), parallel))
        listed = [{"test": one.test, "name": one.name} for one in suites]
        facts: dict[str, Any] = {"suites": listed, "findings": list(findings)}
        return self._launches.add(who, RunKind.PLAN, name, content, facts, launch, asked_hash)

    def launch_part(self, plan: StoredRun, place: int, suite: PlannedSuite) -> StoredRun:
        """Start the run of one suite of a plan run, once however often it is asked for."""
        client_id = f"{plan.id}/{place}"
        with self._store.read() as work:
            known = work.runs.made_by(plan.team, client_id)
        if known is not None:
            return known[0]
        now = self._clock.now()
        run = Run(RunId(str(uuid.uuid4())), suite.name, now).to(RunState.QUEUED, now)
        stored = StoredRun(
            run=run,
            team=plan.team,
            kind=RunKind.SUITE,
            test=suite.test,
            test_version=suite.test_version,
            launched_by=plan.launched_by,
            description=suite.work.description,
            parent=plan.id,
            client_id=client_id,
            facts={
                "file": suite.work.file,
                "findings": [one for one in plan.facts["findings"] if one["file"] in (suite.name, "launch")],
                "flows": flow_count(request_of(suite.work)),
            },
        )
        with self._store.write() as work:
            work.runs.add(stored)
            work.runs.set_work(run.id, codec.encode_as(SuiteWork, suite.work))
        self._nudge()
        return stored
