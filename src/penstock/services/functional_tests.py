"""A configuration done once and recorded: its requests in a row, as a suite of one flow."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import orjson

from penstock.accounts.people import Identity
from penstock.errors import NotFound
from penstock.model import Finding
from penstock.runs.stored import RunKind, StoredRun
from penstock.services.changes import Changes
from penstock.services.launches import Launch
from penstock.services.results import ResultService
from penstock.services.runs import RunService
from penstock.services.sources import Source, Unfit
from penstock.services.suite_launcher import SuiteLauncher, SuiteOptions

_ENTRY = "functional-test.json"
_MARK = "functional test"
_OF_THE_SUITE = ("useCookies", "sensitiveData")


@dataclass(frozen=True, slots=True)
class FunctionalResult:
    """What came of it: the run, and once it is over the recording as the JSON report tells it."""

    run: StoredRun
    result: Mapping[str, Any] | None


class FunctionalTestService:
    """Raises what the services under it raise."""

    def __init__(self, suites: SuiteLauncher, runs: RunService, results: ResultService) -> None:
        self._suites = suites
        self._runs = runs
        self._results = results

    def launch(self, who: Identity, configuration: Mapping[str, Any]) -> StoredRun:
        """Let the requests be done once. Raises `Unfit` for a configuration that cannot be run."""
        conf = {key: value for key, value in configuration.items() if key != "async"}
        meta = conf.get("meta")
        name = str((meta.get("description") if isinstance(meta, dict) else None) or "functional test")
        document = {
            "conf": {"meta": {"description": name}, **{key: conf[key] for key in _OF_THE_SUITE if key in conf}},
            "flows": [{"id": str(uuid.uuid4()), "order": 0, "runInCi": True, "conf": {"meta": {}, **conf}}],
        }
        source = Source(_ENTRY, {_ENTRY: orjson.dumps(document)})
        launch = Launch(name=name, said={"as": _MARK})
        try:
            return self._suites.launch(who, source, Changes(), launch, SuiteOptions())
        except Unfit as unfit:
            raise Unfit(_ENTRY, [_of_the_configuration(finding) for finding in unfit.findings]) from None

    def get(self, who: Identity, id: str) -> FunctionalResult:
        """Return how far it is. Raises `NotFound` for what is no functional test."""
        try:
            run = self._runs.get(who, id)
        except NotFound:
            raise NotFound.of("functional test", id) from None
        if run.kind is not RunKind.SUITE or run.asked.get("as") != _MARK:
            raise NotFound.of("functional test", id)
        if not run.state.final:
            return FunctionalResult(run, None)
        attempts = [one for one in self._runs.flow_runs(who, id) if one.hook is None]
        if not attempts:
            return FunctionalResult(run, {"failures": {}, "resolvedRequests": [], "err": run.run.why})
        _, _, told = self._results.flow_result(who, attempts[-1].id)
        result = told.get("result") or {}
        values = told.get("redactableResult") or []
        requests = [
            {**request, **entry} for request, entry in zip(result.get("resolvedRequests", []), values, strict=False)
        ]
        return FunctionalResult(run, {**result, "resolvedRequests": requests})


def _of_the_configuration(finding: Finding) -> Finding:
    """Return the finding with the place as the caller knows it, who has sent no suite."""
    path = finding.origin.path.removeprefix("flows[0].conf").removeprefix(".")
    return replace(finding, origin=replace(finding.origin, path=path))
