"""What the command line says to those who mistype it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.e2e.conftest import Command
from tests.e2e.test_web_tests import request, write

pytestmark = pytest.mark.e2e


@pytest.mark.parametrize(
    ("arguments", "hint"),
    [
        (("rum",), "penstock --help"),
        (("run",), "penstock run --help"),
        (("run", "x.json", "--user", "5"), "penstock run --help"),
        (("runs", "show"), "penstock runs show --help"),
    ],
)
def test_a_usage_error_names_the_help_of_its_command(penstock: Command, arguments: tuple[str, ...], hint: str) -> None:
    assert penstock(*arguments, expect=2).stderr.endswith(f"Try '{hint}'.\n")


@pytest.mark.parametrize(
    "command",
    [(), ("serve",), ("target",), ("runs", "list"), ("runs", "download"), ("suites", "export"), ("tokens", "create")],
)
def test_the_help_says_what_an_option_takes_and_not_of_which_type_it_is(
    penstock: Command, command: tuple[str, ...]
) -> None:
    said = penstock(*command, "--help").stdout
    assert not [line for line in said.splitlines() if "<" in line and ">" in line]


def test_the_help_of_the_server_says_what_holds_unless_said(penstock: Command) -> None:
    assert "[default: 8700]" in penstock("serve", "--help").stdout


@pytest.mark.parametrize("columns", [20, 80, 300])
def test_the_help_of_a_run_has_headings_and_fits_the_terminal(penstock: Command, columns: int) -> None:
    said = penstock("run", "--help", columns=columns).stdout
    headings = [line for line in said.splitlines() if line.endswith(":") and not line.startswith(" ")]
    assert headings[:3] == ["Arguments:", "Load:", "Pace and users:"]
    assert headings[-1] == "Options:"
    assert said.partition("Options:")[2].split() == ["--help", *["Show", "this", "message", "and", "exit."]]
    assert max(map(len, said.splitlines())) <= max(60, min(columns, 100))


def test_agents_may_be_called_workers_as_in_old_scripts(penstock: Command) -> None:
    assert "--workers" not in penstock("run", "--help").stdout
    for option in ("--agents", "--workers"):
        assert f"Invalid value for '{option}'" in penstock("run", "x.json", option, "0", expect=2).stderr


SUITE = """
conf: {meta: {description: Shop}}
flows:
- {id: 8a9d1f7e-3a61-4b43-9d43-0f0a4f5f2a01, order: 0,
   conf: {meta: {description: browse}, requests: [{url: "http://127.0.0.1:9/"}]}}
"""


@pytest.mark.parametrize(
    ("reason", "arguments", "message"),
    [
        ("labels are a suite's", ("run", "flow.py", "--labels", "a", "--ci"), "--labels, --ci: for suites and flows"),
        ("a file that is never read", ("run", "flow.py", "--plugins", "no.toml"), "--plugins: for tests of Visual St"),
        ("a flow in Python has no flows", ("trial", "flow.py", "--flow", "x"), "--flow: for suites and flows"),
        ("tags are of tasks", ("run", "suite.yaml", "--tags", "x"), "--tags: for users in Python only"),
        ("no data source", ("run", "suite.yaml", "--data-source", "D=a.csv"), "--data-source: for tests of Visual St"),
        ("none in a trial", ("trial", "suite.yaml", "--run-settings", "x"), "--run-settings: for tests of Visual St"),
        ("once is for flows", ("run", "shop.webtest", "--once"), "--once: only for suites"),
        ("a zip on a terminal", ("run", "flow.py", "--archive", "-"), "--archive -: is a zip archive; give a file"),
        ("one over the other", ("run", "flow.py", "--json", "x", "--html", "./x"), "--json and --html both write ./x"),
        ("which duration", ("run", "flow.py", "--pacing", "1s", "--warm-up", "1x"), "warm-up '1x' is not understood"),
        ("a device", ("run", "/dev/null"), "/dev/null: is neither a file nor a folder"),
        ("no id", ("cloud-run", "definition:", "--token", "y"), "definition:: give the id of a test definition"),
        ("no host", ("cloud-run", "http://", "--token", "y"), "http://: write a URL like https://shop.example.com/"),
        (
            "its own load",
            ("cloud-run", "a.loadtest", "--users", "5", "--token", "y"),
            "--users: for a URL only; a.load",
        ),
        ("no address", ("runs", "list", "--server", "x", "--token", "y"), "server 'x': write it like http://host:87"),
    ],
)
def test_what_would_be_passed_over_or_overwritten_is_refused_before_anything_runs(
    penstock: Command, tmp_path: Path, reason: str, arguments: tuple[str, ...], message: str
) -> None:
    (tmp_path / "flow.py").write_text("async def journey(user):\n    pass\n")
    (tmp_path / "suite.yaml").write_text(SUITE)
    (tmp_path / "a.csv").write_text("a\n1\n")
    write(tmp_path, request("/"))
    said = penstock(*arguments, expect=104).stderr
    assert said.startswith(f"error: {message}"), reason
    assert said.count("\n") == 1
    assert {each.name for each in tmp_path.iterdir()} - {"__pycache__"} == {
        "flow.py",
        "suite.yaml",
        "a.csv",
        "shop.webtest",
    }


def test_options_that_only_allow_something_are_taken_for_every_kind_of_test(penstock: Command, tmp_path: Path) -> None:
    (tmp_path / "flow.py").write_text("async def journey(user):\n    pass\n")
    allowing = ("--as-load", "--skip-unsupported", "--ignore-plugins")
    said = penstock("run", "flow.py", *allowing, "--iterations", "1", expect=99).stderr
    assert "nothing was measured: no request was made" in said


_INTERRUPTED = """
import sys
from penstock.cli.entry import entry

class Impatient:
    def find_spec(self, name, path=None, target=None):
        if name == "typer":
            raise KeyboardInterrupt

sys.meta_path.insert(0, Impatient())
sys.argv = ["penstock", *sys.argv[1:]]
entry()
"""


@pytest.mark.parametrize("command", ["run", "check"])
def test_ctrl_c_while_the_command_is_being_loaded_is_no_traceback(tmp_path: Path, command: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", _INTERRUPTED, command, "x.json"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stdout, done.stderr) == (105, "", "interrupted\n")
