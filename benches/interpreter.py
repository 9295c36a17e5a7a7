"""The Python that Penstock is measured with: the fastest of this version on the machine.

What distributions, containers and python.org give out is built with profile-guided optimization; what pyenv and the
like build is not, unless they are told to, and takes about a third longer for the same work. The clients that Penstock
is compared with are built with optimization, too.
"""

from __future__ import annotations

import functools
import os
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Mapping
from dataclasses import dataclass

from benches.place import ROOT

_TRIAL = """
import platform, time
import penstock.engine
def step():
    received = yield (0, "GET", "/")
    return received
def work():
    for _ in range(100_000):
        coroutine = step()
        coroutine.send(None)
        coroutine.close()
took = []
for _ in range(3):
    began = time.process_time()
    work()
    took.append(time.process_time() - began)
print(platform.python_version(), min(took))
"""
_WORTH = 0.9
"""Another interpreter is taken when it needs less than this part of the time."""


@dataclass(frozen=True, slots=True)
class Interpreter:
    """A program, what it needs in its environment, and what it is in words."""

    program: str
    environment: Mapping[str, str]
    words: str


@functools.cache
def choose() -> Interpreter:
    """Return the fastest one that can run Penstock; this process's own where no other is clearly faster.

    Penstock's modules are compiled for it.
    """
    chosen = _choose()
    compiled = [chosen.program, "-m", "compileall", "-q", str(ROOT / "src" / "penstock")]
    subprocess.run(compiled, env={**os.environ, **chosen.environment}, timeout=120, check=True)
    return chosen


def _choose() -> Interpreter:
    version, took_s = _try(sys.executable, {}) or (sysconfig.get_python_version(), float("inf"))
    own = Interpreter(sys.executable, {}, f"Python {version}")
    name = f"python{sysconfig.get_python_version()}"
    other = shutil.which(name, path="/usr/bin:/usr/local/bin")
    if other is None:
        return own
    path = os.pathsep.join([str(ROOT / "src"), sysconfig.get_path("purelib")])
    tried = _try(other, {"PYTHONPATH": path})
    if tried is None or tried[1] > took_s * _WORTH:
        return own
    slower = f"that of this checkout, {version}, takes {took_s / tried[1]:.1f} times as long"
    return Interpreter(other, {"PYTHONPATH": path}, f"Python {tried[0]} of the system ({slower})")


def _try(program: str, environment: Mapping[str, str]) -> tuple[str, float] | None:
    """Return version and seconds of a trial; None where Penstock does not run."""
    done = subprocess.run(
        [program, "-c", _TRIAL],
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        cwd="/",
    )
    if done.returncode != 0:
        return None
    version, took_s = done.stdout.split()
    return version, float(took_s)
