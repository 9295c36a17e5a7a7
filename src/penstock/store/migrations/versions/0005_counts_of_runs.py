"""What lets runs be counted by kind and state, however many there are."""

from __future__ import annotations

from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Apply it."""
    op.create_index(op.f("ix_runs_team_kind_state_deleted"), "runs", ["team", "kind", "state", "deleted"])
