"""What runs that are over gave in the end, so that their seconds need not be read again."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Apply it."""
    op.create_table(
        "conclusions",
        sa.Column("run", sa.String(length=36), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["run"], ["runs.id"], name=op.f("fk_conclusions_run")),
        sa.PrimaryKeyConstraint("run", name=op.f("pk_conclusions")),
    )
