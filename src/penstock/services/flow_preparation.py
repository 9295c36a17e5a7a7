"""From a flow.py and the caller's changes to a plan: its own load and options first, then what the caller says."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from penstock.errors import InvalidInput
from penstock.model import Population, Share, parse_threshold
from penstock.program import pyfile
from penstock.program.loadfunction import phases_of
from penstock.program.userclasses import Crowd, Tags
from penstock.runs.plan import FlowWork, Plan
from penstock.script import Options
from penstock.services import http_settings, load_texts, networks, reshaping
from penstock.services.changes import Changes, LoadChanges
from penstock.services.prepared import Prepared
from penstock.services.reshaping import Shaped


def prepare_flow(path: Path, changes: Changes) -> Prepared:
    """Load a flow.py and apply the changes. Raises `InvalidInput` for those that make no sense with it."""
    if changes.fails_on is not None:
        raise InvalidInput(f"{path}: --fail-on is for tests with threshold rules on counters; give --threshold instead")
    given = {
        "--pool": changes.pools,
        "--parameters-file": changes.parameter_files,
        "name=value and --parameter-env": changes.parameters,
    }
    for what in (option for option, values in given.items() if values):
        raise InvalidInput(f"{path}: {what} is for imported tests; a flow.py reads its own data and settings")
    tags = Tags(frozenset(changes.tags), frozenset(changes.unwanted_tags))
    flow = pyfile.load(str(path.resolve()), tags)
    options = flow.options
    said = _said(options)
    if flow.load is not None:
        said = _with_load_function(path, flow.load, said, changes.load)
    if len(flow.crowds) > 1 and not said.says_how_many and not changes.load.says_how_many:
        said = replace(said, users=len(flow.crowds))
    level = _WEIGHT_LEVEL if len(flow.crowds) > 1 else 1
    shaped = Shaped(tuple(_population(crowd, level) for crowd in flow.crowds), are_alike=True)
    shaped = reshaping.apply(reshaping.apply(shaped, said), _bounded(changes.load, said))
    lines = changes.networks or networks.read(_texts(options.network))
    plan = Plan(
        name=path.stem,
        work=FlowWork(str(path.resolve()), changes.tags, changes.unwanted_tags),
        populations=networks.with_networks(shaped.populations, lines),
        http=http_settings.of_flow(options, path, changes),
        thresholds=tuple(parse_threshold(text) for text in (*options.thresholds, *changes.thresholds)),
        max_failures=options.max_failures if changes.max_failures is None else changes.max_failures,
        warm_up_s=shaped.warm_up_s,
        cool_down_s=shaped.cool_down_s,
        seed=secrets.randbits(53),
        stop_rule=load_texts.stop_rule(changes.stop_on_errors or options.stop_on_errors),
    )
    return Prepared(plan, ())


_WEIGHT_LEVEL = 1000
"""The level of weight 1, of several kinds, before anybody says how many there are: all that counts are proportions."""


def _population(crowd: Crowd, level: int) -> Population:
    return Population(
        crowd.name,
        reshaping.endless(1 if level == 1 else max(1, round(crowd.weight * level))),
        tuple(Share(name, weight) for name, weight in crowd.tasks),
        "sequential" if crowd.in_order else "tests",
        on_start=crowd.on_start,
        on_stop=crowd.on_stop,
    )


def _with_load_function(
    path: Path, function: Callable[[float], Any], said: LoadChanges, asked: LoadChanges
) -> LoadChanges:
    """Return what the file says, with its load function as phases; the caller's own load wins.

    Raises `InvalidInput` for a file that says its load in two ways.
    """
    if said.says_how_much or said.ramp_up_s is not None:
        raise InvalidInput(f"{path}: load(t) says how much load there is, and so do the Options; leave out one")
    if asked.says_how_much:
        return said
    return replace(said, phases=phases_of(path.resolve(), function, said.duration_s), duration_s=None)


def _said(options: Options) -> LoadChanges:
    """Return what a flow.py says of its load."""
    return load_texts.read(
        users=options.users,
        rate=options.rate,
        arrivals=options.arrivals,
        max_users=options.max_users,
        requests_rate=options.requests_rate,
        phases=options.phases,
        duration=options.duration,
        ramp_up=options.ramp_up,
        iterations=options.iterations,
        total_iterations=options.total_iterations,
        warm_up=options.warm_up,
        cool_down=options.cool_down,
        pacing=options.pacing,
        think=options.think,
        new_users=options.new_users,
        goal=options.goal,
    )


def _bounded(asked: LoadChanges, said: LoadChanges) -> LoadChanges:
    """Return the caller's changes with an end for a load that neither they nor the flow.py give one.

    Users then do one iteration. Raises `InvalidInput` for a rate, which has no end of its own.
    """
    both = (asked, said)
    ends = any(one.duration_s is not None or one.phases is not None or one.total_iterations is not None for one in both)
    if not ends and any(one.rate is not None for one in both):
        raise InvalidInput("rate: say for how long, with --duration or --total-iterations")
    if not ends and any(one.goal is not None for one in both):
        raise InvalidInput("goal: say for how long, with --duration")
    if ends or any(one.iterations is not None for one in both):
        return asked
    if any(one.requests_rate is not None for one in both):
        raise InvalidInput("requests-rate: say for how long, with --duration, --iterations or --total-iterations")
    return replace(asked, iterations=1)


def _texts(given: str | tuple[str, ...]) -> tuple[str, ...]:
    if isinstance(given, str):
        return (given,) if given else ()
    return tuple(given)
