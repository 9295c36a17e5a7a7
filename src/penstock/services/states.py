"""Moving a run on, however long the database takes to answer."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

from penstock.errors import Unavailable
from penstock.ports.clock import Clock
from penstock.ports.stores import Store
from penstock.runs.run import Run
from penstock.runs.state import RunState
from penstock.runs.stored import StoredRun
from penstock.services.webhooks import enqueue

_AGAIN_S = 0.5


class Course:
    """The way of one run through its states; the only one who changes it while it is executed."""

    def __init__(self, store: Store, clock: Clock, stored: StoredRun) -> None:
        self._store = store
        self._clock = clock
        self._moving = asyncio.Lock()
        self.stored = stored

    @property
    def state(self) -> RunState:
        """Where the run is now."""
        return self.stored.state

    async def to(
        self,
        state: RunState,
        why: str = "",
        *,
        facts: dict[str, Any] | None = None,
        result: dict[str, Any] | None = None,
    ) -> None:
        """Move on, and keep it; waits while the database does not answer.

        Raises `Conflict` when someone else has ended the run.
        """
        async with self._moving:
            await self._to(state, why, facts or {}, result or {})

    async def stopping(self, why: str) -> None:
        """Note that a run is being stopped, if it is running; it may be asked several times, and late."""
        async with self._moving:
            if self.state is RunState.RUNNING:
                await self._to(RunState.STOPPING, why, {}, {})

    async def keep(self, result: dict[str, Any]) -> None:
        """Keep more of what came out, where the run is now. Raises `Conflict` when someone else has ended the run."""
        async with self._moving:
            await self._keep(self.stored.run, {}, result)

    async def _to(self, state: RunState, why: str, facts: dict[str, Any], result: dict[str, Any]) -> None:
        await self._keep(self.stored.run.to(state, self._clock.now(), why), facts, result)

    async def _keep(self, run: Run, facts: dict[str, Any], result: dict[str, Any]) -> None:
        before = self.stored.run
        changed = replace(self.stored, run=run, facts=self.stored.facts | facts, result=self.stored.result | result)
        while True:
            try:
                await asyncio.to_thread(self._change, changed, before)
            except Unavailable:
                await asyncio.sleep(_AGAIN_S)
            else:
                break
        self.stored = changed

    def _change(self, changed: StoredRun, before: Run) -> None:
        with self._store.write() as work:
            kept = work.runs.get(None, changed.id)
            if kept is not None and (kept.run, kept.result) == (changed.run, changed.result):
                return  # it was kept, though nobody heard so
            work.runs.change(changed, before.version)
            if changed.state.final:
                enqueue(work, changed, self._clock.now())
