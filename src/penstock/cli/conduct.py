"""A run in the terminal: its progress, its keys, its socket, and what Ctrl-C means."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import time
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from typing import TYPE_CHECKING

from penstock import app
from penstock.cli.process import Process
from penstock.cli.progress import Progress
from penstock.errors import InvalidInput
from penstock.services.execution import execute
from penstock.services.request import Request

if TYPE_CHECKING:
    from penstock.app.exporting import Destination
    from penstock.metrics.series import Timeline
    from penstock.metrics.snapshot import Snapshot
    from penstock.ports.counters import CounterSource
    from penstock.ports.runner import Runner
    from penstock.reporting.exposition import LoadMeasures, LoadName
    from penstock.reporting.otlp.state import LoadState
    from penstock.runs.commands import Stop
    from penstock.runs.report import Report
    from penstock.services.steering import Steering

GRACE_S = 10.0
"""How long iterations may go on after the first Ctrl-C."""


class Conduct:
    """One run of this command.

    The first Ctrl-C lets iterations end within `GRACE_S`, the second cuts them. SIGTERM cuts them at once: whoever
    sends it does not wait, and the results have to be written. `keep` is given every snapshot; from
    `sources` counters are read; at the address and port `metrics` what is measured is served to Prometheus, and to
    `otlp` it is sent.
    """

    def __init__(
        self,
        runner: Runner,
        request: Request,
        process: Process,
        *,
        quiet: bool,
        keep: Callable[[Snapshot], Awaitable[None]] | None = None,
        sources: Sequence[CounterSource] = (),
        metrics: tuple[str, int] | None = None,
        otlp: Destination | None = None,
    ) -> None:
        self._runner = runner
        self._request = request
        self._process = process
        self._quiet = quiet
        self._keep = keep
        self._sources = sources
        self._metrics = metrics
        self._otlp = otlp
        self._is_over = False
        self._timeline: Timeline | None = None
        self._stop = asyncio.Event()
        self._early: str | None = None
        self._steering: Steering | None = None
        self._progress = Progress(process, request.plan, quiet=quiet)
        self._tasks: set[asyncio.Task[None]] = set()

    async def run(self) -> tuple[Report, str | None]:
        """Run the plan; return the report, and who stopped it if a person did."""
        loop = asyncio.get_running_loop()
        loop.add_signal_handler(signal.SIGINT, self._signalled, "Ctrl-C")
        loop.add_signal_handler(signal.SIGTERM, self._signalled, "SIGTERM")
        try:
            async with self._served(), self._exported():
                with self._progress:
                    report = await execute(
                        self._runner,
                        self._request,
                        self._look,
                        self._stop,
                        self._attend,
                        self._sources,
                        self._keep,
                    )
                self._is_over = True
        finally:
            for number in (signal.SIGINT, signal.SIGTERM):
                loop.remove_signal_handler(number)
        return report, (self._steering.stopped_by if self._steering else None) or self._early

    def _look(self, timeline: Timeline) -> None:
        self._timeline = timeline
        self._progress.update(timeline)

    @contextlib.asynccontextmanager
    async def _served(self) -> AsyncIterator[None]:
        if self._metrics is None:
            yield
            return
        from penstock.reporting import exposition

        name = exposition.LoadName("", self._request.plan.name)

        def sample() -> list[tuple[LoadName, LoadMeasures]]:
            return [] if self._timeline is None else [(name, exposition.LoadMeasures.of(self._timeline))]

        async with app.exposed_metrics(self._metrics, sample, exposition.families) as port:
            if not self._quiet:
                host = self._metrics[0]
                self._process.say(f"metrics at http://{f'[{host}]' if ':' in host else host}:{port}/metrics")
            yield

    @contextlib.asynccontextmanager
    async def _exported(self) -> AsyncIterator[None]:
        if self._otlp is None:
            yield
            return
        run = dict(self._request.plan.constants).get("run_id") or str(uuid.uuid4())
        started_ns = time.time_ns()

        async def sample() -> list[LoadState]:
            from penstock.reporting.exposition import LoadName
            from penstock.reporting.otlp.state import LoadState

            if self._timeline is None:
                return []
            newest = None if self._is_over else self._timeline.latest()
            now = (0.0, 0.0) if newest is None else (newest.users, newest.cpu_share)
            return [LoadState(LoadName(run, self._request.plan.name), started_ns, self._timeline.total, *now)]

        exporting = app.exported_metrics(self._otlp, sample)
        async with exporting:
            yield
        if exporting.warning:
            self._process.say(f"warning: {exporting.warning}")

    def _signalled(self, who: str) -> None:
        if self._steering is None:
            self._early = who
            self._stop.set()
            return
        from penstock.runs.commands import Stop

        at_once = who == "SIGTERM" or self._steering.stopped_by is not None
        task = asyncio.create_task(self._obey(Stop(0.0 if at_once else GRACE_S), who))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _obey(self, command: Stop, who: str) -> None:
        assert self._steering is not None  # noqa: S101 — it was there when the signal came
        await self._steering.obey(command, who)
        if command.grace_s:
            self._progress.say("press Ctrl-C again to stop at once")

    @contextlib.asynccontextmanager
    async def _attend(self, steering: Steering) -> AsyncIterator[None]:
        from penstock.cli.live import server

        self._steering = steering
        self._progress.begin()
        self._progress.is_paused = lambda: steering.paused
        steering.listeners.append(self._progress.tell)
        async with contextlib.AsyncExitStack() as stack:
            try:
                await stack.enter_async_context(server.serve(steering, self._process.environment))
            except InvalidInput as error:
                self._progress.say(f"warning: this run cannot be changed by penstock control: {error}")
            descriptor = self._process.stdin
            if descriptor is not None and self._process.interactive and not self._quiet:
                from penstock.cli.live import keys

                if keys.can_be_typed(descriptor):
                    await stack.enter_async_context(keys.listen(descriptor, steering, self._progress.say))
                    self._progress.hint = keys.HINT
            yield
