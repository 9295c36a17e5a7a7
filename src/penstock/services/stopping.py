"""Being asked to stop, once, and what becomes of the run then: the same for every kind of run."""

from __future__ import annotations

import asyncio
from typing import Any

from penstock.runs.state import RunState
from penstock.services.states import Course


class Stopping:
    """A stop that someone may ask for, of a run on its course."""

    def __init__(self, course: Course) -> None:
        self._course = course
        self._why = ""
        self._fails = False
        self.asked = asyncio.Event()
        if course.state is RunState.STOPPING:  # taken over from a server that was asked
            self._why = course.stored.run.why
            self.asked.set()

    @property
    def why(self) -> str:
        """Who asked, as a sentence."""
        return self._why

    @property
    def fails(self) -> bool:
        """Whether the run is to count as failed."""
        return self._fails

    async def ask(self, why: str, *, fails: bool) -> None:
        """Ask; only the first one counts."""
        if self.asked.is_set():
            return
        self._why, self._fails = why, fails
        self.asked.set()
        await self._course.stopping(why)

    async def note(self) -> None:
        """Keep that the run is stopping, if it was asked to before it ran."""
        if self.asked.is_set():
            await self._course.stopping(self._why)

    async def end(self, result: dict[str, Any]) -> None:
        """Keep the end of a run that was stopped."""
        await self.note()
        await self._course.to(RunState.FAILED if self._fails else RunState.STOPPED, self._why, result=result)
