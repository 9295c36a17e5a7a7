"""Runs plans by Penstock, each as an agent gets it: read, compiled, and through an order."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import orjson

from penstock.engine import orders
from penstock.engine.work import compile_work
from penstock.errors import InvalidInput
from penstock.runners.trials import LocalTrials
from penstock.runs.recording import RecordedPause, RecordedRequest, Recording
from penstock.runs.segment import Segment
from penstock.services.changes import Changes
from penstock.services.preparation import prepare
from penstock.services.prepared import Prepared
from penstock.services.trial import prepare_trial
from tests.apps import Recorder
from tests.engine.native_run import Played, play_planned
from tests.jmeter.answers import Site
from tests.jmeter.case import Case
from tests.jmeter.record import Record, record, write_files

_WHOLE = Segment(0, 1)


def run(case: Case) -> Record:
    """Run a plan as `penstock run` does, on the native loop of this process.

    Raises `InvalidInput` for one that is refused.
    """
    with _laid(case) as (path, site):
        order = orders.encode(_prepared(path).plan, _WHOLE)  # type: ignore[arg-type]  # there is one, or it was refused
        plan, segment = orders.decode(orjson.loads(orjson.dumps(order)))
        journeys = compile_work(plan, segment)
        made = orders.native_plan(plan, segment, [journey.name for journey in journeys], None)
        played = play_planned(made, [journey.function for journey in journeys])
        return record(case, site.port, site.requests, _samples(played))


def pauses(cases: dict[str, Case]) -> dict[str, list[int]]:
    """Return the planned milliseconds before each request of one iteration, as `penstock trial` tells them."""

    async def recorded() -> dict[str, list[int]]:
        trials = LocalTrials()
        found = {}
        try:
            for name, case in cases.items():
                with _laid(case) as (path, _):
                    trial = prepare_trial(_prepared(path), path, Changes(), journey=None)
                    found[name] = _gaps(await trials.record(trial.plan))
        finally:
            await trials.close()
        return found

    return asyncio.run(recorded())


@contextmanager
def _laid(case: Case) -> Iterator[tuple[Path, Recorder]]:
    with tempfile.TemporaryDirectory() as scratch, Recorder(Site()) as site:
        write_files(case, Path(scratch), "plan", site.port)
        yield Path(scratch, "plan.jmx"), site


def _prepared(path: Path) -> Prepared:
    prepared = prepare(path, Changes())
    wrong = [str(finding) for finding in prepared.findings if finding.severity == "error"]
    if prepared.plan is None or wrong:
        raise InvalidInput("; ".join(wrong))
    return prepared


def _samples(played: Played) -> list[tuple[str, bool]]:
    """Return how often each name ended well, and how often not; in no order, which snapshots do not keep."""
    ended = []
    for kind, name in played.names:
        one = played.series(name, kind)
        if kind in ("request", "group"):
            ended += [(name, True)] * (one.count - one.failed) + [(name, False)] * one.failed
    return sorted(ended)


def _gaps(recording: Recording) -> list[int]:
    gaps, waited_s = [], 0.0
    for entry in recording.entries:
        if isinstance(entry, RecordedPause):
            waited_s += entry.planned_s
        elif isinstance(entry, RecordedRequest):
            gaps.append(round(waited_s * 1000))
            waited_s = 0.0
    return gaps
