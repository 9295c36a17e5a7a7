"""The errors of a run: types, in them subtypes, in them details."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from starlette.responses import Response

from penstock.api.cloudtest.belonging import Belonging
from penstock.api.cloudtest.calls import Call, route, time_of
from penstock.errors import InvalidInput
from penstock.runs.counters.intervals import threshold_text
from penstock.services.run_counters import CounterState

_THRESHOLDS = "ThresholdMessage"


@dataclass(frozen=True, slots=True)
class _Failure:
    type: str
    subtype: str
    count: int
    test: str
    scenario: str
    request: str
    text: str
    last: datetime.datetime


def _failures(state: CounterState) -> Iterator[_Failure]:
    belonging = Belonging(state.intervals.facts)
    for (kind, subtype, series_kind, name, message), seen in state.intervals.failures.items():
        test = name if series_kind == "iteration" else belonging.test_of(name)
        request = "" if series_kind == "iteration" else _request_of(name)
        at = state.started + datetime.timedelta(seconds=seen.second + 1)
        yield _Failure(kind, subtype, seen.count, test, belonging.scenario_of(test), request, message, at)
    for violation in state.intervals.violations:
        missed = violation.missed
        end = state.intervals.ends[violation.interval - 1]
        at = state.started + datetime.timedelta(seconds=end)
        yield _Failure(_THRESHOLDS, missed.level.title(), 1, "", "", "", threshold_text(missed), at)


def _request_of(name: str) -> str:
    """Return a request as the service writes it, `URL----{METHOD}`; one with a name of its own is told by that."""
    url, divided, method = name.rpartition("{")
    if divided and method.endswith("}") and method[:-1].isalpha():
        return f"{url}----{{{method}"
    return f"{name}----{{GET}}" if "://" in name or name.startswith("{{") else name


def _errors(call: Call) -> Response:
    kind, subtype = call.query.get("type", "").lower(), call.query.get("subtype", "").lower()
    if subtype and not kind:
        raise InvalidInput("subType: is only taken together with type")
    run = call.services.cloud_runs.get(call.who, call.place["id"])
    state = None if run.run is None else call.services.run_counters.state(call.who, run.run)
    found: list[_Failure] = []
    if state is not None:
        with state.lock:
            found = list(_failures(state))
    url = f"{call.base}/_apis/clt/testRuns/{run.id}/Errors"
    tree: dict[str, dict[str, list[_Failure]]] = {}
    for one in found:
        if (not kind or one.type.lower() == kind) and (not subtype or one.subtype.lower() == subtype):
            tree.setdefault(one.type, {}).setdefault(one.subtype, []).append(one)
    detailed = call.asks("detailed")
    types = [_type(url, name, below, detailed=detailed) for name, below in tree.items()]
    occurrences = sum(one["occurrences"] for one in types)
    shown = url if detailed else f"{url}?detailed=true"
    return call.answer({"count": len(types), "occurrences": occurrences, "types": types, "url": shown})


def _type(url: str, name: str, below: dict[str, list[_Failure]], *, detailed: bool) -> dict[str, Any]:
    here = f"{url}?type={quote(name)}"
    subtypes = [
        {
            "subTypeName": subtype,
            "count": len(each),
            "occurrences": sum(one.count for one in each),
            "url": f"{here}&subtype={quote(subtype)}" + ("" if detailed else "&detailed=true"),
            "errorDetailList": [_detail(one) for one in each] if detailed else None,
        }
        for subtype, each in below.items()
    ]
    occurrences = sum(one.count for each in below.values() for one in each)
    url = here if detailed else f"{here}&detailed=true"
    return {"typeName": name, "count": len(subtypes), "occurrences": occurrences, "subTypes": subtypes, "url": url}


def _detail(failure: _Failure) -> dict[str, Any]:
    return {
        "occurrences": failure.count,
        "testCaseName": failure.test,
        "scenarioName": failure.scenario,
        "request": failure.request,
        "stackTrace": "",
        "messageText": failure.text,
        "lastErrorDate": time_of(failure.last),
    }


ROUTES = [route("GET", "/_apis/clt/testruns/{id}/errors", _errors)]
