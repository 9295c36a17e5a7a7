"""Counter instances and their samples, live."""

from __future__ import annotations

import datetime
import zlib
from collections.abc import Iterator
from typing import Any

from starlette.responses import Response

from penstock.api.cloudtest import forms
from penstock.api.cloudtest.calls import Call, route, time_of
from penstock.errors import InvalidInput
from penstock.model import CounterName
from penstock.runs.counters.intervals import KINDS, Intervals, Reading
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

_UNITS = {"average": "sec", "rate": "-", "number": "-"}


def id_of(name: CounterName) -> str:
    """Return the id of a counter: the same in every run."""
    known = _IDS.get((name.category, name.counter)) if name.instance == _TOTAL else None
    if known is None:
        hashed = zlib.crc32("\0".join((_CONTROLLER, name.category, name.counter, name.instance)).encode())
        known = hashed - 2**32 if hashed >= 2**31 else hashed
    return f"Els~{known}"


def _named(intervals: Intervals) -> dict[str, CounterName]:
    """Return the counters of a run by their ids; the eight that every run has come first."""
    first = [CounterName(category, counter, _TOTAL) for category, counter in _IDS]
    return {id_of(name): name for name in (*first, *sorted(intervals.readings, key=_order))}


def _order(name: CounterName) -> tuple[bool, str, str, str]:
    return name.instance != _TOTAL, name.category, name.counter, name.instance


def _groups(name: CounterName) -> list[str]:
    if name == USER_LOAD_OF_ALL:
        return list(GROUPS)
    return ["Throughput"] if KINDS.get((name.category, name.counter)) == "rate" else ["Performance"]


def _instances(call: Call) -> Response:
    wanted = {group.strip().lower() for group in call.query.get("groupnames", "").split(",") if group.strip()}
    if not wanted:
        raise InvalidInput(f"groupNames: is needed; the groups are {', '.join(GROUPS)}")
    state = _state(call)
    intervals = state.intervals if state is not None else None
    names = _named(intervals) if intervals is not None else {id_of(name): name for name in _defaults()}
    found = []
    for id, name in names.items():
        groups = _groups(name)
        is_default = name.instance == _TOTAL and (name.category, name.counter) in _IDS
        if wanted.isdisjoint(group.lower() for group in groups) and not (is_default and "default" in wanted):
            continue
        readings = intervals.readings.get(name, []) if intervals is not None else []
        kind = KINDS.get((name.category, name.counter), "number")
        found.append(
            {
                "counterInstanceId": id,
                "machineName": _CONTROLLER,
                "categoryName": name.category,
                "counterName": name.counter,
                "counterUnits": "vusers" if name == USER_LOAD_OF_ALL else _UNITS[kind],
                "instanceName": name.instance,
                "uniqueName": None,
                "isPreselectedCounter": name == USER_LOAD_OF_ALL,
                "partOfCounterGroups": groups,
                "summaryData": _summary(readings) if call.asks("includesummary") else None,
            }
        )
    return call.many(found)


def _defaults() -> list[CounterName]:
    return [CounterName(category, counter, _TOTAL) for category, counter in _IDS]


def _summary(readings: list[Reading]) -> dict[str, float]:
    values = [reading.value for reading in readings] or [0.0]
    return {"min": min(values), "max": max(values), "average": sum(values) / len(values)}


def _samples(call: Call) -> Response:
    asked = call.read(forms.SAMPLES).get("value", [])
    state = _state(call)
    values: list[dict[str, Any]] = []
    left = _MOST_SAMPLES
    if state is not None:
        names = _named(state.intervals)
        with state.lock:
            for one in asked:
                name = names.get(one.get("counterInstanceId", ""))
                if name is None:
                    continue
                first, last = max(0, one.get("fromInterval", 0)), one.get("toInterval", -1)
                newest = len(state.intervals.ends)
                last = newest if last < 0 else min(last, newest)
                samples = list(_of_counter(state, name, range(first, min(last + 1, first + left))))
                left -= len(samples)
                values.append(
                    {
                        "counterInstanceId": one["counterInstanceId"],
                        "nextRefreshTime": time_of(state.next),
                        "count": len(samples),
                        "values": samples,
                    }
                )
    total = sum(one["count"] for one in values)
    answer = {"totalSamplesCount": total, "maxBatchSize": _MOST_SAMPLES, "count": len(values), "values": values}
    return call.answer(answer)


def _of_counter(state: CounterState, name: CounterName, wanted: range) -> Iterator[dict[str, Any]]:
    kind = KINDS.get((name.category, name.counter), "number")
    readings = state.intervals.readings.get(name, [])
    for number in wanted:
        reading = readings[number - 1] if 0 < number <= len(readings) else Reading(0, 0, 0.0)
        end = state.intervals.ends[number - 1] if number else 0
        yield {
            "counterInstanceId": id_of(name),
            "intervalNumber": number,
            "intervalEndDate": time_of(state.started + datetime.timedelta(seconds=end)),
            "rawValue": reading.raw,
            "baseValue": reading.base,
            "counterFrequency": _FREQUENCY,
            "systemFrequency": _FREQUENCY,
            "timeStamp": end * _FREQUENCY,
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
