"""Generated scenarios."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable

from hypothesis import strategies as st

from penstock.model import (
    CsvData,
    Defaults,
    HostOverride,
    Journey,
    Page,
    Scenario,
    Step,
    Stream,
)
from tests.engine.generated import rules
from tests.engine.generated.loads import is_shared, populations
from tests.engine.generated.requests import FILES, IMPATIENT_S, Site
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
    crowd = tuple(draw(populations(f"p{at}", names, once, is_alone=is_alone)) for at in range(count))
    return Scenario(
        "generated",
        "visualstudio" if is_visual_studio else "loadmill",
        tuple(journeys),
        crowd,
        ORIGIN,
        draw(data),
        defaults=draw(_defaults(site, keeps_cookies=not any(is_shared(one.load) for one in crowd))),
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
def _defaults(draw: st.DrawFn, site: Site, *, keeps_cookies: bool) -> Defaults:
    return Defaults(
        cookies=draw(st.sampled_from(["off", "iteration", "user"] if keeps_cookies else ["off", "iteration"])),
        counts_redirects=draw(st.booleans()),
        user_agent="penstock/test",
        hosts=(HostOverride("shop.test", "127.0.0.1"),),
        proxy=draw(mostly(st.none(), site.proxies)),
        connections=draw(st.sampled_from(["user", "user", "iteration", "pool"])),
        max_redirects=5,
    )


def is_in_order(scenario: Scenario) -> bool:
    """Return whether its requests come in one order: nothing is asked for in parallel, and no connection is left."""
    return not _any(scenario, lambda node: isinstance(node, Page) or getattr(node, "timeout_s", None) == IMPATIENT_S)


def has_certain_connections(scenario: Scenario) -> bool:
    """Return whether it is certain how many connections are opened.

    It is not where a stream may end before it is read far enough, nor where a server closes behind a response of
    HTTP/1.0, which may be seen before the next request or not.
    """
    is_open = _any(scenario, lambda node: isinstance(node, Stream) or getattr(node, "http_version", None) == "1.0")
    return is_in_order(scenario) and not is_open


def _any(node: object, is_it: Callable[[object], bool]) -> bool:
    """Return whether a part of a scenario is such, or holds one that is."""
    if isinstance(node, tuple):
        return any(_any(each, is_it) for each in node)
    if not dataclasses.is_dataclass(node):
        return False
    return is_it(node) or any(_any(getattr(node, field.name), is_it) for field in dataclasses.fields(node))
