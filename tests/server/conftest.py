"""One server a module, on SQLite; a module that matters for both databases asks for `any_server`."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest

from tests.apps.penstock_server import PenstockServer


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PenstockServer]:
    started = PenstockServer(tmp_path_factory.mktemp("server") / "data", ("--allow-private-targets",)).start()
    yield started
    assert started.stop() == 0


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def any_server(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[PenstockServer]:
    options = ["--allow-private-targets"]
    if request.param == "postgresql":
        options += ["--database-url", request.getfixturevalue("postgres").database()]
    started = PenstockServer(tmp_path_factory.mktemp("server") / "data", tuple(options)).start()
    yield started
    assert started.stop() == 0


@pytest.fixture(scope="module")
def admin(server: PenstockServer) -> Iterator[httpx.Client]:
    with server.client() as client:
        yield client
