"""Penstock does with plans what JMeter did: the same requests arrive, the same samples end well, pauses are as long."""

from __future__ import annotations

from typing import Any

import pytest

from penstock.errors import InvalidInput
from tests.jmeter import ours
from tests.jmeter.cases import TOPICS
from tests.jmeter.cases.load import PAUSES
from tests.jmeter.goldens import golden

REFUSED = {
    "controllers/loop by what is no number": "loops is 'many'",
    "requests/a wrong address": "has no server name",
    "requests/a path parameter for the session": "cannot be done here",
    "extractors/regex of what was sent": "not kept here",
    "extractors/json path that is none": "is not understood",
    "judging/contains what is no regular expression": "is not valid",
    "judging/what was sent": "not kept here",
    "functions/a function that is not known": "is not known",
    "data/a file that is not there": "is missing beside the plan",
}
"""Plans that are refused before they begin, where JMeter begins and fails or goes on."""

DIFFERENT = {
    "controllers/for each of what was extracted": "a name keeps variables that change: each value would be a row",
    "functions/in paths, names and methods": "likewise",
    "requests/paths with dots and slashes": "dots and doubled slashes in paths are as browsers send them",
    "requests/addresses that are none": "what is no URL is sent encoded, JMeter fails the sample",
    "requests/uploads": "the header of a form in parts names no character set, as with browsers",
    "requests/uploads of several parts": "parts say no transfer encoding, as with browsers",
    "requests/the host as a header": "the header is sent as it stands, JMeter adds the port",
    "requests/two headers of one name": "the last one goes",
    "requests/a header without a name": "it is left out, JMeter fails the sample",
    "requests/a redirect to a query": "RFC 3986 keeps the last part of the path",
    "requests/redirects of a form that keep the method": "307 and 308 keep the method and are followed, as by browsers",
    "requests/redirects with headers and cookies": "a GET without a body has no Content-Type",
    "requests/pages with their parts": "parts of a page name the page as their referrer",
    "requests/a password of other letters": "passwords are UTF-8, JMeter sends question marks",
    "requests/cookies of the group": "cookies live equally long in all groups; where plans differ, that is a warning",
    "requests/a cache": "without a lifetime, what is kept is asked for again by its tag",
    "extractors/regex of the redirects": "the answers of redirects are not kept",
    "judging/of the redirects": "likewise",
    "together/after a parent that failed": "the last sample is the last request, not the transaction around it",
    "functions/functions of a plug-in": "they are there",
    "functions/numbers with spaces around": "they are numbers",
}
"""Plans of which not all is equal, and why; docs/guide/jmeter.md tells users."""

CASES = [f"{topic}/{name}" for topic, cases in TOPICS.items() for name in cases]


def expected(title: str) -> dict[str, Any]:
    topic, _, name = title.partition("/")
    made: dict[str, Any] = golden(topic)[name]
    return {**made, "samples": sorted(made["samples"])}


def found(title: str) -> dict[str, Any]:
    topic, _, name = title.partition("/")
    made = ours.run(TOPICS[topic][name])
    return {**made, "samples": sorted(made["samples"])}


@pytest.mark.parametrize("title", [title for title in CASES if title not in {*REFUSED, *DIFFERENT}])
def test_a_plan_does_what_it_does_with_jmeter(title: str) -> None:
    assert found(title) == expected(title)


@pytest.mark.parametrize("title", DIFFERENT)
def test_a_difference_that_is_told_is_still_there(title: str) -> None:
    assert found(title) != expected(title), "it is equal now: take it out of the table and of the guide"


@pytest.mark.parametrize("title", REFUSED)
def test_a_plan_that_cannot_go_well_is_refused_with_its_place(title: str) -> None:
    with pytest.raises(InvalidInput, match=r"plan\.jmx:\d+: ") as refused:
        found(title)
    assert REFUSED[title] in str(refused.value)


def test_pauses_are_as_long_as_those_of_jmeter() -> None:
    waited = ours.pauses(PAUSES)
    before_the_first = {name: gaps[0] for name, gaps in golden("pauses").items()}
    assert set(before_the_first.values()) == {0}, "nobody sees how long JMeter waits before the first request"
    assert {name: gaps[1:] for name, gaps in waited.items()} == {
        name: gaps[1:] for name, gaps in golden("pauses").items()
    }
