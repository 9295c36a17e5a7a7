"""Running what is kept, and moving suites in and out: kept things ⇄ documents as their format has them."""

from __future__ import annotations

import datetime
import json
from collections.abc import Container, Mapping
from dataclasses import replace
from typing import Any

import orjson
import yaml

from penstock.accounts.people import Identity, Scope
from penstock.errors import InvalidInput, NotFound
from penstock.importers.base import Findings
from penstock.importers.yamlfile import read_yaml
from penstock.library.items import Item, Kind
from penstock.runs.stored import StoredRun
from penstock.runs.suite_work import PlannedSuite
from penstock.services.access import require
from penstock.services.changes import Changes
from penstock.services.documents import read_json
from penstock.services.launches import Launch
from penstock.services.library import LibraryService, NewFlow, flat
from penstock.services.load_launcher import LoadLauncher
from penstock.services.load_tests import load_source, workers_of
from penstock.services.plan_launcher import PlanLauncher
from penstock.services.selection import Selection, parse_labels
from penstock.services.sources import Source
from penstock.services.suite_launcher import SuiteLauncher, SuiteOptions

ENTRY = "suite.json"


class KeptTestService:
    """Everything between what is kept and what runs. Raises what the library and the launchers raise."""

    def __init__(
        self, library: LibraryService, loads: LoadLauncher, suites: SuiteLauncher, plans: PlanLauncher
    ) -> None:
        self._library = library
        self._loads = loads
        self._suites = suites
        self._plans = plans

    def import_suite(self, who: Identity, content: bytes, client_id: str | None = None) -> Item:
        """Keep a suite that is written as Loadmill does, in YAML or JSON; its flows keep their ids where they can.

        Raises `InvalidInput` for what is no suite.
        """
        require(who, Scope.EDIT)
        document = _read(content)
        conf = dict(document.get("conf") or {})
        name = _described(conf) or "suite"
        kept = {key: document.get(key) or {} for key in ("hooks", "dependencies")}
        flows: list[NewFlow] = []
        for number, flow in enumerate(document["flows"]):
            if not isinstance(flow, dict) or not isinstance(flow.get("conf") or {}, dict):
                raise InvalidInput(f"flows[{number}]: is no object, or its conf is none")
            inner = dict(flow.get("conf") or {key: value for key, value in flow.items() if key not in _AROUND})
            flow_name = _described(inner) or str(flow.get("description") or f"flow {number + 1}")
            around = {
                "conf": inner,
                "order": _order(flow.get("order"), number),
                "status": _status(flow),
                "labels": _labels(flow.get("labels")),
            }
            taken = {one.id for one in flows}
            flows.append(NewFlow(flow_name, around, self._free_id(flow.get("id"), taken)))
        return self._library.add_suite(who, name, {"conf": conf, **kept}, flows, client_id)

    def export_suite(self, who: Identity, id: str, form: str) -> bytes:
        """Return a suite as Loadmill writes it, as `yaml` or `json`."""
        document = self._document(who, self._library.get(who, Kind.SUITE, id))
        if form == "json":
            return orjson.dumps(document, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)
        return yaml.safe_dump(document, allow_unicode=True, sort_keys=False).encode()

    def run_suite(
        self,
        who: Identity,
        id: str,
        changes: Changes,
        launch: Launch,
        how: SuiteOptions,
    ) -> StoredRun:
        """Let the flows of a kept suite run."""
        suite = self._library.get(who, Kind.SUITE, id)
        launch = replace(launch, test=suite.id, test_version=suite.version, name=launch.name or suite.name)
        return self._suites.launch(who, self.source_of(who, suite), changes, launch, how)

    def run_load_test(self, who: Identity, id: str, changes: Changes, launch: Launch) -> StoredRun:
        """Let a kept load test run."""
        test = self._library.get(who, Kind.LOAD_TEST, id)
        launch = replace(
            launch,
            test=test.id,
            test_version=test.version,
            name=launch.name or test.name,
            workers=workers_of(test),
        )
        return self._loads.launch(who, load_source(test), changes, launch)

    def run_plan(
        self,
        who: Identity,
        id: str,
        changes: Changes,
        launch: Launch,
        how: SuiteOptions,
        parallel: int | None = None,
    ) -> StoredRun:
        """Let the suites of a kept plan run; those in which no flow is selected are left out."""
        plan = self._library.get(who, Kind.PLAN, id)
        content = plan.content
        given = dict(changes.parameters)
        parameters = {**flat(content["parameters"]), **given}
        selection = how.selection
        if not selection.labels and not selection.labels_expression:
            expression = str(content["labels_expression"])
            selection = replace(selection, labels=tuple(content["labels"]), labels_expression=expression)
        how = replace(how, selection=selection, retries=content["retries"] if how.retries is None else how.retries)
        changes = replace(changes, parameters=tuple(parameters.items()))
        suites, findings = [], []
        for suite_id in content["suites"]:
            try:
                suite = self._library.get(who, Kind.SUITE, suite_id)
            except NotFound:  # deleted since the plan was written
                continue
            source = self.source_of(who, suite)
            named = replace(how, description=" - ".join(part for part in (plan.name, how.description) if part))
            if _is_nothing_selected(self._library.flows(who, suite.id), how.selection):
                continue
            work, told = self._suites.prepare(who, source, changes, named)
            findings += [{**one, "file": suite.name} for one in told]
            suites.append(PlannedSuite(suite.id, suite.version, suite.name, work))
        launch = replace(launch, test=plan.id, test_version=plan.version)
        name, at_once = launch.name or plan.name, parallel or content["parallel"]
        return self._plans.launch(who, name, suites, at_once, launch, findings)

    def run_any(self, who: Identity, id: str, launch: Launch) -> StoredRun:
        """Let a kept suite, plan or load test run as it is; of suites, the flows that are ready."""
        item = self._library.find(who, id)
        how = SuiteOptions(Selection(only_ready=True))
        match item.kind:
            case Kind.SUITE:
                return self.run_suite(who, id, Changes(), launch, how)
            case Kind.PLAN:
                return self.run_plan(who, id, Changes(), launch, how)
            case Kind.LOAD_TEST:
                return self.run_load_test(who, id, Changes(), launch)
        raise InvalidInput(f"{item.kind} {id} cannot be run")

    def flow_configuration(self, who: Identity, flow: str | None, name: str, at: datetime.datetime) -> dict[str, Any]:
        """Return a flow's configuration as it was at a time; one without steps for a flow that was never kept."""
        then = None if flow is None else self._library.as_it_was(who, flow, at)
        if then is None:
            return {"meta": {"description": name}, "requests": []}
        return _flow_conf(then.name, then.content)

    def source_of(self, who: Identity, suite: Item) -> Source:
        """Return a kept suite as files: the document, and the CSV of every pool that its flows name."""
        document = self._document(who, suite)
        files = {ENTRY: orjson.dumps(document)}
        for flow in self._library.flows(who, suite.id):
            for pool_id in flow.content["pools"]:
                try:
                    pool = self._library.get(who, Kind.POOL, pool_id)
                except NotFound:
                    continue  # the import says that its rows are missing
                files[f"{pool_id}.csv"] = str(pool.content["csv"]).encode()
        return Source(ENTRY, files)

    def _document(self, who: Identity, suite: Item) -> dict[str, Any]:
        conf = dict(suite.content["conf"])
        conf["meta"] = {**_meta(conf), "description": suite.name}
        flows = [_flow_document(flow) for flow in self._library.flows(who, suite.id)]
        document: dict[str, Any] = {"id": suite.id, "conf": conf, "flows": flows}
        return document | {key: suite.content[key] for key in ("hooks", "dependencies") if suite.content[key]}

    def _free_id(self, wanted: object, taken: Container[str | None]) -> str | None:
        """Return an id of the file if it is one and nobody has it, in the file or in whatever team."""
        found = self._library.free_id(wanted) if isinstance(wanted, str) else None
        return None if found in taken else found


