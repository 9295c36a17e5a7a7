"""The cost of a run is that of the whole tree of processes."""

import sys
from pathlib import Path

import pytest

from benches import measure
from benches.cores import Cores, TooFewCores, choose

pytestmark = pytest.mark.e2e

BURN = "import time; end = time.process_time() + {seconds}\nwhile time.process_time() < end: pass"
ORPHAN = """
import os, sys
if os.fork() == 0:          # the child outlives its parent and is never waited for by it
    os.setsid()
    blob = bytearray(60_000_000)
    {burn}
"""


@pytest.fixture(name="cores")
def _cores() -> Cores:
    try:
        return choose()
    except TooFewCores as error:
        pytest.skip(str(error))


def run(code: str, folder: Path, cores: Cores, limit_s: float = 20.0) -> measure.Cost:
    command = [sys.executable, "-I", "-S", "-c", code]
    return measure.run(command, folder=folder, environment={}, cores=cores, server_pids=[], limit_s=limit_s)


def test_an_orphan_that_left_its_session_is_charged_too(tmp_path: Path, cores: Cores) -> None:
    burn = BURN.format(seconds=0.5).replace("\n", "\n    ")
    cost = run(ORPHAN.format(burn=burn), tmp_path, cores)
    assert cost.cpu_s >= 0.5
    assert cost.largest_bytes >= 60_000_000


def test_a_command_that_fails_says_its_exit_code_and_last_words(tmp_path: Path, cores: Cores) -> None:
    with pytest.raises(measure.CommandFailed, match="exit code 3: no such thing"):
        run("import sys; sys.stderr.write('no such thing'); sys.exit(3)", tmp_path, cores)


def test_a_command_that_does_not_end_is_ended(tmp_path: Path, cores: Cores) -> None:
    with pytest.raises(measure.CommandFailed, match="did not end within 1 s"):
        run("import time; time.sleep(60)", tmp_path, cores, limit_s=1.0)


def test_a_program_that_is_not_there_is_an_error_and_not_a_free_run(tmp_path: Path, cores: Cores) -> None:
    with pytest.raises(measure.CommandFailed, match="exit code 71"):
        measure.run(
            ["/nonexistent/program"], folder=tmp_path, environment={}, cores=cores, server_pids=[], limit_s=10.0
        )
