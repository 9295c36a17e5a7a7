"""What can be done with runs of plans and suites afterwards: their parts, their description, doing them again."""

from __future__ import annotations

from dataclasses import replace

from penstock.accounts.people import Identity, Scope
from penstock.errors import Conflict, InvalidInput, NotFound
from penstock.model import codec
from penstock.ports.clock import Clock
from penstock.ports.stores import Store
from penstock.runs.state import RunState
from penstock.runs.stored import RunKind, StoredRun
from penstock.runs.suite_work import PlanWork
from penstock.services.access import note, require
from penstock.services.launches import Launch
from penstock.services.plan_launcher import PlanLauncher
from penstock.services.runs import RunService

_LONGEST = 5000


class PastRunService:
    """Each method raises `NotAllowed` for callers who may not, `NotFound` for runs of others."""

    def __init__(self, store: Store, clock: Clock, runs: RunService, plans: PlanLauncher) -> None:
        self._store = store
        self._clock = clock
        self._runs = runs
        self._plans = plans

    def parts(self, who: Identity, plan_run: str) -> tuple[StoredRun, ...]:
        """Return the suite runs of a plan run, in the order in which they were started."""
        self._runs.get(who, plan_run)
        with self._store.read() as work:
            return work.runs.parts(plan_run)

    def describe(self, who: Identity, id: str, description: str) -> StoredRun:
        """Give a run another description."""
        require(who, Scope.RUN)
        if len(description) > _LONGEST:
            raise InvalidInput(f"description: is longer than {_LONGEST} characters")
        with self._store.write() as work:
            stored = work.runs.get(who.team, id)
            if stored is None:
                raise NotFound.of("run", id)
            work.runs.describe(id, description)
            note(work, who, self._clock.now(), "run.describe", id)
        return replace(stored, description=description)

    def run_again(self, who: Identity, plan_run: str, *, only_failed: bool) -> StoredRun:
        """Run the suites of a plan run again, as they were then; or only those that did not pass.

        Raises `Conflict` while it goes on, and where there is nothing to do again.
        """
        before = self._runs.get(who, plan_run)
        if before.kind is not RunKind.PLAN:
            raise NotFound.of("plan run", plan_run)
        if not before.state.final:
            raise Conflict(f"plan run {plan_run} is {before.state}; it can be done again once it is over")
        with self._store.read() as work:
            content, parts = work.runs.work(plan_run), work.runs.parts(plan_run)
        if content is None:
            raise NotFound(f"what plan run {plan_run} executed is not kept any more")
        plan: PlanWork = codec.decode_as(PlanWork, content)
        passed = {part.client_id for part in parts if part.state is RunState.PASSED}
        suites = [
            suite for place, suite in enumerate(plan.suites) if not only_failed or f"{plan_run}/{place}" not in passed
        ]
        if not suites:
            raise Conflict(f"plan run {plan_run} has no suite that did not pass")
        launch = Launch(
            description=before.description,
            test=before.test,
            test_version=before.test_version,
            tags=before.tags,
            said={**before.asked, "again": plan_run},
        )
        names = {suite.name for suite in suites}
        findings = [one for one in before.facts["findings"] if one["file"] in names]
        return self._plans.launch(who, before.run.name, suites, plan.parallel, launch, findings)
