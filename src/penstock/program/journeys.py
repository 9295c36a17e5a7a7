"""From a scenario to coroutine functions, before any load: nothing is parsed or searched while it runs."""

from __future__ import annotations

import platform
from collections.abc import Callable, Mapping
from functools import partial
from itertools import takewhile
from random import Random
from types import MappingProxyType
from typing import assert_never

from penstock.errors import InvalidInput, NotRunnable
from penstock.model import (
    AddCookies,
    Assign,
    Branch,
    CsvData,
    Examine,
    Group,
    Journey,
    Jump,
    Label,
    Leave,
    Loop,
    Omitted,
    Request,
    Scenario,
    Script,
    SocketClose,
    SocketOpen,
    SocketSend,
    SocketWait,
    Step,
    TakeRow,
    Think,
)
from penstock.program import passes
from penstock.program.assignments import compile_assign, constants_of
from penstock.program.compiled import CompiledJourney, JourneyFunction, Journeys
from penstock.program.context import Context, refuse
from penstock.program.control import compile_branch, compile_group, compile_jump, compile_leave, compile_loop
from penstock.program.cookies import compile_cookies
from penstock.program.data import Cursors, Feed, compile_data, takes_unique, until_out_of_rows
from penstock.program.dialects import dialect_of
from penstock.program.examination import compile_examine, looks_back
from penstock.program.iteration import Iteration, acting, waiting
from penstock.program.iteration import Step as CompiledStep
from penstock.program.names import names_in
from penstock.program.plugins import NO_CLASSES, Classes, Plugins
from penstock.program.requests import compile_request
from penstock.program.scripts import compile_script, compile_scripts, names_read
from penstock.program.sequence import sequence
from penstock.program.sockets import compile_socket
from penstock.program.thinks import compile_think
from penstock.program.tracing import Trace
from penstock.program.values import Dialect, RunFacts, Variables


def compile(  # noqa: A001 — always used as program.compile or under another name
    scenario: Scenario,
    *,
    no_think: bool = False,
    constants: Mapping[str, str] | None = None,
    index: int = 0,
    of: int = 1,
    seed: int | None = None,
    trace: Trace | None = None,
    plugins: Classes = NO_CLASSES,
    copies: int = 1,
) -> Journeys:
    """Compile the scenario for agent `index` of `of`, or for one of so many `copies` that each do the whole of it.

    `no_think` leaves out the thinks (pauses between iterations are the plan's, waits of polls stay). `constants`
    are facts of the run: `run_id`, `start_time_ms` (UTC, since the epoch), `launched_by`, `retarget`
    (`Retargeting.text`: where requests go instead of where they are addressed to), `folder`, and on a server `user_id`,
    `team_id` and `test_id`. With a `seed`, all that is drawn at random is the same each time. With a `trace` the
    journeys tell it what they do. `plugins` are the user's own classes for rules that the dialect does not know.

    Raises `NotRunnable`, with the place in the user's file, for what cannot be executed, and `InvalidInput` for a
    scenario that makes no sense.
    """
    random = Random() if seed is None else Random(f"{seed}/{index}")  # noqa: S311 — load needs no secrets
    dialect = dialect_of(scenario.dialect, random, plugins)
    return compile_with(dialect, random, scenario, no_think, constants or {}, index, of, trace, plugins, copies)


def compile_with(
    dialect: Dialect,
    random: Random,
    scenario: Scenario,
    no_think: bool = False,
    constants: Mapping[str, str] = MappingProxyType({}),
    index: int = 0,
    of: int = 1,
    trace: Trace | None = None,
    plugins: Classes = NO_CLASSES,
    copies: int = 1,
) -> Journeys:
    """Compile as `compile` does, with the words of a dialect that is given."""
    if not scenario.journeys:
        raise InvalidInput(f"{scenario.origin}: there is nothing to do: no journey")
    try:
        programs = compile_scripts(scenario.journeys, dialect)
        proxy = scenario.defaults.proxy
        proxy = proxy if proxy is not None and proxy.is_computed else None
        names = names_in((scenario.journeys, proxy)) | names_read(programs, dialect)
        if trace is not None:
            names = names | dialect.built_ins()  # whoever looks at a recording wants to see them all
            trace.hide(dialect.hidden())
        users_apart = max(1, len(scenario.populations)) * copies
        given = _run_variables(dialect, names, constants, index, of, users_apart)
        files = {file.name: file.content for file in scenario.files}
        feeds = [compile_data(data, random, index, of) for data in scenario.data]
        cursors: Cursors = {}
        starts = frozenset(population.on_start for population in scenario.populations if population.on_start)
        return tuple(
            CompiledJourney(
                journey.name,
                _journey(
                    journey,
                    Context(
                        dialect,
                        random,
                        names,
                        no_think,
                        programs,
                        files,
                        proxy,
                        trace=trace,
                        keeps_responses=looks_back(journey.steps),
                        goes_on=journey.goes_on_after_failures,
                        advance=_all_of([compile_data(data, random, index, of, journey.name) for data in journey.data]),
                        plugins=Plugins(journey.plugins, plugins, dialect),
                        journeys=tuple(each.name for each in scenario.journeys),
                        rows=partial(_rows, random=random, index=index, of=of, journey=journey.name, cursors=cursors),
                    ),
                    given,
                    feeds,
                    starts,
                ),
            )
            for journey in scenario.journeys
        )
    except RecursionError:
        raise NotRunnable(f"{scenario.origin}: steps or expressions are nested too deeply") from None


