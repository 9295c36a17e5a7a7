"""From a file and the caller's changes to a plan: recognise, import, apply, check. Nothing is run here."""

from __future__ import annotations

import getpass
import re
import secrets
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from penstock import __version__
from penstock.errors import InvalidInput, UnreadableFile
from penstock.importers import base
from penstock.model import (
    CounterSettings,
    Defaults,
    Finding,
    Load,
    NetworkProfile,
    Origin,
    Population,
    Scenario,
    Share,
    Suite,
    Threshold,
    parse_threshold,
)
from penstock.model.retargeting import EVERYWHERE
from penstock.program import pyfile
from penstock.program.loadfunction import phases_of
from penstock.program.userclasses import Crowd, Tags
from penstock.runs.plan import FlowWork, HttpSettings, Plan, ScenarioWork
from penstock.script import Options
from penstock.services import load_texts, networks, reshaping, transport
from penstock.services.changes import Changes, LoadChanges
from penstock.services.reshaping import Shaped

DEFAULT_STOP_RULE = "90% over 60s"
"""A run in which more requests than this fail all through so long a span tells nothing more: it is stopped."""

USER_AGENT = f"penstock/{__version__}"


@dataclass(frozen=True, slots=True)
class Prepared:
    """A plan ready to run, or None where a finding of severity error forbids it.

    `imported` is what was read of an imported file; None for a flow.py.
    """

    plan: Plan | None
    findings: tuple[Finding, ...]
    imported: base.Imported | None = None

    @property
    def suite(self) -> Suite | None:
        """The suite, where that is what the file is first of all, and nothing forbids to run it."""
        imported = self.imported
        if imported is None or imported.scenario is not None or imported.is_blocked:
            return None
        return imported.suite

    @property
    def is_runnable(self) -> bool:
        """Whether there is something to run, as a load or flow by flow."""
        return self.plan is not None or self.suite is not None

    @property
    def errors(self) -> tuple[Finding, ...]:
        """The findings that keep the test from running."""
        return tuple(finding for finding in self.findings if finding.severity == "error")


def prepare(path: Path, changes: Changes, imported: base.Imported | None = None) -> Prepared:
    """Read the test in `path` (unless it was `imported` before) and apply the changes.

    Raises `InvalidInput` (with its subclasses) for a file that is no test at all and for changes that make no
    sense. Whether this version can execute every step is said by `verification.verify`, and by the agents.
    """
    if not path.exists():
        raise UnreadableFile(f"{path}: there is no such file")
    if path.suffix == ".py":
        return _prepare_flow(path, changes)
    return _prepare_import(path, changes, read(path, changes) if imported is None else imported)


def read(path: Path, changes: Changes) -> base.Imported:
    """Import the file, with what the changes say of its meaning; the load stays as it is written.

    Raises `InvalidInput` (with its subclasses) for a file that is no test at all.
    """
    from penstock.importers import opening, registry  # large, and a flow.py needs none of them

    files, entry = opening.open_path(path)
    return registry.compile(
        files,
        entry,
        base.Overrides(
            parameters=changes.parameters,
            pools=tuple(base.Pool(pool.id, pool.file_name, pool.content) for pool in changes.pools),
            run_settings=changes.run_settings,
            test_settings=changes.test_settings,
            skip_unsupported=changes.skip_unsupported,
            ignore_plugins=changes.ignore_plugins,
            plugins=_plugin_names(changes),
            tables=changes.tables,
            counters=changes.counters,
            parameter_files=changes.parameter_files,
            is_inline=changes.is_inline,
            pick=changes.pick,
        ),
    )


def _prepare_import(path: Path, changes: Changes, imported: base.Imported) -> Prepared:
    findings = list(imported.findings)
    scenario = imported.scenario
    if scenario is None or any(finding.severity == "error" for finding in findings):
        return Prepared(None, tuple(findings), imported)
    before = Shaped(scenario.populations, scenario.warm_up_s, scenario.cool_down_s)
    shaped = reshaping.apply(before, changes.load)
    findings += _notes(before, shaped, changes.load, scenario.origin)
    populations = _with_networks(shaped.populations, changes.networks)
    scenario = replace(scenario, populations=populations, counters=_counters(scenario, changes))
    http = http_settings(scenario.defaults, path, changes)
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
        stop_rule=_stop_rule(changes.stop_on_errors),
    )
    return Prepared(plan, tuple(findings), imported)


def _with_networks(populations: tuple[Population, ...], lines: tuple[NetworkProfile, ...]) -> tuple[Population, ...]:
    return tuple(replace(one, networks=lines) for one in populations) if lines else populations


def _texts(given: str | tuple[str, ...]) -> tuple[str, ...]:
    if isinstance(given, str):
        return (given,) if given else ()
    return tuple(given)


