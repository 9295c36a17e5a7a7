"""PromQL over the HTTP API of Prometheus, which others speak as well: instant queries, evaluated now."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from penstock.apm.access import Door, Unreadable
from penstock.runs.applications import ApplicationCounter

_PATH = "/api/v1/query"


class Prometheus:
    """See `apm.sources.Backend`."""

    def __init__(self, door: Door) -> None:
        self._door = door

    async def read(self, counter: ApplicationCounter) -> Sequence[tuple[str, float]]:
        """See `apm.sources.Backend`."""
        status, answer = await self._door.ask("POST", _PATH, data={"query": counter.query})
        if not isinstance(answer, dict) or answer.get("status") not in ("success", "error"):
            raise Unreadable(f"the answer ({status}) is not that of Prometheus: is the address right?", of_source=True)
        if answer["status"] == "error":
            raise Unreadable(f"is refused: {answer.get('errorType', status)}: {answer.get('error', '')}")
        return _values(answer.get("data"), counter)


def _values(data: Any, counter: ApplicationCounter) -> list[tuple[str, float]]:
    kind = data.get("resultType") if isinstance(data, dict) else None
    try:
        match kind:
            case "scalar":
                return [("", float(data["result"][1]))]
            case "vector":
                found = [(_instance(one["metric"], counter), float(one["value"][1])) for one in data["result"]]
            case "matrix" | "string":
                raise Unreadable(f"gives a {kind}, not values of now: write rate(…[1m]) or max_over_time(…[1m])")
            case _:
                raise Unreadable(f"gives {kind!r}, which is not known", of_source=True)
    except (KeyError, IndexError, TypeError, ValueError) as error:
        raise Unreadable("the answer is not that of Prometheus: is the address right?", of_source=True) from error
    if not found:
        raise Unreadable("gives nothing: no series matches it, or none has a fresh sample")
    return found


def _instance(labels: Mapping[str, str], counter: ApplicationCounter) -> str:
    if not counter.instance:
        return ""
    if counter.instance not in labels:
        raise Unreadable(f"gives a series without the label {counter.instance}, which tells its instances apart")
    return labels[counter.instance]
