"""From sums to counters: rates over the measured time, times in seconds, averages over what ended in it.

A counter without a value (an average over nothing) is left out.
"""

from __future__ import annotations

from penstock.model import CounterName
from penstock.runs.counters import failures
from penstock.runs.counters.sums import Place, Sums

Values = dict[CounterName, float]


def values_of(sums: Sums, violations: int = 0) -> Values:
    """Return all counters of a span in which threshold rules were violated so often."""
    seconds = sums.span_s
    found: Values = {}
    requests = sums.numbers.get(("LoadTest:Request", "_Total"), {}).get("total", 0)
    for place, numbers in sums.numbers.items():
        match place[0]:
            case "LoadTest:Scenario":
                named = _scenario(numbers, seconds, sums.running)
            case "LoadTest:Test":
                named = _test(numbers, seconds, requests if place[1] == "_Total" else None)
            case "LoadTest:Transaction":
                named = _transaction(numbers, seconds)
            case "LoadTest:Errors":
                named = _errors(numbers, seconds, violations)
            case "LoadTest:Page":
                named = _page(numbers, seconds)
            case "LoadTest:Request":
                named = _request(numbers, seconds)
            case _:
                named = _processor(numbers)
        found.update((_name(place, counter), value) for counter, value in named.items() if value is not None)
    return found


Named = dict[str, float | None]


def _name(place: Place, counter: str) -> CounterName:
    return CounterName(place[0], counter, place[1])


def _rate(number: float, seconds: float) -> float | None:
    return number / seconds if seconds else None


def _average(total: float, count: int) -> float | None:
    return total / count if count else None


def _scenario(numbers: dict[str, int], seconds: float, running: int) -> Named:
    return {"User Load": _rate(numbers["user_us"] / 1e6, seconds), "Tests Running": float(running)}


def _test(numbers: dict[str, int], seconds: float, requests: int | None) -> Named:
    total, failed = numbers.get("total", 0), numbers.get("failed", 0)
    return {
        "Total Tests": total,
        "Passed Tests": total - failed,
        "Failed Tests": failed,
        "Tests/Sec": _rate(total, seconds),
        "Passed Tests/Sec": _rate(total - failed, seconds),
        "Failed Tests/Sec": _rate(failed, seconds),
        "Avg. Requests/Test": None if requests is None else _average(requests, total),
        "Avg. Test Time": _average((numbers.get("ns", 0) + numbers.get("slept_ns", 0)) / 1e9, total),
    }


def _transaction(numbers: dict[str, int], seconds: float) -> Named:
    total, ns = numbers.get("total", 0), numbers.get("ns", 0)
    return {
        "Total Transactions": total,
        "Avg. Transaction Time": _average((ns + numbers.get("slept_ns", 0)) / 1e9, total),
        "Avg. Response Time": _average(ns / 1e9, total),
        "Transactions/Sec": _rate(total, seconds),
    }


def _errors(numbers: dict[str, int], seconds: float, violations: int) -> Named:
    total = sum(numbers.values())
    counted = (failures.HTTP, failures.VALIDATION, failures.EXTRACTION, failures.TIMEOUT)
    return {
        "Http Errors": numbers.get(failures.HTTP, 0),
        "Validation Rule Errors": numbers.get(failures.VALIDATION, 0),
        "Extraction Rule Errors": numbers.get(failures.EXTRACTION, 0),
        "Requests Timed Out": numbers.get(failures.TIMEOUT, 0),
        "Exceptions": total - sum(numbers.get(each, 0) for each in counted),
        "Total Errors": total,
        "Errors/Sec": _rate(total, seconds),
        "Threshold Violations/Sec": _rate(violations, seconds),
    }


def _page(numbers: dict[str, int], seconds: float) -> Named:
    total, goals = numbers.get("total", 0), numbers.get("goals", 0)
    return {
        "Total Pages": total,
        "Avg. Page Time": _average(numbers.get("ns", 0) / 1e9, total),
        "Page Response Time Goal": _average(numbers.get("goal_ns", 0) / 1e9, goals),
        "% Pages Meeting Goal": _average(100 * numbers.get("goals_met", 0), goals),
        "Pages/Sec": _rate(total, seconds),
    }


def _request(numbers: dict[str, int], seconds: float) -> Named:
    total, failed = numbers.get("total", 0), numbers.get("failed", 0)
    return {
        "Total Requests": total,
        "Passed Requests": total - failed,
        "Failed Requests": failed,
        "Cached Requests": numbers.get("cached", 0),
        "Requests/Sec": _rate(total, seconds),
        "Passed Requests/Sec": _rate(total - failed, seconds),
        "Failed Requests/Sec": _rate(failed, seconds),
        "Avg. First Byte Time": _average(numbers.get("first_byte_ns", 0) / 1e9, numbers.get("first_bytes", 0)),
        "Avg. Response Time": _average(numbers.get("ns", 0) / 1e9, total),
        "Avg. Connection Wait Time": _average(numbers.get("connect_ns", 0) / 1e9, total),
        "Avg. Content Length": _average(numbers.get("bytes", 0), total),
    }


def _processor(numbers: dict[str, int]) -> Named:
    return {"% Processor Time": _average(100 * numbers["cpu_us"], numbers["wall_us"])}
