"""The audit log in the database: rows are added, never changed or removed."""

from __future__ import annotations

from sqlalchemy import Connection, insert, select

from penstock.accounts.people import AuditEntry
from penstock.store.tables import audit


class SqlAuditStore:
    """See `ports.stores.AuditStore`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, entry: AuditEntry) -> None:
        """See `ports.stores.AuditStore`."""
        self._connection.execute(
            insert(audit).values(
                at=entry.at,
                team=entry.team,
                user=entry.user,
                token=entry.token,
                action=entry.action,
                subject=entry.subject,
                detail=entry.detail,
            )
        )

    def entries(self, team: str, limit: int, before: int | None = None) -> tuple[tuple[int, AuditEntry], ...]:
        """See `ports.stores.AuditStore`."""
        query = select(audit).where(audit.c.team == team).order_by(audit.c.number.desc()).limit(limit)
        if before is not None:
            query = query.where(audit.c.number < before)
        return tuple(
            (row.number, AuditEntry(row.at, row.team, row.user, row.token, row.action, row.subject, row.detail))
            for row in self._connection.execute(query)
        )
