"""The store in a database: SQLite (WAL) or PostgreSQL, the same statements on both. Nothing of SQLAlchemy leaves."""

from penstock.store.database import SqlStore, open_store

__all__ = ["SqlStore", "open_store"]
