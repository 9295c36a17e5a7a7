"""Counter instances and their samples, live."""

from __future__ import annotations

import datetime
import functools
import zlib
from collections.abc import Iterator
from typing import Any

from starlette.responses import Response

from penstock.api.cloudtest import forms
from penstock.api.cloudtest.apm import DEFAULT_CATEGORY, PLUGINS
from penstock.api.cloudtest.calls import Call, route, time_of
from penstock.errors import InvalidInput
from penstock.model import CounterName
from penstock.runs.applications import Application
from penstock.runs.counters.intervals import APPLICATION, KINDS, NOT_READ, Intervals, Reading, is_of_application
from penstock.services.run_counters import CounterState

GROUPS = ("Performance", "Throughput", "Application")
_CONTROLLER = "ELSCONTROLLER"
_FREQUENCY = 10_000_000
_MOST_SAMPLES = 2000
_TOTAL = "_Total"
_TYPES = {"average": "AverageTimer32", "rate": "RateOfCountsPerSecond32", "number": "NumberOfItems32"}
USER_LOAD_OF_ALL = CounterName("LoadTest:Scenario", "User Load", _TOTAL)
_IDS = {
    ("LoadTest:Test", "Avg. Test Time"): -2020039322,
    ("LoadTest:Page", "Avg. Page Time"): -1543222480,
    ("LoadTest:Request", "Avg. Response Time"): -1854500553,
    ("LoadTest:Scenario", "User Load"): -1828439162,
    ("LoadTest:Test", "Tests/Sec"): -46855952,
    ("LoadTest:Page", "Pages/Sec"): 424850519,
    ("LoadTest:Request", "Requests/Sec"): 1226640887,
    ("LoadTest:Errors", "Errors/Sec"): -1525400324,
}
"""The counters of all instances together that every run has, with the ids the service gave them."""

_DEFAULTS = [CounterName(category, counter, _TOTAL) for category, counter in _IDS]
_UNITS = {"average": "sec", "rate": "-", "number": "-"}


@functools.lru_cache(maxsize=16_384)
def id_of(name: CounterName, source: str = "Els") -> str:
    """Return the id of a counter: the same in every run. Kept, since many clients ask for the same ones each second."""
    known = _IDS.get((name.category, name.counter)) if name.instance == _TOTAL else None
    if known is None:
        hashed = zlib.crc32("\0".join((_CONTROLLER, name.category, name.counter, name.instance)).encode())
        known = hashed - 2**32 if hashed >= 2**31 else hashed
    return f"{source}~{known}"


def _named(intervals: Intervals) -> dict[str, CounterName]:
    """Return the counters of a run by their ids; the eight that every run has come first."""
    kinds = {APPLICATION + one.name: PLUGINS[one.kind] for one in intervals.applications}
    return {id_of(name, kinds.get(name.category, "Els")): name for name in (*_DEFAULTS, *intervals.readings)}


def _order(name: CounterName) -> tuple[bool, str, str, str]:
    return name.instance != _TOTAL, name.category, name.counter, name.instance


def _groups(name: CounterName) -> list[str]:
    if is_of_application(name):
        return ["Application"]
    if name == USER_LOAD_OF_ALL:
        return list(GROUPS)
    return ["Throughput"] if KINDS.get((name.category, name.counter)) == "rate" else ["Performance"]


def _instances(call: Call) -> Response:
    wanted = {group.strip().lower() for group in call.query.get("groupnames", "").split(",") if group.strip()}
    if not wanted:
        raise InvalidInput(f"groupNames: is needed; the groups are {', '.join(GROUPS)}")
    state = _state(call)
    known: dict[CounterName, list[Reading]] = {}
    applications: dict[str, Application] = {}
    if state is not None:
        with state.lock:
            known = dict(state.intervals.readings)
        applications = {APPLICATION + one.name: one for one in state.intervals.applications}
    found = []
    for name in (*_DEFAULTS, *sorted(known.keys() - set(_DEFAULTS), key=_order)):
        groups = _groups(name)
        is_default = name.instance == _TOTAL and (name.category, name.counter) in _IDS
        if wanted.isdisjoint(group.lower() for group in groups) and not (is_default and "default" in wanted):
            continue
        about = _of_application(name, applications[name.category]) if name.category in applications else _about(name)
        found.append(
            {
                **about,
                "counterName": name.counter,
                "instanceName": name.instance,
                "uniqueName": None,
                "isPreselectedCounter": name == USER_LOAD_OF_ALL,
                "partOfCounterGroups": groups,
                "summaryData": _summary(name, known.get(name, [])) if call.asks("includesummary") else None,
            }
        )
    return call.many(found)


