"""What tests of several folders share. Everything here is started when the first test asks for it."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, settings

from tests.apps import azurite as azurite_app
from tests.apps import postgres as postgres_app
from tests.apps import ray_cluster as ray_cluster_app

# No case is judged by the time it takes on a machine that does other things beside.
settings.register_profile("searched", deadline=None, suppress_health_check=[HealthCheck.too_slow])
# The same generated cases in every run, so that a change is what makes a test fail; others are searched on purpose.
settings.register_profile("same", settings.get_profile("searched"), derandomize=True)
settings.load_profile("searched" if "PENSTOCK_EXAMPLES" in os.environ else "same")

_LONGEST_FIRST = ("tests/server", "tests/e2e", "tests/docs", "tests/contracts", "tests/engine", "tests/jmeter")
"""Folders whose tests wait for what they have started."""


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


@pytest.fixture(scope="module")
def ray_cluster() -> Iterator[ray_cluster_app.RayCluster]:
    """A cluster of two nodes, for a module: it is large, and nobody else should have to bear it."""
    with ray_cluster_app.running() as cluster:
        yield cluster


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Refuse two tests of one id: where tests are spread over processes only the first would be run."""
    twice = [name for name, times in Counter(item.nodeid for item in items).items() if times > 1]
    if twice:
        raise pytest.UsageError(f"several tests are called {', '.join(twice)}")
    if "PYTEST_XDIST_WORKER" in os.environ:  # so that what is short is left for the end, and all are busy until then
        items.sort(key=lambda item: not item.nodeid.startswith(_LONGEST_FIRST))
