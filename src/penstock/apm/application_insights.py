"""The query API of Application Insights: metrics by their names, and queries in KQL.

What it knows is some minutes old. A metric is asked for minute by minute, and its newest whole minute is taken, once.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import quote

from penstock.apm.access import Door, Refused, Unreadable
from penstock.apm.entra import ClientCredentials
from penstock.ports.counters import Access
from penstock.runs.applications import ApplicationCounter

_SPAN = "PT10M"
_STEP = "PT1M"
_NUMBERS = frozenset({"int", "long", "real", "double", "decimal"})


class ApplicationInsights:
    """See `apm.sources.Backend`. It signs in by `credentials` where there are some."""

    def __init__(self, door: Door, access: Access, credentials: ClientCredentials | None) -> None:
        self._door = door
        self._root = f"/v1/apps/{quote(access.app, safe='')}"
        self._headers = {"x-api-key": access.api_key} if access.api_key else {}
        self._credentials = credentials
        self._taken: dict[str, str] = {}
        """The end of the newest minute that was taken, by counter."""

    async def read(self, counter: ApplicationCounter) -> Sequence[tuple[str, float]]:
        """See `apm.sources.Backend`."""
        return await (self._queried(counter) if "|" in counter.query else self._metric(counter))

    async def _metric(self, counter: ApplicationCounter) -> list[tuple[str, float]]:
        params = {"timespan": _SPAN, "interval": _STEP}
        if counter.aggregation:
            params["aggregation"] = counter.aggregation
        if counter.instance:
            params["segment"] = counter.instance
        path = f"{self._root}/metrics/{quote(counter.query)}"
        answer = await self._asked("GET", path, params=params)
        try:
            for minute in _whole(answer["value"]["segments"]):
                if found := list(_of_minute(minute, counter)):
                    is_new = self._taken.get(counter.name) != minute["end"]
                    self._taken[counter.name] = minute["end"]
                    return found if is_new else []
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise Unreadable("the answer is not that of Application Insights: is the address right?") from error
        raise Unreadable("has no value in the last ten minutes")

    async def _queried(self, counter: ApplicationCounter) -> list[tuple[str, float]]:
        answer = await self._asked("POST", f"{self._root}/query", json={"query": counter.query, "timespan": _SPAN})
        try:
            table = next(one for one in answer["tables"] if one["name"] == "PrimaryResult")
            columns = [column["name"] for column in table["columns"]]
            numbers = [place for place, one in enumerate(table["columns"]) if one["type"] in _NUMBERS]
            rows: list[list[Any]] = table["rows"]
        except (KeyError, TypeError, StopIteration) as error:
            raise Unreadable("the answer is not that of Application Insights: is the address right?") from error
        if not numbers:
            raise Unreadable(f"has no column of numbers, only {', '.join(map(str, columns))}")
        if counter.instance and counter.instance not in columns:
            raise Unreadable(f"has no column {counter.instance}, only {', '.join(map(str, columns))}")
        place = columns.index(counter.instance) if counter.instance else None
        try:
            found = [
                ("" if place is None else str(row[place]), float(row[numbers[-1]]))
                for row in rows
                if row[numbers[-1]] is not None
            ]
        except (IndexError, TypeError, ValueError) as error:
            raise Unreadable(f"has something else than a number in the column {columns[numbers[-1]]}") from error
        if not found:
            raise Unreadable("gives no row with a value")
        return found

    async def _asked(self, method: str, path: str, **what: Any) -> Any:
        status, answer = await self._signed_in(method, path, **what)
        if status == 200:
            return answer
        told = answer.get("error") if isinstance(answer, dict) else None
        if not isinstance(told, dict):
            raise Unreadable(f"the answer ({status}) is not that of Application Insights: is the address right?")
        inner = told.get("innererror")
        more = f" ({inner['message']})" if isinstance(inner, dict) and inner.get("message") else ""
        raise Unreadable(f"is refused: {told.get('code', status)}: {told.get('message', '')}{more}")

    async def _signed_in(self, method: str, path: str, **what: Any) -> tuple[int, Any]:
        if self._credentials is None:
            return await self._door.ask(method, path, sent=self._headers, **what)
        token = await self._credentials.token()
        try:
            return await self._door.ask(method, path, sent=_bearer(token), **what)
        except Refused:  # it was revoked before its time: a new one tells
            self._credentials.forget(token)
            return await self._door.ask(method, path, sent=_bearer(await self._credentials.token()), **what)


def _bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def _whole(minutes: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Return the minutes that are whole, the newest first: the first and the last one are cut off by the time asked."""
    spans = [(_time(one["end"]), _time(one["end"]) - _time(one["start"]), one) for one in minutes]
    longest = max((length for _, length, _ in spans), default=None)
    return [one for _, length, one in sorted(spans, key=lambda each: each[0], reverse=True) if length == longest]


def _of_minute(minute: Mapping[str, Any], counter: ApplicationCounter) -> Iterator[tuple[str, float]]:
    for part in minute["segments"] if counter.instance else [minute]:
        value = _value(part.get(counter.query), counter)
        if value is not None:
            yield (str(part[counter.instance]) if counter.instance else ""), value


def _value(values: Mapping[str, float | None] | None, counter: ApplicationCounter) -> float | None:
    if not values:
        return None
    value = values[counter.aggregation] if counter.aggregation else next(iter(values.values()))
    return None if value is None else float(value)


def _time(text: str) -> datetime.datetime:
    return datetime.datetime.fromisoformat(text)