def _counters(scenario: Scenario, changes: Changes) -> CounterSettings | None:
    if changes.fails_on is None:
        return scenario.counters
    if scenario.counters is None:
        raise InvalidInput("--fail-on: the test has no counters with threshold rules; give --threshold instead")
    return replace(scenario.counters, fails_on=changes.fails_on)


def http_settings(defaults: Defaults, path: Path, changes: Changes) -> HttpSettings:
    """Return what holds for all requests of an imported test: as it says, with the changes."""
    overrides = dict(changes.target_overrides)
    everywhere = overrides.pop(EVERYWHERE, None)
    if everywhere is not None and changes.base_url is not None:
        raise InvalidInput(f"base URL {changes.base_url!r}: all requests go to {everywhere} already; leave out one")
    everywhere = everywhere or _origin_of(changes.base_url)
    http = HttpSettings(
        base_url=everywhere,
        retarget=everywhere,
        target_overrides=tuple(overrides.items()),
        timeout_s=defaults.timeout_s,
        max_redirects=defaults.max_redirects,
        user_agent=defaults.user_agent or USER_AGENT,
        accept_encoding=defaults.accept_encoding,
        cookies=defaults.cookies,
        verify_tls=changes.verify_tls,
        counts_redirects=defaults.counts_redirects,
        policy=changes.policy,
    )
    folder = path if path.is_dir() else path.parent
    said = transport.of_defaults(defaults)
    if changes.is_confined:
        transport.confine(said, folder)
    return transport.apply(http, said, folder, changes.transport)


def _prepare_flow(path: Path, changes: Changes) -> Prepared:
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
    base_url = changes.base_url if changes.base_url is not None else options.base_url
    overrides = dict(changes.target_overrides)
    http = HttpSettings(
        base_url=_origin_of(base_url, with_path=True),
        retarget=overrides.pop(EVERYWHERE, None),
        target_overrides=tuple(overrides.items()),
        timeout_s=options.timeout,
        user_agent=USER_AGENT,
        cookies=options.cookies,
        verify_tls=changes.verify_tls,
        policy=changes.policy,
    )
    plan = Plan(
        name=path.stem,
        work=FlowWork(str(path.resolve()), changes.tags, changes.unwanted_tags),
        populations=_with_networks(shaped.populations, changes.networks or networks.read(_texts(options.network))),
        http=transport.apply(http, transport.of_options(options), path.parent, changes.transport),
        thresholds=tuple(parse_threshold(text) for text in (*options.thresholds, *changes.thresholds)),
        max_failures=options.max_failures if changes.max_failures is None else changes.max_failures,
        warm_up_s=shaped.warm_up_s,
        cool_down_s=shaped.cool_down_s,
        seed=secrets.randbits(53),
        stop_rule=_stop_rule(changes.stop_on_errors or options.stop_on_errors),
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


def _stop_rule(written: str | None) -> Threshold | None:
    """Read `90% over 60s` or `off`. Raises `InvalidInput`."""
    text = (DEFAULT_STOP_RULE if written is None else written).strip()
    if text == "off":
        return None
    match = re.fullmatch(r"(\d+(?:\.\d+)?)\s*%\s+over\s+(\S+)", text)
    if match is None:
        raise InvalidInput(f"stop-on-errors {text!r} is not understood; write it like '90% over 60s', or off")
    return parse_threshold(f"failed <= {match[1]}% over {match[2]} stop")


def _origin_of(url: str | None, *, with_path: bool = False) -> str | None:
    """Return the URL, that of an origin without a trailing slash: it carries no path.

    Raises `InvalidInput` for anything that is not http(s)://host[:port].
    """
    if url is None:
        return None
    try:
        parts = urlsplit(url)
        valid = parts.scheme in ("http", "https") and bool(parts.hostname) and (parts.port or 1) > 0
    except ValueError:
        valid = False
    if not valid:
        raise InvalidInput(f"base URL {url!r}: write it like http://host:8080")
    if not with_path and (parts.path.strip("/") or parts.query or parts.fragment):
        raise InvalidInput(
            f"base URL {url!r}: only scheme, host and port are replaced; leave out {parts.path or 'the query'}"
        )
    return url if with_path else url.rstrip("/")  # the slash at the end of a path says what is relative to it


def _plugin_names(changes: Changes) -> frozenset[str]:
    """Return the compiled classes that the caller has Python classes for.

    Raises `InvalidInput` for those of others: nobody's Python is run but the caller's own.
    """
    if changes.plugins is None:
        return frozenset()
    if changes.is_confined:
        raise InvalidInput("plugins: Python classes are not run for tests that others sent")
    from penstock.program.plugins import read_names

    return frozenset(read_names(changes.plugins))


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
