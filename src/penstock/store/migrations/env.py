"""Run by Alembic: applies the migrations on the connection that `store.migrating` gives."""

from __future__ import annotations

from alembic import context

from penstock.store.tables import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    user_module_prefix="columns.",
    transactional_ddl=True,
)
context.run_migrations()
