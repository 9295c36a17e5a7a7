"""Which counters of the applications that a team keeps a test reads: those that its file chooses."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace

from penstock.model import Finding, Origin
from penstock.model.chosen import ChosenApplication, ChosenCounter
from penstock.runs.applications import Application, ApplicationCounter


def narrowed(
    applications: Sequence[Application], chosen: Sequence[ChosenApplication], needed: Collection[str], origin: Origin
) -> tuple[tuple[Application, ...], tuple[Finding, ...]]:
    """Return the applications with the counters that are chosen, and a finding for each application that lacks some.

    Counters that the run asks for by their full name (`needed`) stay. An application that has none of those chosen is
    read whole.
    """
    wishes: dict[str, list[ChosenCounter]] = {}
    whole = set()
    for one in chosen:
        wishes.setdefault(one.name.lower(), []).extend(one.counters)
        if not one.counters:
            whole.add(one.name.lower())
    found, findings = [], []
    for application in applications:
        key = application.name.lower()
        wished = [] if key in whole else wishes.get(key, [])
        read = [one for one in application.counters if any(_is(one, wish) for wish in wished)]
        lacking = [wish for wish in wished if not any(_is(one, wish) for one in application.counters)]
        if lacking:
            findings.append(_not_there(application, lacking, origin, is_whole=not read))
        asked = [counter for name in needed if (counter := application.counter(name)) is not None]
        kept = tuple(one for one in application.counters if one in read or one in asked)
        found.append(replace(application, counters=kept) if read else application)
    return tuple(found), tuple(findings)


def not_kept(application: str, origin: Origin) -> Finding:
    """Say of an application whose counters a file chooses that the team has none of the name."""
    return Finding(
        "warning",
        "dropped",
        "unknown-application",
        f"the test chooses counters of {application!r}, and the team keeps no application of that name",
        origin,
        "tell of it with penstock applications set FILE, or on the page of applications",
    )


def _is(counter: ApplicationCounter, wish: ChosenCounter) -> bool:
    """Return whether a counter is the one that is chosen: by its name, or by what it is made of."""
    if wish.metric and counter.query.lower() == wish.metric.lower():
        return not counter.aggregation or counter.aggregation.lower() == wish.aggregation.lower()
    return counter.name.lower() == wish.name.lower() and not _differs(counter, wish)


def _differs(counter: ApplicationCounter, wish: ChosenCounter) -> bool:
    """Return whether a name means another aggregation: files have one counter each for average, sum and others."""
    told, wished = counter.aggregation.lower(), wish.aggregation.lower()
    return bool(told and wished and told != wished)


def _not_there(
    application: Application, lacking: Sequence[ChosenCounter], origin: Origin, *, is_whole: bool
) -> Finding:
    names = ", ".join(dict.fromkeys(_told(one) for one in lacking))
    there = ", ".join(one.name for one in application.counters)
    instead = "; all of its counters are read" if is_whole else ""
    return Finding(
        "warning",
        "dropped",
        "unknown-application-counter",
        f"the test chooses {names} of {application.name!r}, which has no such counters{instead}",
        origin,
        f"give a counter of the application that name, or its metric as the query; it has {there}",
    )


def _told(counter: ChosenCounter) -> str:
    made = "~".join(filter(None, (counter.metric, counter.aggregation)))
    return f"{counter.name!r} ({made})" if made else repr(counter.name)
