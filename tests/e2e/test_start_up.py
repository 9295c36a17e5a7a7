"""A run starts at once: nothing is loaded before the load that is not needed for it, and an agent loads meanwhile."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from penstock.runners import agents
from tests.e2e.conftest import Command

pytestmark = pytest.mark.e2e

FACES = {"granian", "jinja2", "jsonschema", "plotly", "penstock.reporting", "penstock.target"}
"""What no run needs before its end, or ever."""

COMMAND = {"pydantic", "rich", "typer", "asyncio", "penstock.cli", "penstock.importers", "penstock.services"}
"""What belongs to the process that asks, not to the one that generates load."""

STEPS_OF_IMPORTED_TESTS = {"lxml", "regex", "quickjs", "penstock.program.journeys"}


def loaded_by(module: str) -> set[str]:
    """Return the names of all modules that are there when `module` has been imported by a fresh interpreter."""
    code = f"import sys, {module}; print(' '.join(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    return set(done.stdout.split())


@pytest.mark.parametrize(
    ("module", "unwanted"),
    [
        pytest.param("penstock.engine.agent", FACES | COMMAND | STEPS_OF_IMPORTED_TESTS, id="an-agent"),
        pytest.param("penstock.program.pyfile", FACES | COMMAND | STEPS_OF_IMPORTED_TESTS, id="a-flow-in-an-agent"),
        pytest.param("penstock.program.journeys", FACES | COMMAND, id="an-imported-test-in-an-agent"),
        pytest.param(
            "penstock.cli.run",
            FACES
            | {"lxml", "regex", "rich", "penstock.program.journeys", "penstock.metrics.summary"}
            | {"yaml", "penstock.importers.registry", "penstock.importers.loadmill"},
            id="the-command-before-the-load",
        ),
        pytest.param("penstock.cli.entry", {"asyncio", "typer", "dataclasses", "orjson"}, id="before-an-early-agent"),
        pytest.param("penstock.runners.agents", {"asyncio", "typer", "dataclasses", "orjson"}, id="an-early-agent"),
    ],
)
def test_only_what_is_needed_is_loaded(module: str, unwanted: set[str]) -> None:
    assert loaded_by(module) & unwanted == set()


def test_reading_the_command_line_loads_no_library_of_the_server() -> None:
    code = (
        "import sys, typer.main; from penstock.cli.main import build; typer.main.get_command(build('run'));"
        " print(' '.join(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert set(done.stdout.split()) & (FACES | {"pydantic", "fastapi", "rich"}) == set()


def test_an_agent_that_was_started_early_is_the_one_that_is_used() -> None:
    with agents.early(1):
        waiting = agents._early[0].process.pid
        first, second = agents.take(), agents.take()
        assert first.process.pid == waiting
        assert second.process.pid != waiting
        for agent in (first, second):
            agent.connection.close()
            assert agent.process.wait(30) == 0


def test_an_agent_that_nobody_takes_is_let_go(monkeypatch: pytest.MonkeyPatch) -> None:
    started: list[agents.AgentProcess] = []

    def start() -> agents.AgentProcess:
        started.append(original())
        return started[-1]

    original = agents.start
    monkeypatch.setattr(agents, "start", start)
    with agents.early(1):
        assert started[0].process.poll() is None
    assert started[0].process.poll() is not None


def test_an_agent_that_died_early_is_replaced() -> None:
    with agents.early(1):
        agents._early[0].process.kill()
        agents._early[0].process.wait(30)
        agent = agents.take()
        assert agent.process.poll() is None
        agent.connection.close()
        assert agent.process.wait(30) == 0


def test_a_command_that_runs_nothing_leaves_no_agent(penstock: Command, tmp_path: Path) -> None:
    ended = penstock("run", tmp_path / "missing.json", expect=104)  # waits for whoever holds its output
    assert "there is no such file" in ended.stderr
