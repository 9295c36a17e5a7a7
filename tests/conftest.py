"""What tests of several folders share. Everything here is started when the first test asks for it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import pytest

from tests.apps import azurite as azurite_app
from tests.apps import postgres as postgres_app


@pytest.fixture(scope="session")
def postgres() -> Iterator[postgres_app.Postgres]:
    """A PostgreSQL server for the whole session."""
    with postgres_app.running() as server:
        yield server


@pytest.fixture(scope="session")
def azurite() -> Iterator[azurite_app.Azurite]:
    """A storage account for the whole session."""
    with azurite_app.running() as account:
        yield account


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Refuse two tests of one id: where tests are spread over processes only the first would be run."""
    twice = [name for name, times in Counter(item.nodeid for item in items).items() if times > 1]
    if twice:
        raise pytest.UsageError(f"several tests are called {', '.join(twice)}")
