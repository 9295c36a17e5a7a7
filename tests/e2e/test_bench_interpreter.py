"""Penstock is measured with a Python that runs it, and the results say with which."""

import subprocess

import pytest

from benches import interpreter

pytestmark = pytest.mark.e2e


def test_the_chosen_python_runs_penstock_and_is_the_one_that_the_results_name() -> None:
    chosen = interpreter.choose()
    told = "import platform, penstock.engine; print('Python', platform.python_version())"
    done = subprocess.run([chosen.program, "-c", told], capture_output=True, text=True, cwd="/", check=True)
    assert chosen.words.startswith(done.stdout.strip())
    assert "/" not in chosen.words


def test_what_the_machine_puts_beside_its_own_python_does_not_load() -> None:
    told = "import sys; print(sys.prefix != sys.base_prefix)"
    done = subprocess.run([interpreter.choose().program, "-c", told], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "True"