def _run_variables(
    dialect: Dialect, names: frozenset[str], constants: Mapping[str, str], index: int, of: int, users_apart: int
) -> Variables:
    read = dialect.run_variables(names)
    if read is None:
        return {}
    return read(
        RunFacts(
            run_id=constants.get("run_id", ""),
            started_ms=int(constants.get("start_time_ms", "0")),
            launched_by=constants.get("launched_by", ""),
            agent=index,
            agents=of,
            users_apart=users_apart,
            machine=platform.node(),
            folder=constants.get("folder", ""),
            retarget=constants.get("retarget", ""),
            user=constants.get("user_id", ""),
            team=constants.get("team_id", ""),
            test=constants.get("test_id", ""),
        )
    )


def _all_of(feeds: list[Feed]) -> Feed | None:
    """Return what takes the next row of each data; None when there is no data."""
    if len(feeds) < 2:
        return feeds[0] if feeds else None

    def feed(variables: Variables) -> None:
        for each in feeds:
            each(variables)

    return feed


def _journey(
    journey: Journey, context: Context, given: Variables, feeds: list[Feed], starts: frozenset[str]
) -> JourneyFunction:
    """Compile one journey. The assignments it begins with are its defaults; data comes after them, and wins.

    `starts` are the journeys that users begin with: what these leave in their variables, the others start from.
    """
    steps = journey.steps
    known = dict(given)
    while steps and isinstance(steps[0], Assign) and (fixed := constants_of(steps[0])) is not None:
        known.update(fixed)
        steps = steps[1:]
    compiled: list[CompiledStep] = [] if context.advance is None else [acting(_fed(context.advance))]
    fed = False
    trace = context.trace
    defaults = sum(1 for _ in takewhile(lambda step: isinstance(step, Assign), steps))
    for place, step in enumerate(steps, -defaults):
        context.place = place
        if not fed and not isinstance(step, Assign):
            compiled += [acting(_fed(feed)) for feed in feeds]
            fed = True
            if trace is not None:
                compiled.append(acting(_told_the_beginning(trace)))
        if trace is not None and not isinstance(step, Label):
            compiled.append(acting(_told_the_place(trace, place)))
        if isinstance(step, Label):
            context.labels.setdefault(step.name, len(compiled))
        elif isinstance(step, Jump):
            compiled.append(acting(compile_jump(step, context)))
        else:
            compiled += _compile_step(step, context)
    pauses_s = context.pauses_s() if journey.makes_up_thinks else ()
    steps_alone = body = sequence(compiled, goes_on=context.goes_on)
    if context.plugins is not None:
        body = context.plugins.around(body)
    ends_with_rows = any(data.pick == "unique" for data in journey.data) or takes_unique(journey.steps)
    body = until_out_of_rows(body) if ends_with_rows else body
    know = context.dialect.user_variables(context.names)
    if journey.name in starts:
        return passes.beginning(known, body, know)
    if journey.keeps_variables:
        return passes.keeping(known, body, know)
    prepare = passes.preparing(know, may_be_left=bool(starts))
    if body is steps_alone and not context.goes_on and not any(pauses_s):
        return passes.steps_alone(compiled, known, prepare)
    return passes.around(body, known, prepare, pauses_s if any(pauses_s) else ())


def _told_the_beginning(trace: Trace) -> Callable[[Iteration], None]:
    return lambda iteration: trace.begin(iteration.variables)


def _told_the_place(trace: Trace, place: int) -> Callable[[Iteration], None]:
    return lambda _iteration: trace.reach(place)


def _rows(data: CsvData, *, random: Random, index: int, of: int, journey: str, cursors: Cursors) -> Feed:
    return compile_data(data, random, index, of, journey, cursors)


def _fed(feed: Feed) -> Callable[[Iteration], None]:
    return lambda iteration: feed(iteration.variables)


def _compile_step(step: Step, context: Context) -> list[CompiledStep]:
    """Compile a step that may stand anywhere."""
    match step:
        case Request():
            return [compile_request(step, context)]
        case Think():
            return [] if context.no_think else [waiting(compile_think(step, context))]
        case Assign():
            return [acting(compile_assign(step, context))]
        case TakeRow():
            if context.rows is None:
                raise refuse(step.origin, "rows of data cannot be taken here")
            return [acting(_fed(context.rows(step.data)))]
        case Group():
            return [waiting(compile_group(step, context, _compile_step))]
        case Loop():
            return [waiting(compile_loop(step, context, _compile_step))]
        case Branch():
            return [waiting(compile_branch(step, context, _compile_step))]
        case Leave():
            return [acting(compile_leave(step, context))]
        case Jump():
            raise refuse(step.origin, "a jump cannot stand inside a group, loop or branch")
        case Label():
            raise InvalidInput(f"the label {step.name!r} cannot stand inside a group, loop or branch")
        case Script():
            return [compile_script(step, context)]
        case Examine():
            return [waiting(compile_examine(step, context))]
        case AddCookies():
            return [waiting(compile_cookies(step))]
        case Omitted():
            return []
        case SocketOpen() | SocketSend() | SocketWait() | SocketClose():
            return [waiting(compile_socket(step, context))]
        case _:
            assert_never(step)
