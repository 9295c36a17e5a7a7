"""Runs of cloud load tests that are started and aborted at the same moment."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from penstock.accounts.people import Identity
from penstock.app.server import Server, build
from penstock.runs.state import RunState
from penstock.runs.stored import StoredRun
from penstock.services.load_launcher import LoadLauncher
from penstock.services.url_tests import UrlTest
from penstock.settings import load


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    environment = {"PENSTOCK_DATA": str(tmp_path / "data"), "PENSTOCK_ALLOW_PRIVATE_TARGETS": "yes"}
    built = build(load({}, environment, tmp_path), "http://127.0.0.1")
    yield built
    built.store.close()


@pytest.fixture
def who(server: Server) -> Identity:
    first = server.services.accounts.bootstrap()
    assert first is not None
    return server.services.accounts.identify({"authorization": first.token})


def test_a_run_that_is_aborted_while_it_is_started_loads_nothing(
    server: Server, who: Identity, monkeypatch: pytest.MonkeyPatch
) -> None:
    runs = server.services.cloud_runs
    drop = server.services.drops.create(who, UrlTest("a.loadtest", ("http://127.0.0.1:1/",), 1, 5), {})
    run = runs.create(who, "a.loadtest", drop.id, "visual-studio", "", {})
    launch = LoadLauncher.launch
    launched: list[StoredRun] = []

    def aborted_meanwhile(launcher: LoadLauncher, *given: Any) -> StoredRun:
        launched.append(launch(launcher, *given))
        assert runs.abort(who, run.id).progress == "cancelled"
        return launched[0]

    monkeypatch.setattr(LoadLauncher, "launch", aborted_meanwhile)
    assert runs.start(who, run.id).progress == "cancelled"
    assert runs.get(who, run.id).run is None
    assert server.services.runs.get(who, launched[0].id).state is RunState.STOPPED
