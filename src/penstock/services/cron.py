"""When a schedule is due: five fields of cron, in a time zone."""

from __future__ import annotations

import datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from cronsim import CronSim, CronSimError

from penstock.errors import InvalidInput


def verify(expression: str, zone: str) -> None:
    """Raise `InvalidInput` for what is no cron expression of five fields, or no time zone."""
    _zone(zone)
    if len(expression.split()) != 5:
        raise InvalidInput(f"cron {expression!r}: five fields are needed: minute, hour, day, month, day of the week")
    try:
        CronSim(expression, datetime.datetime(2026, 1, 1))
    except CronSimError as error:
        raise InvalidInput(f"cron {expression!r}: {error}") from error


def due_within(
    expression: str, zone: str, after: datetime.datetime, until: datetime.datetime
) -> datetime.datetime | None:
    """Return the last time it is due behind `after` and up to `until`; None when it is not."""
    local = ZoneInfo(zone)
    found = None
    try:
        for due in CronSim(expression, after.astimezone(local)):
            if due > until:
                break
            found = due.astimezone(datetime.UTC)
    except CronSimError:  # a day that never comes, like 30 February
        return None
    return found


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise InvalidInput(f"time zone {name!r}: is not known; write it like Europe/Berlin") from error
