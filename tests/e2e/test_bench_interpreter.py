"""Penstock is measured with a Python that runs it, and the results say with which."""

import os
import subprocess

import pytest

from benches import interpreter

pytestmark = pytest.mark.e2e


def test_the_chosen_python_runs_penstock_and_is_the_one_that_the_results_name() -> None:
    chosen = interpreter.choose()
    told = "import platform, penstock.engine; print('Python', platform.python_version())"
    environment = {**os.environ, **chosen.environment}
    done = subprocess.run(
        [chosen.program, "-c", told], env=environment, capture_output=True, text=True, cwd="/", check=True
    )
    assert chosen.words.startswith(done.stdout.strip())
    assert "/" not in chosen.words