def _about(name: CounterName) -> dict[str, str]:
    kind = KINDS.get((name.category, name.counter), "number")
    return {
        "counterInstanceId": id_of(name),
        "machineName": _CONTROLLER,
        "categoryName": name.category,
        "counterUnits": "vusers" if name == USER_LOAD_OF_ALL else _UNITS[kind],
    }


def _of_application(name: CounterName, application: Application) -> dict[str, str]:
    counter = next((one for one in application.counters if one.name == name.counter), None)
    return {
        "counterInstanceId": id_of(name, PLUGINS[application.kind]),
        "machineName": application.name,
        "categoryName": DEFAULT_CATEGORY,
        "counterUnits": counter.unit if counter is not None and counter.unit else "-",
    }


def _summary(name: CounterName, readings: list[Reading]) -> dict[str, float]:
    """Return the figures of a counter: a load counter has a value in every interval, another one from its first on."""
    unread = NOT_READ if is_of_application(name) else None
    values = [reading.value for reading in readings if reading is not unread] or [0.0]
    return {"min": min(values), "max": max(values), "average": sum(values) / len(values)}


def _samples(call: Call) -> Response:
    asked = call.read(forms.SAMPLES).get("value", [])
    state = _state(call)
    values: list[dict[str, Any]] = []
    left = _MOST_SAMPLES
    if state is not None:
        with state.lock:
            names, ends, refreshed = _named(state.intervals), _Ends(state), time_of(state.next)
            for one in asked:
                id = one.get("counterInstanceId", "")
                name = names.get(id)
                if name is None:
                    continue
                first, last = max(0, one.get("fromInterval", 0)), one.get("toInterval", -1)
                newest = len(state.intervals.ends)
                last = newest if last < 0 else min(last, newest)
                samples = list(_of_counter(state, ends, id, name, range(first, min(last + 1, first + left))))
                left -= len(samples)
                values.append(
                    {
                        "counterInstanceId": id,
                        "nextRefreshTime": refreshed,
                        "count": len(samples),
                        "values": samples,
                    }
                )
    total = sum(one["count"] for one in values)
    answer = {"totalSamplesCount": total, "maxBatchSize": _MOST_SAMPLES, "count": len(values), "values": values}
    return call.answer(answer)


class _Ends(dict[int, tuple[int, str | None]]):
    """When intervals end, in seconds and as clients read it; counters that are asked for together share them."""

    def __init__(self, state: CounterState) -> None:
        super().__init__()
        self._state = state

    def __missing__(self, number: int) -> tuple[int, str | None]:
        end_s = self._state.intervals.ends[number - 1] if number else 0
        self[number] = found = end_s, time_of(self._state.started + datetime.timedelta(seconds=end_s))
        return found


def _of_counter(
    state: CounterState, ends: _Ends, id: str, name: CounterName, wanted: range
) -> Iterator[dict[str, Any]]:
    kind = KINDS.get((name.category, name.counter), "number")
    readings = state.intervals.readings.get(name, [])
    for number in wanted:
        reading = readings[number - 1] if 0 < number <= len(readings) else Reading(0, 0, 0.0)
        end_s, end = ends[number]
        yield {
            "counterInstanceId": id,
            "intervalNumber": number,
            "intervalEndDate": end,
            "rawValue": reading.raw,
            "baseValue": reading.base,
            "counterFrequency": _FREQUENCY,
            "systemFrequency": _FREQUENCY,
            "timeStamp": end_s * _FREQUENCY,
            "counterType": _TYPES[kind],
            "computedValue": reading.value,
        }


def _state(call: Call) -> CounterState | None:
    run = call.services.cloud_runs.get(call.who, call.place["id"])
    return None if run.run is None else call.services.run_counters.state(call.who, run.run)


ROUTES = [
    route("GET", "/_apis/clt/testruns/{id}/counterinstances", _instances),
    route("POST", "/_apis/clt/testruns/{id}/countersamples", _samples),
]
