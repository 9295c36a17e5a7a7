"""From a file and the caller's changes to a plan: recognise, import, apply, check. Nothing is run here."""

from __future__ import annotations

import getpass
import secrets
import time
import uuid
from dataclasses import replace
from pathlib import Path

from penstock.errors import InvalidInput, UnreadableFile
from penstock.importers import base
from penstock.model import (
    CounterSettings,
    Finding,
    Load,
    Origin,
    Scenario,
    Threshold,
    parse_threshold,
)
from penstock.runs.plan import Plan, ScenarioWork
from penstock.services import http_settings, load_texts, networks, reshaping
from penstock.services.changes import Changes, LoadChanges
from penstock.services.flow_preparation import prepare_flow
from penstock.services.importing import read
from penstock.services.prepared import Prepared
from penstock.services.reshaping import Shaped


def prepare(path: Path, changes: Changes, imported: base.Imported | None = None) -> Prepared:
    """Read the test in `path` (unless it was `imported` before) and apply the changes.

    Raises `InvalidInput` (with its subclasses) for a file that is no test at all and for changes that make no
    sense. Whether this version can execute every step is said by `verification.verify`, and by the agents.
    """
    if not path.exists():
        raise UnreadableFile(f"{path}: there is no such file")
    if path.suffix == ".py":
        return prepare_flow(path, changes)
    return _prepare_import(path, changes, read(path, changes) if imported is None else imported)


def _prepare_import(path: Path, changes: Changes, imported: base.Imported) -> Prepared:
    findings = list(imported.findings)
    scenario = imported.scenario
    if scenario is None or any(finding.severity == "error" for finding in findings):
        return Prepared(None, tuple(findings), imported)
    before = Shaped(scenario.populations, scenario.warm_up_s, scenario.cool_down_s)
    shaped = reshaping.apply(before, changes.load)
    findings += _notes(before, shaped, changes.load, scenario.origin)
    populations = networks.with_networks(shaped.populations, changes.networks)
    scenario = replace(scenario, populations=populations, counters=_counters(scenario, changes))
    http = http_settings.of_import(scenario.defaults, path, changes)
    folder = path if path.is_dir() else path.parent
    plan = Plan(
        name=scenario.name,
        work=ScenarioWork(scenario, None if changes.plugins is None else str(changes.plugins.resolve())),
        populations=populations,
        http=http,
        thresholds=_thresholds(scenario, changes),
        max_failures=scenario.max_failures if changes.max_failures is None else changes.max_failures,
        constants=(*constants().items(), ("retarget", http.retargeting.text), ("folder", str(folder.resolve()))),
        warm_up_s=shaped.warm_up_s,
        cool_down_s=shaped.cool_down_s,
        seed=secrets.randbits(53),
        copies=changes.load.copies,
        stop_rule=load_texts.stop_rule(changes.stop_on_errors),
    )
    return Prepared(plan, tuple(findings), imported)


def _counters(scenario: Scenario, changes: Changes) -> CounterSettings | None:
    if changes.fails_on is None:
        return scenario.counters
    if scenario.counters is None:
        raise InvalidInput("--fail-on: the test has no counters with threshold rules; give --threshold instead")
    return replace(scenario.counters, fails_on=changes.fails_on)


def _notes(before: Shaped, after: Shaped, changes: LoadChanges, origin: Origin) -> list[Finding]:
    """Say what the changes changed besides."""
    notes: list[Finding] = []
    if changes.warm_up_s is None and after.warm_up_s < before.warm_up_s:
        message = f"the warm-up is shortened with the duration, from {before.warm_up_s:g} s to {after.warm_up_s:g} s"
        notes.append(
            Finding("note", "approximated", "warm-up-shortened", message, origin, "set --warm-up to choose it")
        )
    for was, now in zip(before.populations, after.populations, strict=True):
        ramp_before_s, ramp_s = _ramp_s(was.load), _ramp_s(now.load)
        if changes.duration_s is not None and changes.ramp_up_s is None and ramp_s < ramp_before_s:
            message = f"the ramp-up is shortened with the duration, from {ramp_before_s:g} s to {ramp_s:g} s"
            advice = "set --ramp-up to choose it"
            notes.append(Finding("note", "approximated", "ramp-shortened", message, origin, advice))
        if now.load.model == "arrivals" and was.load.model != "arrivals":
            message = "with a rate of starts, the pause between iterations and their number a user have no meaning"
            notes.append(Finding("note", "dropped", "rate-of-starts", message, origin))
    return notes


def _ramp_s(load: Load) -> float:
    return sum(phase.duration_s for phase in load.phases if phase.start != phase.end)


def _thresholds(scenario: Scenario, changes: Changes) -> tuple[Threshold, ...]:
    return (*scenario.thresholds, *(parse_threshold(text) for text in changes.thresholds))


def constants() -> dict[str, str]:
    """Return the variables that stand for the run itself, under the neutral names of `program`."""
    try:
        launched_by = getpass.getuser()
    except (KeyError, OSError):  # a container may have a user id without a name
        launched_by = "unknown"
    return {
        "run_id": str(uuid.uuid4()),
        "start_time_ms": str(time.time_ns() // 1_000_000),
        "launched_by": launched_by,
    }
