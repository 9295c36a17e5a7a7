"""What webhooks are still to be told, in the database."""

from __future__ import annotations

import datetime
import uuid

from sqlalchemy import Connection, insert, select, update

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

    def due(self, now: datetime.datetime, limit: int) -> tuple[Delivery, ...]:
        """See `ports.stores.DeliveryStore`."""
        query = select(deliveries).where(deliveries.c.due <= now).order_by(deliveries.c.due).limit(limit)
        return tuple(
            Delivery(row.id, row.run, row.webhook, row.attempts, row.outcome) for row in self._connection.execute(query)
        )

    def change(self, id: str, attempts: int, due: datetime.datetime | None, outcome: str) -> None:
        """See `ports.stores.DeliveryStore`."""
        values = {"attempts": attempts, "due": due, "outcome": outcome}
        self._connection.execute(update(deliveries).where(deliveries.c.id == id).values(values))
