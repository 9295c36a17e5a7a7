"""Column types that mean the same on both databases."""

from __future__ import annotations

import datetime
from typing import Any

import orjson
from sqlalchemy import DateTime, Dialect, LargeBinary, String, Text, TypeDecorator

Id = String(36)
_FIRST, _LAST = datetime.datetime.min, datetime.datetime.max


class Time(TypeDecorator[datetime.datetime]):
    """A moment in UTC. SQLite knows no zones, so they are taken off and put on again."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime.datetime | None, dialect: Dialect) -> datetime.datetime | None:
        """Write."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a time without a zone cannot be kept")
        try:
            value = value.astimezone(datetime.UTC)
        except OverflowError:  # within a day of the first or the last moment that there is
            value = (_FIRST if value.year == datetime.MINYEAR else _LAST).replace(tzinfo=datetime.UTC)
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def process_result_value(self, value: datetime.datetime | None, dialect: Dialect) -> datetime.datetime | None:
        """Read."""
        if value is None:
            return None
        return value.replace(tzinfo=datetime.UTC) if dialect.name == "sqlite" else value.astimezone(datetime.UTC)


class Json(TypeDecorator[Any]):
    """Any JSON value, as text: nothing asks the database about its inside."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Dialect) -> str | None:  # noqa: ARG002 — the base class's form
        """Write. NUL characters, which PostgreSQL's text cannot hold, stay escaped in JSON."""
        return None if value is None else orjson.dumps(value).decode()

    def process_result_value(self, value: str | None, dialect: Dialect) -> Any:  # noqa: ARG002
        """Read."""
        return None if value is None else orjson.loads(value)


Blob = LargeBinary
