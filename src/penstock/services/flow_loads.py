"""A flow of a kept suite as the configuration of a load test of its own: with all that the suite adds to its flows."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from penstock.accounts.people import Identity
from penstock.errors import NotFound
from penstock.library.items import Kind
from penstock.services.library import LibraryService

_OF_THE_SUITE = ("auth", "useCookies", "loginFlow", "authenticationHeaders", "sensitiveData")


class FlowLoadService:
    """Raises what `LibraryService` raises."""

    def __init__(self, library: LibraryService) -> None:
        self._library = library

    def configuration(self, who: Identity, suite: str, flow: str) -> dict[str, Any]:
        """Return the configuration: the suite's parameters before the flow's, its log-in, the hooks around each flow.

        Raises `NotFound` for a flow of another suite.
        """
        kept = self._library.get(who, Kind.FLOW, flow)
        if kept.parent != suite:
            raise NotFound(f"flow {flow} is not in suite {suite}")
        around = self._library.get(who, Kind.SUITE, suite).content
        conf: dict[str, Any] = dict(kept.content["conf"])
        for key in _OF_THE_SUITE:
            if key in around["conf"] and key not in conf:
                conf[key] = around["conf"][key]
        conf["meta"] = {**_object(conf.get("meta")), "description": kept.name}
        conf["parameters"] = [*_listed(around["conf"].get("parameters")), *_listed(conf.get("parameters"))]
        conf["requests"] = [*_steps(around["hooks"].get("beforeEach")), *_listed(conf.get("requests"))]
        if after := [*_steps(around["hooks"].get("afterEach")), *_listed(conf.get("afterEachRequests"))]:
            conf["afterEachRequests"] = after
        if kept.content["pools"]:
            conf["parameterPools"] = list(kept.content["pools"])
        return conf


def _steps(hook: object) -> Iterable[Any]:
    return _listed(_object(_object(hook).get("conf")).get("requests"))


def _object(given: object) -> dict[str, Any]:
    return given if isinstance(given, dict) else {}


def _listed(given: object) -> list[Any]:
    if isinstance(given, dict):
        return [{name: value} for name, value in given.items()]
    return list(given) if isinstance(given, list) else []
