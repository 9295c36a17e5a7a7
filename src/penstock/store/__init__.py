"""The store in a database: SQLite (WAL) or PostgreSQL, the same statements on both. Nothing of SQLAlchemy leaves."""

from penstock.store.database import SqlStore, open_store
from penstock.store.keys import KeyRing

__all__ = ["KeyRing", "SqlStore", "open_store"]
