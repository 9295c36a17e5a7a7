"""Executing one suite run: flows in warm processes, each kept with its recording as soon as it is over."""

from __future__ import annotations

from typing import Any

from penstock.errors import Conflict, PenstockError
from penstock.model import codec
from penstock.ports.clock import Clock
from penstock.ports.stores import Store
from penstock.ports.trials import Trials
from penstock.runs.state import RunState
from penstock.runs.stored import Command, StoredRun
from penstock.runs.suite_report import SuiteReport
from penstock.runs.suite_work import SuiteWork
from penstock.services.flow_writing import FlowWriter
from penstock.services.selection import Selection
from penstock.services.states import Course
from penstock.services.stopping import Stopping
from penstock.services.suites import SuiteRequest, run_suite


def request_of(work: SuiteWork) -> SuiteRequest:
    """Return what the suite service is asked."""
    return SuiteRequest(
        suite=work.suite,
        http=work.http,
        file=work.file,
        constants=work.constants,
        selection=Selection(work.flows, work.labels, work.labels_expression, work.only_ready),
        retries=work.retries,
        parallel=work.parallel,
        no_think=work.no_think,
        description=work.description,
    )


class SuiteRun:
    """See `supervision.Executing`."""

    def __init__(self, store: Store, clock: Clock, trials: Trials, stored: StoredRun, content: bytes) -> None:
        self._course = Course(store, clock, stored)
        self._store = store
        self._clock = clock
        self._trials = trials
        self._content = content
        self._stopping = Stopping(self._course)

    async def run(self) -> None:
        """See `supervision.Executing`."""
        try:
            work: SuiteWork = codec.decode_as(SuiteWork, self._content)
            await self._course.to(RunState.RUNNING)
            writer = FlowWriter(self._store, self._clock, self._course.stored.id)
            try:
                report = await run_suite(self._trials, request_of(work), writer.take, self._stopping.asked)
                writer.not_run(report.results)
                await writer.finish()
            finally:
                writer.abandon()
            await self._conclude(report)
        except Conflict:
            raise  # someone has ended it; there is nothing to add
        except PenstockError as error:
            await self._course.to(RunState.ERROR, str(error))

    async def _conclude(self, report: SuiteReport) -> None:
        result = numbers_of(report)
        if self._stopping.asked.is_set():
            await self._stopping.end(result)
            return
        await self._course.to(RunState.FINISHING, result=result)
        failed = [one.title for one in report.results if one.counts and not one.has_passed]
        why = f"failed: {', '.join(failed[:10])}" if report.status == "failed" else ""
        await self._course.to(RunState.PASSED if report.status == "passed" else RunState.FAILED, why)

    async def take(self, command: Command) -> None:
        """See `supervision.Executing`; a suite takes nothing but a stop."""

    async def stop(self, why: str, *, fails: bool = False) -> None:
        """See `supervision.Executing`."""
        await self._stopping.ask(why, fails=fails)


def numbers_of(report: SuiteReport) -> dict[str, Any]:
    """Return the few numbers that lists show."""
    flows = report.flows
    return {
        "flows": len(flows),
        "passed_flows": sum(flow.has_passed for flow in flows),
        "failed_flows": sum(flow.status in ("failed", "error") for flow in flows),
        "mean_ms": round(report.mean_response_s * 1000, 3),
    }
