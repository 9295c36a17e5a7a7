"""What runs of cloud load tests are found by, as columns; when a run last changed; whose files were deleted."""

from __future__ import annotations

import datetime
from typing import Any

import sqlalchemy as sa
from alembic import op

from penstock.store import columns

revision = "0003"
down_revision = "0002"

_AT_ONCE = 500

_items = sa.table(
    "items",
    sa.column("id"),
    sa.column("kind"),
    sa.column("content", columns.Json()),
    sa.column("files_deleted", columns.Time()),
)
_runs = sa.table(
    "runs",
    sa.column("id"),
    sa.column("created", columns.Time()),
    sa.column("history", columns.Json()),
    sa.column("changed", columns.Time()),
)


def upgrade() -> None:
    """Apply it."""
    cloud_runs = op.create_table(
        "cloud_runs",
        sa.Column("item", sa.String(length=36), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("progress", sa.String(length=20), nullable=False),
        sa.Column("run", sa.String(length=36), nullable=True),
        sa.Column("is_stopped", sa.Boolean(), nullable=False),
        sa.Column("drop", sa.String(length=36), nullable=False),
        sa.Column("created_by", sa.String(length=36), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("retention", sa.String(length=20), nullable=False),
        sa.ForeignKeyConstraint(["item"], ["items.id"], name=op.f("fk_cloud_runs_item")),
        sa.PrimaryKeyConstraint("item", name=op.f("pk_cloud_runs")),
    )
    op.create_index("ix_cloud_runs_drop", "cloud_runs", ["drop"])
    op.create_index("ix_cloud_runs_retention", "cloud_runs", ["retention"])
    op.add_column("items", sa.Column("files_deleted", columns.Time(timezone=True), nullable=True))
    op.create_index("ix_items_kind_changed", "items", ["kind", "changed"])
    op.add_column("runs", sa.Column("changed", columns.Time(timezone=True), nullable=True))
    _fill(op.get_bind(), cloud_runs)


def _fill(connection: sa.Connection, cloud_runs: sa.Table) -> None:
    for row in _pages(connection, _runs, _runs.c.id == _runs.c.id):
        changed = datetime.datetime.fromisoformat(row.history[-1][2]) if row.history else row.created
        connection.execute(sa.update(_runs).where(_runs.c.id == row.id).values(changed=changed))
    for row in _pages(connection, _items, _items.c.kind.in_(("cloud-run", "test-drop"))):
        content: dict[str, Any] = row.content
        if deleted := content.get("deleted_at"):
            at = datetime.datetime.fromisoformat(deleted)
            connection.execute(sa.update(_items).where(_items.c.id == row.id).values(files_deleted=at))
        if row.kind == "cloud-run":
            said = content.get("said") or {}
            values = {
                "item": row.id,
                "kind": content.get("kind", "visual-studio"),
                "progress": content.get("progress", "created"),
                "run": content.get("run"),
                "is_stopped": bool(content.get("stopped_by")),
                "drop": content.get("drop", ""),
                "created_by": content.get("created_by", ""),
                "source": str(said.get("runSourceIdentifier", "")).replace("\0", ""),
                "retention": said.get("retentionState", "none"),
            }
            connection.execute(sa.insert(cloud_runs).values(values))


def _pages(connection: sa.Connection, table: Any, meant: Any) -> Any:
    """Give rows by their ids, some at once."""
    after = ""
    while rows := connection.execute(
        sa.select(table).where(meant, table.c.id > after).order_by(table.c.id).limit(_AT_ONCE)
    ).all():
        yield from rows
        after = rows[-1].id
