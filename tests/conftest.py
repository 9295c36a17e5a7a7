"""What tests of several folders share. Everything here is started when the first test asks for it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.apps import postgres as postgres_app


@pytest.fixture(scope="session")
def postgres() -> Iterator[postgres_app.Postgres]:
    """A PostgreSQL server for the whole session."""
    with postgres_app.running() as server:
        yield server
