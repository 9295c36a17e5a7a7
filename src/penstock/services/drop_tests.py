"""What of a test drop is run, and what that says of its load."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import PurePosixPath
from typing import Any

from penstock.errors import InvalidInput, NotRunnable, PenstockError
from penstock.model.limits import LONGEST_S
from penstock.runs.plan import Plan, ScenarioWork
from penstock.services.changes import Changes, LoadChanges
from penstock.services.drops import Drop, DropService
from penstock.services.jmeter_sizing import sizing_of
from penstock.services.kept_cloud_runs import TestKind
from penstock.services.preparation import prepare
from penstock.services.sources import Source

_ENDINGS: dict[TestKind, str] = {"visual-studio": ".loadtest", "jmeter": ".jmx"}


def source_of(drops: DropService, drop: Drop, name: str, kind: TestKind) -> Source:
    """Return what is to be run. Raises `InvalidInput` where it is not in the drop."""
    if name.lower().endswith(".har"):
        raise NotRunnable(
            f"{name}: a recording (HAR) says nothing of load, so it is no load test; run it with "
            "`penstock run --users`, or write its requests as a test of URLs or a web test of Visual Studio"
        )
    if drop.url_test is not None:
        entry, files = drop.url_test.files()
        return Source(entry, files)
    files = drops.files(drop)
    return Source(_entry(name, files, _ENDINGS[kind]), files)


def kind_of(name: str, said: TestKind) -> TestKind:
    """Return what kind of test it is: a .jmx is a plan of JMeter, whether or not its run was said to be one."""
    return "jmeter" if name.lower().endswith(_ENDINGS["jmeter"]) else said


def changes_of(kind: TestKind, drop: Drop, said: Mapping[str, Any]) -> Changes:
    """Return what is to be different from the file, as the sizing of a JMeter plan says. Raises as `sizing_of`."""
    if kind != "jmeter":
        return Changes()
    sizing = sizing_of(drop.said or {}, said.get("runSpecificDetails", {}))
    return Changes(load=LoadChanges(copies=sizing.agents, longest_s=sizing.longest_s))


def load_in(source: Source, changes: Changes) -> dict[str, float]:
    """Return what a test says of its load; nothing where it cannot be read."""
    try:
        with source.unpacked() as path:
            plan = prepare(path, replace(changes, is_confined=True)).plan
    except PenstockError:
        return {}
    return {} if plan is None else _load_of(plan)


def _load_of(plan: Plan) -> dict[str, float]:
    load: dict[str, float] = {"users": plan.peak, "warm_up_s": round(plan.warm_up_s)}
    if plan.duration_s < LONGEST_S:  # else its iterations end it
        load["seconds"] = round(plan.duration_s - plan.warm_up_s)
    if plan.copies > 1:
        load["agents"] = plan.copies
    if isinstance(plan.work, ScenarioWork) and plan.work.scenario.counters is not None:
        load["sample_s"] = round(plan.work.scenario.counters.sample_s)
    return load


def _entry(name: str, files: Mapping[str, bytes], ending: str) -> str:
    """Return the file of that name: at the root of the drop, else the only one of it below; letter case is free."""
    what = "load test" if ending == _ENDINGS["visual-studio"] else "test plan of JMeter"
    at_root = [one for one in files if one.lower() == name.lower()]
    below = [one for one in files if PurePosixPath(one).name.lower() == name.lower()]
    for found in (at_root, below):
        if len(found) == 1 and name.lower().endswith(ending):
            return found[0]
    if len(at_root) > 1 or len(below) > 1:
        raise InvalidInput(f"the drop holds several files {name!r}: {', '.join(sorted(at_root or below))}")
    if at_root or below:
        raise InvalidInput(f"{name!r} is no {what}; the name of the run is that of a {ending} file in its drop")
    there = sorted(one for one in files if one.lower().endswith(ending))
    holds = f"it holds {', '.join(there[:10])}" if there else f"of its {len(files)} files none is a {ending}"
    raise InvalidInput(
        f"the drop holds no file {name!r}: {holds}. Upload it to the root of the drop, then create a run"
    )
