"""All tables. A change here needs a migration; a test compares the two."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
)

from penstock.store.columns import Blob, Id, Json, Time

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)
_NUMBER = BigInteger().with_variant(Integer, "sqlite")  # SQLite counts by itself only in an INTEGER


def _team() -> Column[str]:
    return Column("team", Id, ForeignKey("teams.id"), nullable=False)


teams = Table(
    "teams",
    metadata,
    Column("id", Id, primary_key=True),
    Column("name", String(200), nullable=False),
    Column("name_key", String(200), nullable=False, unique=True),  # the name in lower case
    Column("created", Time, nullable=False),
    Column("settings", Json, nullable=False),
)

users = Table(
    "users",
    metadata,
    Column("id", Id, primary_key=True),
    _team(),
    Column("name", String(200), nullable=False),
    Column("name_key", String(200), nullable=False, unique=True),
    Column("role", String(20), nullable=False),
    Column("created", Time, nullable=False),
    Column("password_hash", String(300), nullable=False),
    Column("disabled", Boolean, nullable=False),
)

tokens = Table(
    "tokens",
    metadata,
    Column("id", Id, primary_key=True),
    _team(),
    Column("user", Id, ForeignKey("users.id"), nullable=False),
    Column("description", Text, nullable=False),
    Column("prefix", String(20), nullable=False),
    Column("hash", String(64), nullable=False, unique=True),
    Column("scopes", Json, nullable=False),
    Column("created", Time, nullable=False),
    Column("expires", Time),
    Column("last_used", Time),
    Column("revoked", Time),
    Index(None, "team", "created"),
)

sessions = Table(
    "sessions",
    metadata,
    Column("hash", String(64), primary_key=True),
    Column("user", Id, ForeignKey("users.id"), nullable=False),
    Column("form_key", String(100), nullable=False),
    Column("created", Time, nullable=False),
    Column("expires", Time, nullable=False),
)

audit = Table(
    "audit",
    metadata,
    Column("number", _NUMBER, primary_key=True, autoincrement=True),
    Column("at", Time, nullable=False),
    _team(),
    Column("user", Id, nullable=False),
    Column("token", Id),
    Column("action", String(100), nullable=False),
    Column("subject", String(200), nullable=False),
    Column("detail", Json, nullable=False),
    Index(None, "team", "number"),
)

items = Table(
    "items",
    metadata,
    Column("id", Id, primary_key=True),
    _team(),
    Column("kind", String(20), nullable=False),
    Column("parent", Id),
    Column("name", Text, nullable=False),
    Column("name_key", Text, nullable=False),
    Column("content", Json, nullable=False),
    Column("version", Integer, nullable=False),
    Column("created", Time, nullable=False),
    Column("changed", Time, nullable=False),
    Column("author", Id, nullable=False),
    Column("deleted", Boolean, nullable=False),
    Column("client_id", String(200)),
    Column("client_hash", String(64)),
    Column("files_deleted", Time),  # of drops and runs of cloud load tests: when the files beside them were
    UniqueConstraint("team", "kind", "client_id"),
    Index(None, "team", "kind", "created"),
    Index(None, "kind", "changed"),
    Index(None, "parent"),
)

cloud_runs = Table(  # what lists find such an item by, and what tells which files nobody wants any more
    "cloud_runs",
    metadata,
    Column("item", Id, ForeignKey("items.id"), primary_key=True),
    Column("kind", String(20), nullable=False),
    Column("progress", String(20), nullable=False),
    Column("run", Id),
    Column("is_stopped", Boolean, nullable=False),
    Column("drop", Id, nullable=False),
    Column("created_by", Id, nullable=False),
    Column("source", Text, nullable=False),
    Column("retention", String(20), nullable=False),
    Index(None, "drop"),
    Index(None, "retention"),
)

item_versions = Table(
    "item_versions",
    metadata,
    Column("item", Id, ForeignKey("items.id"), primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("name", Text, nullable=False),
    Column("content", Json, nullable=False),
    Column("author", Id, nullable=False),
    Column("at", Time, nullable=False),
)

seals = Table(  # a known text, encrypted with the first key of the secrets
    "seals",
    metadata,
    Column("number", Integer, primary_key=True),
    Column("content", Text, nullable=False),
)

runs = Table(
    "runs",
    metadata,
    Column("id", Id, primary_key=True),
    _team(),
    Column("kind", String(20), nullable=False),
    Column("name", Text, nullable=False),
    Column("description", Text, nullable=False),
    Column("state", String(20), nullable=False),
    Column("version", Integer, nullable=False),
    Column("created", Time, nullable=False),
    Column("history", Json, nullable=False),
    Column("test", Id),
    Column("test_version", Integer, nullable=False),
    Column("parent", Id),
    Column("launched_by", Id, nullable=False),
    Column("client_id", String(200)),
    Column("client_hash", String(64)),
    Column("asked", Json, nullable=False),
    Column("facts", Json, nullable=False),
    Column("result", Json, nullable=False),
    Column("tags", Json, nullable=False),
    Column("deleted", Boolean, nullable=False),
    Column("lease_owner", Id),
    Column("lease_until", Time),
    Column("changed", Time),  # when its state last did
    UniqueConstraint("team", "client_id"),
    Index(None, "team", "created"),
    Index(None, "team", "kind", "state", "deleted"),  # for counting without looking at the rows
    Index(None, "state", "created"),
    Index(None, "test"),
    Index(None, "parent"),
)

commands = Table(
    "commands",
    metadata,
    Column("number", _NUMBER, primary_key=True, autoincrement=True),
    Column("run", Id, ForeignKey("runs.id"), nullable=False, index=True),
    Column("at", Time, nullable=False),
    Column("action", String(20), nullable=False),
    Column("arguments", Json, nullable=False),
)

run_work = Table(
    "run_work",
    metadata,
    Column("run", Id, ForeignKey("runs.id"), primary_key=True),
    Column("content", Blob, nullable=False),
)

snapshots = Table(
    "snapshots",
    metadata,
    Column("run", Id, ForeignKey("runs.id"), primary_key=True),
    Column("second", Integer, primary_key=True),
    Column("phase", String(20), primary_key=True),
    Column("content", Blob, nullable=False),
)

packed_snapshots = Table(
    "packed_snapshots",
    metadata,
    Column("number", _NUMBER, primary_key=True, autoincrement=True),
    Column("run", Id, ForeignKey("runs.id"), nullable=False),
    Column("first", Integer, nullable=False),
    Column("last", Integer, nullable=False),
    Column("content", Blob, nullable=False),
    Index(None, "run", "first"),
)

conclusions = Table(
    "conclusions",
    metadata,
    Column("run", Id, ForeignKey("runs.id"), primary_key=True),
    Column("content", Blob, nullable=False),
)

flow_runs = Table(
    "flow_runs",
    metadata,
    Column("id", Id, primary_key=True),
    Column("run", Id, ForeignKey("runs.id"), nullable=False),
    Column("position", Integer, nullable=False),
    Column("name", Text, nullable=False),
    Column("status", String(20), nullable=False),
    Column("flow", Id),
    Column("hook", String(20)),
    Column("attempt", Integer, nullable=False),
    Column("row", Integer),
    Column("started", Time),
    Column("ended", Time),
    Column("facts", Json, nullable=False),
    Index(None, "run", "position"),
    Index(None, "flow"),
)

recordings = Table(
    "recordings",
    metadata,
    Column("flow_run", Id, ForeignKey("flow_runs.id"), primary_key=True),
    Column("content", Blob, nullable=False),
)

deliveries = Table(
    "deliveries",
    metadata,
    Column("id", Id, primary_key=True),
    Column("run", Id, ForeignKey("runs.id"), nullable=False),
    Column("webhook", Id, ForeignKey("items.id"), nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("due", Time),  # none when it is over
    Column("outcome", Text, nullable=False),
    UniqueConstraint("run", "webhook"),
    Index(None, "due"),
)
