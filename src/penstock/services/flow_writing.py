"""Keeping the flows of a suite run as they go, and making its report from what is kept."""

from __future__ import annotations

import asyncio
import dataclasses
import datetime
import uuid
from collections.abc import Iterable
from typing import Any

import orjson
import structlog

from penstock.errors import Unavailable
from penstock.model import AddCookies, Assign, Flow, Journey, Jump, Label, Leave, SocketClose, Suite, Think
from penstock.ports.clock import Clock
from penstock.ports.stores import Store, Work
from penstock.runs import recording
from penstock.runs.stored import FlowRun
from penstock.runs.suite_report import Attempt, FlowResult, FlowResultStatus, Kind
from penstock.services.suites import Began, Event

_log = structlog.stdlib.get_logger("penstock.keeping")

_AGAIN_S = 0.5
_LAST = 1_000_000
_LONGEST_ID = 36
HOOKS: dict[Kind, str | None] = {"before all": "beforeAll", "flow": None, "after all": "afterAll"}


class FlowWriter:
    """Writes attempts in the order in which they change; what the database does not take at once is written later."""

    def __init__(self, store: Store, clock: Clock, run: str) -> None:
        self._store = store
        self._clock = clock
        self._run = run
        self._known: dict[tuple[object, ...], FlowRun] = {}
        self._places: dict[tuple[object, ...], int] = {}
        self._queue: asyncio.Queue[tuple[FlowRun, bytes | None] | None] = asyncio.Queue()
        self._task = asyncio.create_task(self._write())

    def take(self, event: Event) -> None:
        """Take in what happened; returns at once."""
        result = event.result
        for number, attempt in enumerate(result.attempts, 1):
            self._ended(result, number, attempt)
        if isinstance(event, Began):
            self._put(result, event.attempt, status="running", started=self._clock.now())

    def not_run(self, results: Iterable[FlowResult]) -> None:
        """Note the flows whose turn did not come."""
        for result in results:
            if result.status == "not run":
                self._put(result, 0, status="not run")

    async def finish(self) -> None:
        """Return when everything is written."""
        self._queue.put_nowait(None)
        await self._task

    def abandon(self) -> None:
        """Write no more."""
        self._task.cancel()

    def _ended(self, result: FlowResult, number: int, attempt: Attempt) -> None:
        known = self._known.get((*_key(result), number))
        if known is not None and known.ended is not None:
            return
        now = self._clock.now()
        started = now if known is None or known.started is None else known.started
        content = orjson.dumps({"values": result.values, **dataclasses.asdict(attempt)}, default=str)
        self._put(
            result, number, content, status=_status(attempt), started=started, ended=now, facts=_facts(result, attempt)
        )

    def _put(self, result: FlowResult, attempt: int, content: bytes | None = None, **changes: Any) -> None:
        key = (*_key(result), attempt)
        flow, name = _kept(result.id, result.name)
        known = self._known.get(key) or FlowRun(
            id=str(uuid.uuid4()),
            run=self._run,
            position=self._place(result),
            name=name,
            status="pending",
            flow=flow or None,
            hook=HOOKS[result.kind],
            attempt=attempt,
            row=result.row,
            facts=_flow_facts(result),
        )
        self._known[key] = dataclasses.replace(known, **changes)
        self._queue.put_nowait((self._known[key], content))

    def _place(self, result: FlowResult) -> int:
        if result.kind != "flow":
            return -1 if result.kind == "before all" else _LAST
        return self._places.setdefault(_key(result), len(self._places))

    async def _write(self) -> None:
        while (item := await self._queue.get()) is not None:
            items = [item]
            is_last = False
            while not self._queue.empty():
                following = self._queue.get_nowait()
                if following is None:
                    is_last = True
                    break
                items.append(following)
            while True:
                try:
                    await asyncio.to_thread(self._store_all, items)
                except Unavailable as error:
                    _log.warning("flows wait for the database", run=self._run, error=str(error))
                    await asyncio.sleep(_AGAIN_S)
                else:
                    break
            if is_last:
                return

    def _store_all(self, items: list[tuple[FlowRun, bytes | None]]) -> None:
        with self._store.write() as work:
            for flow_run, content in items:
                work.flow_runs.put(flow_run, content)


