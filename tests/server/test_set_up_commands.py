"""Set-up and clean-up commands of cloud runs: done where the operator allows it, told wherever they are asked for."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.apps import Recorder
from tests.apps.penstock_server import PenstockServer, wait_until
from tests.server.test_cloudtest_runs import change, created, drop_of, got, home, until

SET_UP = b"""#!/bin/sh
echo "set up $1 in $DeploymentDirectory, with $(ls | tr '\\n' ' ')"
touch made
"""
CLEAN_UP = b"""ls made && echo cleaned up
"""


@pytest.fixture(scope="module")
def target() -> Iterator[Recorder]:
    with Recorder() as started:
        yield started


@pytest.fixture(scope="module")
def permissive(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PenstockServer]:
    folder = tmp_path_factory.mktemp("commands")
    options = ("--allow-private-targets", "--allow-commands", "--command-seconds", "4")
    started = PenstockServer(folder / "data", options, {"TMPDIR": str(folder)}).start()
    yield started
    assert started.stop() == 0
    assert not list(folder.glob("penstock-run-*")), "the folders of commands are gone"


@pytest.fixture(scope="module")
def client(permissive: PenstockServer) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=permissive.url, auth=("", permissive.token), timeout=30) as opened:
        yield opened


def asked(set_up: str, clean_up: str) -> dict[str, Any]:
    return {"testSettings": {"setupCommand": set_up, "cleanupCommand": clean_up, "hostProcessPlatform": "x86"}}


def messages(client: httpx.Client, run: str) -> list[tuple[str, str, str]]:
    """Return type, source and text of each, the oldest first."""
    found = got(client, run, "/messages")["value"]
    return [(one["messageType"], one["messageSource"], one["message"]) for one in reversed(found)]


def states_until_over(client: httpx.Client, run: str) -> list[str]:
    seen: list[str] = []

    def over() -> bool:
        found = got(client, run)
        now = f"{found['state']}/{found['subState']}"
        if now not in seen:
            seen.append(now)
        return found["state"] in ("completed", "aborted", "error")

    wait_until(over, 40)
    return seen


def test_commands_are_done_around_the_load_with_the_files_of_the_drop(client: httpx.Client, target: Recorder) -> None:
    files = {**home(target, seconds=2), "setup.sh": SET_UP, "scripts/cleanup.sh": CLEAN_UP}
    target.clear()
    run = created(client, drop_of(client, files), **asked("Setup.sh here; sleep 1", r"scripts\CleanUp.sh; sleep 1"))[
        "id"
    ]
    assert change(client, run, "queued").status_code == 202
    seen = states_until_over(client, run)
    order = ["executingSetupScript", "runningTest", "executingCleanupScript", "success"]
    places = [next(at for at, one in enumerate(seen) if one.endswith(f"/{name}")) for name in order]
    assert places == sorted(places), seen
    told = messages(client, run)
    outputs = {source: text for kind, source, text in told if kind == "output"}
    assert outputs["setupScript"].startswith("set up here in /")
    assert "home.loadtest home.webtest scripts setup.sh" in outputs["setupScript"]
    assert outputs["cleanupScript"] == "made\ncleaned up\n", "both are done in the same folder"
    texts = [text for _, _, text in told]
    begun, load, over = map(
        texts.index, ("The set-up command is done.", "The load has begun.", "The clean-up command is done.")
    )
    assert begun < load < over
    assert target.requests
    assert "set up here" in log_of(client, run)


def log_of(client: httpx.Client, run: str) -> str:
    """Return the log among the diagnostics, found as readers of them find it."""
    told = got(client, run, "/results")["diagnostics"]
    url, _, signature = told["diagnosticStoreConnectionString"].partition("?")
    assert told["lastModifiedTime"]
    answer = httpx.get(f"{url}/{told['relativePathToDiagnosticFiles']}/run.log?{signature}")
    assert answer.status_code == 200
    return answer.text


def test_a_set_up_that_fails_aborts_the_run_before_its_load(client: httpx.Client, target: Recorder) -> None:
    target.clear()
    drop = drop_of(client, home(target))
    run = created(client, drop, **asked("echo no room; exit 7", "echo cleaned"))["id"]
    change(client, run, "queued")
    over = until(client, run, "aborted")
    assert "exit code 7" in over["abortMessage"]["cause"]
    assert over["abortMessage"]["details"] == ["echo no room; exit 7", "no room"]
    assert "stoppedBy" not in over
    assert ("error", "setupScript", "The set-up command failed: it ended with exit code 7.") in messages(client, run)
    assert ("output", "cleanupScript", "cleaned\n") in messages(client, run), "what was begun is cleaned up"
    assert not target.requests
    assert got(client, run, "/results")["resultsUrl"] is None


def test_a_command_that_takes_too_long_is_ended(client: httpx.Client, target: Recorder) -> None:
    run = created(client, drop_of(client, home(target)), **asked("sleep 60", ""))["id"]
    change(client, run, "queued")
    assert "longer than 4 seconds" in until(client, run, "aborted")["abortMessage"]["cause"]


def test_a_clean_up_that_fails_is_told_and_the_results_stay(client: httpx.Client, target: Recorder) -> None:
    run = created(client, drop_of(client, home(target, seconds=1)), **asked("", "exit 1"))["id"]
    change(client, run, "queued")
    assert until(client, run, "completed", "aborted", "error")["state"] == "completed"
    assert ("error", "cleanupScript", "The clean-up command failed: it ended with exit code 1.") in messages(
        client, run
    )
    assert got(client, run, "/results")["resultsUrl"]


@pytest.mark.parametrize("when", ["executingSetupScript", "runningTest"])
def test_a_run_that_is_aborted_is_cleaned_up(client: httpx.Client, target: Recorder, when: str) -> None:
    set_up = "sleep 60" if when == "executingSetupScript" else "true"
    with tempfile.TemporaryDirectory() as folder:
        proof = Path(folder) / "proof"
        run = created(client, drop_of(client, home(target, seconds=60)), **asked(set_up, f"touch {proof}"))["id"]
        change(client, run, "queued")
        wait_until(lambda: got(client, run)["subState"] == when, 30)
        assert change(client, run, "aborted").status_code == 202
        over = until(client, run, "aborted")
        assert proof.exists()
    assert over["stoppedBy"]["displayName"] == "admin"
    assert "abortMessage" not in over, "a person stopped it; the command did not fail"


def test_a_script_for_windows_is_refused_before_anything_begins(client: httpx.Client, target: Recorder) -> None:
    run = created(client, drop_of(client, {**home(target), "setup.cmd": b"copy a b"}), **asked("setup.cmd", ""))["id"]
    change(client, run, "queued")
    over = got(client, run)
    assert over["state"] == "aborted"
    assert "shell script" in over["abortMessage"]["cause"]


def test_without_leave_of_the_operator_nothing_is_run_and_the_setting_is_named(
    server: PenstockServer, target: Recorder
) -> None:
    with tempfile.TemporaryDirectory() as folder, httpx.Client(base_url=server.url, auth=("", server.token)) as client:
        proof = Path(folder) / "proof"
        drop = drop_of(client, home(target, seconds=1))
        run = created(client, drop, **asked(f"touch {proof}", "setup.cmd"))["id"]
        change(client, run, "queued")
        assert until(client, run, "completed", "aborted", "error")["state"] == "completed"
        warnings = [text for kind, _, text in messages(client, run) if kind == "warning"]
        assert not proof.exists()
    assert [text for text in warnings if "set-up command" in text and "allow_commands" in text]
    assert [text for text in warnings if "clean-up command" in text and "--allow-commands" in text]
