"""A stand-in for the query API of Application Insights: metrics by minute, and queries, in the form it documents.

https://learn.microsoft.com/rest/api/application-insights describes the requests, the answers and the errors.
"""

from __future__ import annotations

import datetime
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import unquote

from tests.apps.http import Answer, Request
from tests.apps.recorder import Recorder

KEY = "a-key-of-the-portal"
APP = "34adfa4f-cedf-4dc0-ba29-b6d1a69ab345"
_MINUTE = datetime.timedelta(minutes=1)

Value = Callable[[datetime.datetime], float | None]
"""The value of the minute that begins then; None where nothing was measured."""


class Insights(Recorder):
    """`metrics` are values by metric, aggregation and dimension's value (empty: of all); `tables` rows by query.

    `tokens` are taken besides the key.
    """

    def __init__(self) -> None:
        super().__init__(self._told)
        self.metrics: dict[tuple[str, str], Mapping[str, Value]] = {}
        self.tables: dict[str, dict[str, Any]] = {}
        self.tokens: list[str] = []
        self.dimension = "cloud/roleInstance"

    def _told(self, request: Request) -> Answer:
        shown = (request.header("authorization") or "").removeprefix("Bearer ")
        if request.header("x-api-key") != KEY and shown not in (KEY, *self.tokens):
            return _error(403, "InsufficientAccessError", "The provided credentials have insufficient access")
        root = f"/v1/apps/{APP}"
        if not request.path.startswith(f"{root}/"):
            return _error(404, "AppNotFoundError", "The requested application was not found")
        if request.path == f"{root}/query":
            return self._table(request.json()["query"])
        return self._metric(unquote(request.path.removeprefix(f"{root}/metrics/")), dict(request.query))

    def _table(self, query: str) -> Answer:
        if query not in self.tables:
            inner = {"code": "SyntaxError", "message": "A recognition error occurred in the query."}
            return _error(400, "BadArgumentError", "The request had some invalid properties", inner)
        return Answer.json({"tables": [{"name": "PrimaryResult", **self.tables[query]}]})

    def _metric(self, metric: str, asked: dict[str, str]) -> Answer:
        assert (asked["timespan"], asked["interval"]) == ("PT10M", "PT1M")
        aggregation = asked.get("aggregation", "avg")
        found = self.metrics.get((metric, aggregation))
        if found is None:
            inner = {"code": "PathNotFoundError", "message": f"The requested path {metric} does not exist"}
            return _error(404, "PathNotFoundError", "The requested path does not exist", inner)
        now = datetime.datetime.now(datetime.UTC)
        first = now - 10 * _MINUTE
        edge = first
        segments = []
        while edge < now:
            begin = edge.replace(second=0, microsecond=0)
            end = min(begin + _MINUTE, now)
            minute: dict[str, Any] = {"start": _text(edge), "end": _text(end)}
            values = {name: value(begin) for name, value in found.items()}
            if "segment" in asked:
                assert asked["segment"] == self.dimension
                minute["segments"] = [
                    {metric: {aggregation: value}, self.dimension: name} for name, value in values.items()
                ]
            else:
                minute[metric] = {aggregation: values[""]}
            segments.append(minute)
            edge = begin + _MINUTE
        return Answer.json(
            {"value": {"start": _text(first), "end": _text(now), "interval": "PT1M", "segments": segments}}
        )


def _error(status: int, code: str, message: str, inner: dict[str, str] | None = None) -> Answer:
    told: dict[str, Any] = {"message": message, "code": code}
    if inner is not None:
        told["innererror"] = inner
    return Answer.json({"error": told}, status)


def _text(at: datetime.datetime) -> str:
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")
