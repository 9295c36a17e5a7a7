"""The load tests that definitions of tests mean, as a portal wrote them: scenarios of requests, or a file beside them.

Names of members are taken in any letter case. What a definition says and cannot be carried over is refused with its
place: a load without it would be another one.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from penstock.errors import InvalidInput
from penstock.services.url_tests import is_loadable
from penstock.services.written_tests import (
    MixedTest,
    Pairs,
    RunFor,
    WrittenRequest,
    WrittenScenario,
    written,
)

_FILE = "visualstudioloadtestfilename"
_DURATION_S, _SAMPLE_S = 60, 15


class _Node:
    """A member of a definition with its place; `InvalidInput` names that."""

    def __init__(self, value: Any, place: str) -> None:
        self.value = value
        self.place = place

    def member(self, name: str) -> _Node:
        if not isinstance(self.value, Mapping):
            raise InvalidInput(f"{self.place}: must be an object")
        found = next((one for key, one in self.value.items() if key.lower() == name.lower()), None)
        return _Node(found, f"{self.place}.{name}")

    def items(self) -> list[_Node]:
        value = [] if self.value is None else self.value
        if not isinstance(value, list):
            raise InvalidInput(f"{self.place}: must be a list")
        return [_Node(one, f"{self.place}[{at}]") for at, one in enumerate(value)]

    def text(self, default: str = "") -> str:
        value = default if self.value is None else self.value
        if isinstance(value, int | float) and not isinstance(value, bool):
            value = str(value)
        if not isinstance(value, str):
            raise InvalidInput(f"{self.place}: must be a text")
        if any((ord(sign) < 0x20 and sign not in "\t\r\n") or 0xD800 <= ord(sign) < 0xE000 for sign in value):
            raise InvalidInput(f"{self.place}: holds a sign that no test can have")
        return value

    def number(self, default: float, least: float) -> float:
        try:
            value = float(default if self.value is None else self.value)
        except (TypeError, ValueError):
            raise InvalidInput(f"{self.place}: {self.value!r} is no number") from None
        if not least <= value <= 1e9:
            raise InvalidInput(f"{self.place}: {self.value!r} is not between {least:g} and 1e9")
        return value


def file_of(said: Mapping[str, Any]) -> str:
    """Return the name of the load test that lies beside a definition; empty where it says all itself."""
    details = said.get("testDetails")
    return _Node(details, "testDetails").member(_FILE).text() if isinstance(details, Mapping) else ""


def files_of(name: str, said: Mapping[str, Any]) -> dict[str, bytes]:
    """Return the files that a definition means, the load test first. Raises `InvalidInput` naming the place."""
    scenarios = _Node(said.get("testDetails") or {}, "testDetails").member("scenarios").items()
    if not scenarios:
        raise InvalidInput("testDetails.scenarios: there is none, and no visualStudioLoadTestFileName; nothing to run")
    settings = _Node(said.get("runSettings") or {}, "runSettings")
    how = RunFor(
        duration_s=round(settings.member("duration").number(_DURATION_S, 1)),
        sample_s=round(settings.member("samplingInterval").number(_SAMPLE_S, 0)) or _SAMPLE_S,
        warm_up_s=round(settings.member("warmUpDuration").number(0, 0)),
    )
    file = "".join("_" if sign in "/\\" else sign for sign in name).strip(" .") or "test"
    return written(file, [_scenario(one, at + 1) for at, one in enumerate(scenarios)], how)


def _scenario(node: _Node, number: int) -> WrittenScenario:
    pattern = node.member("loadPattern")
    if pattern.value is None:
        raise InvalidInput(f"{pattern.place}: is needed")
    kind = pattern.member("loadPatternType")
    if kind.text("constant").lower() not in ("constant", "0"):
        raise InvalidInput(f"{kind.place}: {kind.value!r} cannot be run from a definition; constant can")
    tests = node.member("testMix").items()
    if not tests:
        raise InvalidInput(f"{node.place}.testMix: at least one test is needed")
    return WrittenScenario(
        name=node.member("scenarioName").text() or f"Scenario{number}",
        users=round(pattern.member("userLoad").number(1, 1)),
        tests=tuple(_test(one, at + 1) for at, one in enumerate(tests)),
        browsers=tuple(
            (one.member("browserName").text(), one.member("browserPercentage").number(100, 0))
            for one in node.member("browserMixs").items()
        ),
    )


def _test(node: _Node, number: int) -> MixedTest:
    kind = node.member("testType")
    if kind.text("urlTest").lower() not in ("urltest", "0"):
        raise InvalidInput(f"{kind.place}: {kind.value!r} cannot be run from a definition; urlTest can")
    for name in ("globalParameters", "dataSources"):
        _refuse(node.member(name))
    requests = node.member("urlList").items()
    if not requests:
        raise InvalidInput(f"{node.place}.urlList: at least one URL is needed")
    return MixedTest(
        name=node.member("testName").text() or f"Test{number}",
        percentage=node.member("mixPercentage").number(100, 0),
        requests=tuple(map(_request, requests)),
    )


def _request(node: _Node) -> WrittenRequest:
    url = node.member("serviceUrl").text()
    if not is_loadable(url):
        raise InvalidInput(f"{node.place}.serviceUrl: {url!r} is no URL that can be loaded; http:// or https:// is")
    _refuse(node.member("extractionRules"))
    method = node.member("httpMethod")
    return WrittenRequest(
        url=url,
        method=(method.member("method") if isinstance(method.value, Mapping) else method).text("GET").upper(),
        label=node.member("label").text(),
        headers=_pairs(node.member("requestHeaders")),
        query=_pairs(node.member("queryParameters")),
        body=node.member("httpBody").text(),
    )


def _pairs(node: _Node) -> Pairs:
    found = []
    for one in node.items():
        name = one.member("name").text()
        if not name:
            raise InvalidInput(f'{one.place}: is written as {{"name": …, "value": …}}')
        found.append((name, one.member("value").text()))
    return tuple(found)


def _refuse(node: _Node) -> None:
    if node.value:
        raise InvalidInput(f"{node.place}: cannot be carried over; empty it, or upload a load test that has it")
