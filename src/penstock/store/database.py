"""Connections and transactions, and what differs between the two databases."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, InterfaceError, OperationalError, SQLAlchemyError

from penstock.errors import InvalidInput, Unavailable
from penstock.store import migrating
from penstock.store.accounts import SqlAccountStore
from penstock.store.audit import SqlAuditStore
from penstock.store.cloud_runs import SqlCloudRunStore
from penstock.store.deliveries import SqlDeliveryStore
from penstock.store.flow_runs import SqlFlowRunStore
from penstock.store.items import SqlItemStore
from penstock.store.keys import KeyRing
from penstock.store.runs import SqlRunStore
from penstock.store.sealing import Seal, seal_of
from penstock.store.snapshots import SqlSnapshotStore

_BUSY_MS = 10_000
"""How long a writer of SQLite waits for another one."""


@dataclass(frozen=True, slots=True)
class SqlWork:
    """See `ports.stores.Work`."""

    accounts: SqlAccountStore
    audit: SqlAuditStore
    items: SqlItemStore
    cloud_runs: SqlCloudRunStore
    runs: SqlRunStore
    snapshots: SqlSnapshotStore
    flow_runs: SqlFlowRunStore
    deliveries: SqlDeliveryStore

    @staticmethod
    def on(connection: Connection, seal: Seal) -> SqlWork:
        """Return the stores of one transaction."""
        return SqlWork(
            SqlAccountStore(connection),
            SqlAuditStore(connection),
            SqlItemStore(connection, seal),
            SqlCloudRunStore(connection),
            SqlRunStore(connection),
            SqlSnapshotStore(connection),
            SqlFlowRunStore(connection),
            SqlDeliveryStore(connection),
        )


class SqlStore:
    """See `ports.stores.Store`."""

    def __init__(self, engine: Engine, seal: Seal) -> None:
        self.engine = engine
        self._seal = seal

    @contextmanager
    def read(self) -> Iterator[SqlWork]:
        """See `ports.stores.Store`."""
        with _translated(), self.engine.connect() as connection:
            yield SqlWork.on(connection, self._seal)

    @contextmanager
    def write(self) -> Iterator[SqlWork]:
        """See `ports.stores.Store`."""
        with _translated(), self.engine.connect().execution_options(writes=True) as connection, connection.begin():
            yield SqlWork.on(connection, self._seal)

    def ready(self) -> None:
        """See `ports.stores.Store`."""
        with _translated(), self.engine.connect() as connection:
            connection.execute(text("SELECT 1"))

    def size_bytes(self) -> int:
        """See `ports.stores.Store`."""
        query = "SELECT pg_database_size(current_database())"
        if self.engine.dialect.name == "sqlite":
            query = "SELECT page_count * page_size FROM pragma_page_count(), pragma_page_size()"
        with _translated(), self.engine.connect() as connection:
            return int(connection.execute(text(query)).scalar_one())

    def close(self) -> None:
        """See `ports.stores.Store`."""
        self.engine.dispose()


def open_store(url: str, folder: Path, ring: KeyRing | None = None, *, forgets_secrets: bool = False) -> SqlStore:
    """Open the database at `url` (empty: SQLite in `folder`) and bring it to this version's tables.

    Without a `ring` of keys secrets are neither kept nor read. Raises `InvalidInput` for a URL that is none, and for
    keys that are not those of the database; `forgets_secrets` empties the secrets then. Raises `Unavailable` when the
    database does not answer.
    """
    engine = _engine(url or f"sqlite:///{folder / 'penstock.sqlite'}")
    try:
        with _translated():
            migrating.upgrade(engine)
            seal = seal_of(engine, ring, forgets=forgets_secrets)
    except BaseException:
        engine.dispose()
        raise
    return SqlStore(engine, seal)


def _engine(url: str) -> Engine:
    try:
        parsed = make_url(url)
    except ArgumentError as error:
        raise InvalidInput(f"database URL: {error}; write it like postgresql://user:password@host/name") from error
    kind = parsed.get_backend_name()
    if kind == "postgresql":
        engine = create_engine(
            parsed.set(drivername="postgresql+psycopg"), pool_pre_ping=True, pool_size=10, hide_parameters=True
        )
    elif kind == "sqlite":
        waits = {"timeout": _BUSY_MS / 1000, "check_same_thread": False}
        engine = create_engine(parsed, connect_args=waits, hide_parameters=True)
        _prepare_sqlite(engine)
    else:
        raise InvalidInput(f"database URL: {kind} is not known; there are postgresql and sqlite")
    _refuse_nul(engine)
    return engine


def _refuse_nul(engine: Engine) -> None:
    """Let a text with a NUL character be refused as what it is: PostgreSQL keeps none, and SQLite is to do the same."""

    @event.listens_for(engine, "before_cursor_execute")
    def look(_connection: Connection, _cursor: Any, _statement: str, given: Any, _context: Any, many: bool) -> None:
        for row in given if many else (given,):
            values = row.values() if isinstance(row, dict) else row
            if any(isinstance(value, str) and "\0" in value for value in values):
                raise InvalidInput("a text holds a NUL character, which cannot be kept")


def _prepare_sqlite(engine: Engine) -> None:
    """Make SQLite wait for writers, keep foreign keys, and take the writer's lock at the beginning.

    A transaction that began as a reader cannot become a writer when another one wrote meanwhile; so those that will
    write say so at once.
    """

    @event.listens_for(engine, "connect")
    def connect(connection: Any, _record: Any) -> None:
        connection.isolation_level = None  # transactions are begun below, not by the driver
        for pragma in ("journal_mode=WAL", "synchronous=NORMAL", "foreign_keys=ON", f"busy_timeout={_BUSY_MS}"):
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        writes = connection.get_execution_options().get("writes")
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


@contextmanager
def _translated() -> Iterator[None]:
    """Turn the driver's errors about the connection into ours; others are defects and stay."""
    try:
        yield
    except (OperationalError, InterfaceError) as error:
        raise Unavailable(f"the database does not answer: {error.orig or error}") from error
    except DBAPIError as error:
        if error.connection_invalidated:
            raise Unavailable(f"the database does not answer: {error.orig}") from error
        raise
    except SQLAlchemyError:
        raise