def end_as_lost(work: Work, run: str, now: datetime.datetime, why: str) -> None:
    """End the attempts that were under way when a run was lost: nobody knows how far they came."""
    for attempt in work.flow_runs.list(run):
        if attempt.status in ("pending", "running"):
            facts = {**attempt.facts, "reason": why}
            content = orjson.dumps({"values": [], "recording": None, "after": None, "error": why})
            work.flow_runs.put(dataclasses.replace(attempt, status="error", ended=now, facts=facts), content)


def results_of(suite: Suite, kept: Iterable[tuple[FlowRun, bytes | None]]) -> tuple[FlowResult, ...]:
    """Return what came of each flow, in order, from its attempts."""
    flows = {_kept(flow.id, flow.name): flow for flow in suite.flows}
    attempts: dict[tuple[object, ...], list[tuple[FlowRun, bytes | None]]] = {}
    for flow_run, content in kept:
        attempts.setdefault((flow_run.position, flow_run.row), []).append((flow_run, content))
    return tuple(_result(suite, flows, each) for each in attempts.values())


def _result(suite: Suite, flows: dict[tuple[str, str], Flow], kept: list[tuple[FlowRun, bytes | None]]) -> FlowResult:
    first, last = kept[0][0], kept[-1][0]
    values: tuple[tuple[str, str], ...] = ()
    attempts = []
    for _, content in kept:
        if content is not None:
            given = orjson.loads(content)
            values = tuple((name, value) for name, value in given["values"])
            attempts.append(Attempt(_recorded(given["recording"]), _recorded(given["after"]), given["error"]))
    kind: Kind = "flow"
    journey, flow = None, flows.get((first.flow or "", first.name))
    if first.hook is not None:
        kind = "before all" if first.hook == "beforeAll" else "after all"
        journey = suite.before_all if kind == "before all" else suite.after_all
    elif flow is not None:
        journey = flow.journey
    if journey is None:
        raise ValueError(f"run {first.run}: the suite has no flow {first.name!r}")
    status: FlowResultStatus
    match last.status:
        case "passed":
            status = "passed" if len(attempts) == 1 or all(each.has_passed for each in attempts) else "flaky"
        case "failed" | "stopped" | "error":
            status = last.status
        case _:
            status = "not run"
    counts = flow is None or flow.status != "evaluating"
    return FlowResult(
        kind, first.flow or "", first.name, journey, status, tuple(attempts), first.row, values, flow, counts
    )


def _recorded(given: dict[str, Any] | None) -> recording.Recording | None:
    return None if given is None else recording.read(given)


def _kept(id: str, name: str) -> tuple[str, str]:
    """Return id and name of a flow as they can be kept; an id that no kept thing has is that of the file alone."""
    return "" if len(id) > _LONGEST_ID or "\0" in id else id, name.replace("\0", "\ufffd")


def _key(result: FlowResult) -> tuple[object, ...]:
    return (result.kind, result.id, result.name, result.row)


def _status(attempt: Attempt) -> str:
    if attempt.has_passed:
        return "passed"
    if attempt.error:
        return "error"
    return "stopped" if attempt.is_stopped else "failed"


_NO_STEPS = AddCookies | Assign | Jump | Label | Leave | SocketClose | Think


def _steps(journey: Journey) -> int:
    """Return how many steps a flow has; pauses, and what only prepares a step, are none."""
    return sum(not isinstance(step, _NO_STEPS) for step in journey.steps)


def _flow_facts(result: FlowResult) -> dict[str, Any]:
    flow = result.flow
    return {"counts": result.counts, "requests": _steps(result.journey)} | (
        {} if flow is None else {"flow_status": flow.status, "labels": list(flow.labels)}
    )


def _facts(result: FlowResult, attempt: Attempt) -> dict[str, Any]:
    times = [request.elapsed_s for request in attempt.requests if not request.failures]
    return _flow_facts(result) | {
        "successful": len(times),
        "mean_ms": round(sum(times) / len(times) * 1000, 3) if times else 0.0,
        "duration_ms": round(attempt.duration_s * 1000, 3),
        "reason": attempt.reason,
    }