_AROUND = ("id", "order", "runInCi", "labels", "status", "testSuiteFlowStatus")
_STATUSES = ("disabled", "draft", "evaluating", "active")


def _is_nothing_selected(flows: tuple[Item, ...], selection: Selection) -> bool:
    """Return whether no flow is meant. Raises `InvalidInput` for an expression of labels that is none."""
    wanted = set(selection.labels)
    matches = parse_labels(selection.labels_expression) if selection.labels_expression.strip() else None

    def may(flow: Item) -> bool:
        status = flow.content["status"]
        ready = status in ("active", "evaluating") if selection.only_ready else status != "disabled"
        labels = frozenset(flow.content["labels"])
        return ready and (not wanted or not wanted.isdisjoint(labels)) and (matches is None or matches(labels))

    return not any(map(may, flows))


def _flow_document(flow: Item) -> dict[str, Any]:
    content = flow.content
    return {
        "id": flow.id,
        "order": content["order"],
        "runInCi": content["status"] == "active",
        "status": content["status"],
        "labels": list(content["labels"]),
        "conf": _flow_conf(flow.name, content),
    }


def _flow_conf(name: str, content: Mapping[str, Any]) -> dict[str, Any]:
    conf = dict(content["conf"])
    conf["meta"] = {**_meta(conf), "description": name}
    if content["pools"]:
        conf["parameterPools"] = list(content["pools"])
    return conf


def _read(content: bytes) -> dict[str, Any]:
    if content.lstrip()[:1] == b"{":
        try:
            document = read_json(content)
        except json.JSONDecodeError as error:
            raise InvalidInput(f"the suite is not JSON: {error}") from error
    else:
        document = read_yaml(content, "the suite", Findings()).plain()
        try:
            orjson.dumps(document)
        except orjson.JSONEncodeError as error:
            raise InvalidInput(f"the suite cannot be kept as JSON: {error}") from error
    if not isinstance(document, dict) or not isinstance(document.get("flows"), list):
        raise InvalidInput("a suite is an object with `conf` and `flows`")
    if not isinstance(document.get("conf") or {}, dict):
        raise InvalidInput("conf: is no object")
    return document


def _meta(conf: Mapping[str, Any]) -> dict[str, Any]:
    meta = conf.get("meta")
    return dict(meta) if isinstance(meta, dict) else {}


def _described(conf: Mapping[str, Any]) -> str:
    description = _meta(conf).get("description")
    return description.strip()[:500] if isinstance(description, str) else ""


def _order(given: object, number: int) -> float:
    return float(given) if isinstance(given, int | float) and not isinstance(given, bool) else float(number)


def _status(flow: Mapping[str, Any]) -> str:
    for key in ("status", "testSuiteFlowStatus"):
        word = str(flow.get(key) or "").lower()
        if word in _STATUSES:
            return word
    return "active" if flow.get("runInCi") else "draft"


def _labels(given: object) -> list[str]:
    labels = []
    for element in given if isinstance(given, list) else ():
        named = element.get("description") or element.get("name") if isinstance(element, dict) else element
        if isinstance(named, str) and named.strip():
            labels.append(named.strip())
    return list(dict.fromkeys(labels))
