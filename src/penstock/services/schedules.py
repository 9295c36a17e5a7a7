"""Letting kept things run when their schedules are due.

A launch carries the schedule and the time it was due as its client's id: however many servers look, and however often,
it happens once. What was due while no server ran, longer ago than `_LATE`, is left out.
"""

from __future__ import annotations

import datetime

import structlog

from penstock.errors import PenstockError, Unavailable
from penstock.library.items import Item, Kind
from penstock.ports.clock import Clock
from penstock.ports.stores import Store
from penstock.services import cron
from penstock.services.accounts import AccountService
from penstock.services.kept_tests import KeptTestService
from penstock.services.launches import Launch

_log = structlog.stdlib.get_logger("penstock.schedules")

_LATE = datetime.timedelta(minutes=2)


class ScheduleService:
    """Looked at every few seconds by the server."""

    def __init__(self, store: Store, clock: Clock, accounts: AccountService, kept_tests: KeptTestService) -> None:
        self._store = store
        self._clock = clock
        self._accounts = accounts
        self._kept_tests = kept_tests
        self._looked: datetime.datetime | None = None

    def look(self) -> None:
        """Launch what has become due since the last look."""
        now = self._clock.now()
        # A look that lies ahead was before the clock was set back; what was due then is not launched twice.
        looked = None if self._looked is None or self._looked > now else self._looked
        since = now - _LATE if looked is None else max(looked, now - _LATE)
        with self._store.read() as work:
            schedules = work.items.every(Kind.SCHEDULE)
        for schedule in schedules:
            if not schedule.content["enabled"]:
                continue
            begin = max(since, schedule.changed)  # a schedule says nothing about the time before it was made
            due = cron.due_within(schedule.content["cron"], schedule.content["zone"], begin, now)
            if due is not None:
                self._launch(schedule, due)
        self._looked = now

    def _launch(self, schedule: Item, due: datetime.datetime) -> None:
        who = self._accounts.identity_for(schedule.author)
        if who is None:
            _log.warning("schedule has no user any more", schedule=schedule.id)
            return
        launch = Launch(
            description=f"schedule {schedule.name}",
            client_id=f"schedule/{schedule.id}/{due.isoformat()}",
            tags=("scheduled",),
        )
        try:
            run = self._kept_tests.run_any(who, schedule.content["target"], launch)
        except Unavailable:
            raise
        except PenstockError as error:
            _log.warning("schedule could not launch", schedule=schedule.id, error=str(error))
        except Exception:  # noqa: BLE001 — one schedule must not keep the others from their time
            _log.exception("schedule broken", schedule=schedule.id)
        else:
            _log.info("schedule launched", schedule=schedule.id, run=run.id)
