"""What webhooks are still to be told, in the database."""

from __future__ import annotations

import datetime
import uuid
from collections.abc import Sequence

from sqlalchemy import ColumnElement, Connection, func, insert, select, update

from penstock.ports.stores import Delivery
from penstock.store.tables import deliveries


class SqlDeliveryStore:
    """See `ports.stores.DeliveryStore`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, run: str, webhook: str, due: datetime.datetime) -> None:
        """See `ports.stores.DeliveryStore`."""
        here = (deliveries.c.run == run) & (deliveries.c.webhook == webhook)
        if self._connection.execute(select(deliveries.c.id).where(here)).first() is None:
            values = {"id": str(uuid.uuid4()), "run": run, "webhook": webhook, "attempts": 0, "due": due, "outcome": ""}
            self._connection.execute(insert(deliveries).values(values))

    def count_waiting(self) -> int:
        """See `ports.stores.DeliveryStore`."""
        query = select(func.count()).select_from(deliveries).where(deliveries.c.due.is_not(None))
        return self._connection.execute(query).scalar_one()

    def any_due(self, now: datetime.datetime, apart_from: Sequence[str] = ()) -> bool:
        """See `ports.stores.DeliveryStore`."""
        query = select(deliveries.c.id).where(*_due(now, apart_from)).limit(1)
        return self._connection.execute(query).first() is not None

    def take(self, now: datetime.datetime, until: datetime.datetime, apart_from: Sequence[str] = ()) -> Delivery | None:
        """See `ports.stores.DeliveryStore`."""
        query = select(deliveries).where(*_due(now, apart_from)).order_by(deliveries.c.due).limit(1)
        row = self._connection.execute(query.with_for_update(skip_locked=True)).first()  # SQLite locks all by itself
        if row is None:
            return None
        self._connection.execute(update(deliveries).where(deliveries.c.id == row.id).values(due=until))
        return Delivery(row.id, row.run, row.webhook, row.attempts, row.outcome, until)

    def note(self, taken: Delivery, attempts: int, due: datetime.datetime | None, outcome: str) -> bool:
        """See `ports.stores.DeliveryStore`."""
        mine = (deliveries.c.id == taken.id) & (deliveries.c.due == taken.held)
        values = {"attempts": attempts, "due": due, "outcome": outcome}
        return self._connection.execute(update(deliveries).where(mine).values(values)).rowcount == 1


def _due(now: datetime.datetime, apart_from: Sequence[str]) -> tuple[ColumnElement[bool], ...]:
    return deliveries.c.due <= now, deliveries.c.webhook.not_in(list(apart_from))
