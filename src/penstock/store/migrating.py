"""Bringing a database to the tables of this version."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, text

from penstock.errors import InvalidInput

_FOLDER = Path(__file__).parent / "migrations"
_LOCK = 0x70656E73
"""Key of the lock that lets one server at a time migrate a PostgreSQL database."""


def config(connection: Connection | None = None) -> Config:
    """Return Alembic's configuration; there is no file of it."""
    made = Config()
    made.set_main_option("script_location", str(_FOLDER))
    made.attributes["connection"] = connection
    return made


def revisions() -> tuple[str, ...]:
    """Return all revisions, the oldest first."""
    return tuple(script.revision for script in reversed(list(ScriptDirectory.from_config(config()).walk_revisions())))


def upgrade(engine: Engine, revision: str = "head") -> None:
    """Apply what is missing, all or nothing.

    Raises `InvalidInput` for a database that a newer Penstock has written.
    """
    with engine.connect().execution_options(writes=True) as connection, connection.begin():
        if connection.dialect.name == "postgresql":
            connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})
        current = MigrationContext.configure(connection).get_current_revision()
        if current is not None and current not in revisions():
            raise InvalidInput(
                f"the database was written by a newer Penstock (revision {current}); this one knows {revisions()[-1]}"
            )
        command.upgrade(config(connection), revision)
