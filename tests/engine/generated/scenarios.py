"""Generated scenarios."""

from __future__ import annotations

import dataclasses
from typing import Any

from hypothesis import strategies as st

from penstock.model import (
    CsvData,
    Defaults,
    HostOverride,
    Journey,
    Page,
    Request,
    Scenario,
    Step,
    Stream,
)
from tests.engine.generated import rules
from tests.engine.generated.loads import populations
from tests.engine.generated.requests import FILES, Site
from tests.engine.generated.steps import journeys_steps, simple_steps
from tests.engine.generated.values import ORIGIN, mostly

ROWS = (("ann",), ("bob",), ("cy d",))


@st.composite
def scenarios(draw: st.DrawFn, origin: str) -> Scenario:
    """Return scenarios of one user: what it asks, and in which order, is certain."""
    site = Site(origin, breaks=draw(mostly(st.just(False), st.just(True))))
    picks = st.sampled_from(["sequential", "random", "fixed", "agent_sequential"])
    return draw(_scenarios(site, st.just(()) | picks.map(_rows), is_alone=True, most_journeys=2))


@st.composite
def crowded_scenarios(draw: st.DrawFn, origin: str) -> Scenario:
    """Return scenarios of several users, or of users who come by a rate: only what they do in all is certain."""
    site = Site(origin, is_crowded=True)
    return draw(_scenarios(site, st.sampled_from([(), _rows("fixed")]), is_alone=False, most_journeys=2))


def _rows(pick: str) -> tuple[CsvData, ...]:
    return (CsvData("users", ("user",), ROWS, pick),)  # type: ignore[arg-type]  # one of the picks


@st.composite
def _scenarios(
    draw: st.DrawFn, site: Site, data: st.SearchStrategy[tuple[CsvData, ...]], *, is_alone: bool, most_journeys: int
) -> Scenario:
    is_visual_studio = draw(mostly(st.just(False), st.booleans()))
    names = ("main", "other")[: draw(st.integers(1, most_journeys))]
    once = ("come", "go") if draw(st.booleans()) else ()
    make = rules.steps if is_visual_studio else journeys_steps
    make_once = rules.steps if is_visual_studio else simple_steps
    journeys = [draw(_journeys(name, make(site), is_visual_studio=is_visual_studio)) for name in names]
    journeys += [Journey(name, draw(make_once(site)), ORIGIN) for name in once]
    count = 1 if is_alone else draw(st.integers(1, 2))
    return Scenario(
        "generated",
        "visualstudio" if is_visual_studio else "loadmill",
        tuple(journeys),
        tuple(draw(populations(f"p{at}", names, once, is_alone=is_alone)) for at in range(count)),
        ORIGIN,
        draw(data),
        defaults=draw(_defaults(site)),
        files=FILES,
    )


@st.composite
def _journeys(
    draw: st.DrawFn, name: str, steps: st.SearchStrategy[tuple[Step, ...]], *, is_visual_studio: bool
) -> Journey:
    return Journey(
        name,
        draw(steps),
        ORIGIN,
        makes_up_thinks=draw(st.booleans()),
        goes_on_after_failures=is_visual_studio and draw(st.booleans()),
        plugins=draw(st.just(()) | st.tuples(rules.generators)) if is_visual_studio else (),
    )


@st.composite
def _defaults(draw: st.DrawFn, site: Site) -> Defaults:
    return Defaults(
        cookies=draw(st.sampled_from(["off", "iteration", "user"])),
        counts_redirects=draw(st.booleans()),
        user_agent="penstock/test",
        hosts=(HostOverride("shop.test", "127.0.0.1"),),
        proxy=draw(mostly(st.none(), site.proxies)),
        connections=draw(st.sampled_from(["user", "user", "iteration", "pool"])),
        max_redirects=5,
    )


def holds(node: object, *kinds: type) -> bool:
    """Return whether a part of a scenario is one of these kinds, or holds one."""
    if isinstance(node, tuple):
        return any(holds(each, *kinds) for each in node)
    if not dataclasses.is_dataclass(node):
        return False
    children: list[Any] = [getattr(node, field.name) for field in dataclasses.fields(node)]
    return isinstance(node, kinds) or any(holds(each, *kinds) for each in children)


def is_in_order(scenario: Scenario) -> bool:
    """Return whether its requests come in one order: nothing is asked for in parallel, and no connection is left."""
    return not holds(scenario, Page) and not _is_slow(scenario)


def has_certain_connections(scenario: Scenario) -> bool:
    """Return whether it is certain how many connections are opened."""
    return is_in_order(scenario) and not holds(scenario, Stream)


def _is_slow(node: object) -> bool:
    if isinstance(node, tuple):
        return any(_is_slow(each) for each in node)
    if not dataclasses.is_dataclass(node):
        return False
    if isinstance(node, Request) and node.timeout_s is not None:
        return True
    return any(_is_slow(getattr(node, field.name)) for field in dataclasses.fields(node))
