"""Running a suite, a flow or a trial from the command line: progress as a tree, results, exit code."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Awaitable, Callable
from typing import TypeVar

from penstock import app
from penstock.cli.exits import Exit
from penstock.cli.outputs import Outputs
from penstock.cli.process import Process
from penstock.reporting.suite import text
from penstock.runs.suite_report import SuiteReport
from penstock.services.suites import Ended, Event, SuiteRequest, run_suite


def conduct(request: SuiteRequest, outputs: Outputs, process: Process, *, quiet: bool) -> int:
    """Run a suite, write its results and return the exit code."""
    for kind, target in (("csv", outputs.csv), ("parquet", outputs.parquet)):
        if target is not None:
            process.say(f"note: --{kind} has no form for suites; see --json")

    def show(event: Event) -> None:
        if isinstance(event, Ended) and not quiet:
            for line in text.flow_lines(event.result, colour=process.colour):
                process.say(line)

    async def work(stop: asyncio.Event) -> SuiteReport:
        trials = app.local_trials()
        try:
            return await run_suite(trials, request, show, stop)
        finally:
            await trials.close()

    report, stopped_by = asyncio.run(until_stopped(work))
    failure = None
    try:
        written = outputs.write(report, process, package="penstock.reporting.suite")
    except OSError as error:
        failure, written = error, []
    if not quiet:
        process.say("")
        for line in text.summary_lines(report, colour=process.colour):
            process.say(line)
        if written:
            process.say(f"Reports: {', '.join(written)}")
    if failure is not None:
        process.say(f"error: {failure.filename}: {failure.strerror}; the results above are complete")
        return Exit.OUTPUT_FAILED
    if stopped_by is not None:
        process.say(f"stopped by {stopped_by}: the results cover the flows until then")
        return Exit.INTERRUPTED
    if report.status == "passed":
        return Exit.PASSED
    only_errors = all(result.status != "failed" for result in report.results)
    return Exit.GENERATOR_FAILED if only_errors else Exit.MISSED


Result = TypeVar("Result")


async def until_stopped(work: Callable[[asyncio.Event], Awaitable[Result]]) -> tuple[Result, str | None]:
    """Do the work; Ctrl-C and SIGTERM set its event. Returns the name of the signal that came."""
    stop = asyncio.Event()
    came: list[str] = []
    loop = asyncio.get_running_loop()

    def take(name: str) -> None:
        came.append(name)
        stop.set()

    names = {signal.SIGINT: "Ctrl-C", signal.SIGTERM: "SIGTERM"}
    for number, name in names.items():
        loop.add_signal_handler(number, take, name)
    try:
        return await work(stop), came[0] if came else None
    finally:
        for number in names:
            loop.remove_signal_handler(number)
