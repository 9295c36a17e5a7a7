"""Which counters of an application a load test reads."""

from __future__ import annotations

import pytest

from penstock.model import Origin
from penstock.model.chosen import ChosenApplication, ChosenCounter
from penstock.runs.applications import Application, ApplicationCounter
from penstock.services.chosen_counters import narrowed

SHOP = Application(
    "shop",
    "application-insights",
    (
        ApplicationCounter("Average Response Time", "requests/duration", aggregation="avg"),
        ApplicationCounter("Slowest", "requests/duration", aggregation="max"),
        ApplicationCounter("Visitors", "users/count"),
        ApplicationCounter("Queue", "customMetrics | summarize value = max(value)"),
    ),
    60,
)


@pytest.mark.parametrize(
    ("chosen", "read"),
    [
        ((ChosenCounter("queue"),), ["Queue"]),
        ((ChosenCounter("Server response time", "requests/duration", "max"),), ["Slowest"]),
        ((ChosenCounter("Slowest", "requests/duration", "avg"),), ["Average Response Time"]),
        ((ChosenCounter("Users", "users/count", "unique"),), ["Visitors"]),
        ((ChosenCounter("Slowest", "other/metric", "max"),), ["Slowest"]),
        ((ChosenCounter("Slowest", "other/metric", "avg"), ChosenCounter("Queue")), ["Queue"]),
    ],
    ids=[
        "name",
        "aggregation",
        "metric before name",
        "default aggregation",
        "name and aggregation",
        "other aggregation",
    ],
)
def test_a_counter_is_chosen_by_name_or_by_what_it_is_made_of(
    chosen: tuple[ChosenCounter, ...], read: list[str]
) -> None:
    (found,), _ = narrowed([SHOP], [ChosenApplication("SHOP", chosen)], (), Origin("a.loadtest"))
    assert [one.name for one in found.counters] == read


def test_one_application_in_two_elements_has_the_counters_of_both() -> None:
    twice = [ChosenApplication("shop", (ChosenCounter(name),)) for name in ("Queue", "Visitors")]
    (found,), findings = narrowed([SHOP], twice, (), Origin("a.loadtest"))
    assert ([one.name for one in found.counters], findings) == (["Visitors", "Queue"], ())
    whole, _ = narrowed([SHOP], [*twice, ChosenApplication("Shop")], (), Origin("a.loadtest"))
    assert whole == (SHOP,)
