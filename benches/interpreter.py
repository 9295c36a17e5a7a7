"""The Python that Penstock and Locust are measured with: the fastest of this version on the machine.

What distributions, containers and python.org give out is built with profile-guided optimization; what pyenv and the
like build is not, unless they are told to, and takes about a third longer for the same work. The clients that they are
compared with are built with optimization, too.

Both run in virtual environments, as at their users': what else the machine has put beside its own Python does not
load there.
"""

from __future__ import annotations

import functools
import shutil
import subprocess
import sys
import sysconfig
from dataclasses import dataclass
from pathlib import Path

from benches.place import OUT, ROOT

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
    """A program that imports Penstock, the one that its environment was made by, and what it is in words."""

    program: str
    base: str
    words: str


@functools.cache
def choose() -> Interpreter:
    """Return the fastest one that can run Penstock; this process's own where no other is clearly faster.

    Penstock's modules are compiled for it.
    """
    chosen = _choose()
    compiled = [chosen.program, "-m", "compileall", "-q", str(ROOT / "src" / "penstock")]
    subprocess.run(compiled, timeout=120, check=True)
    return chosen


def _choose() -> Interpreter:
    version, took_s = _try(sys.executable) or (sysconfig.get_python_version(), float("inf"))
    own = Interpreter(sys.executable, sys.executable, f"Python {version}")
    base = shutil.which(f"python{sysconfig.get_python_version()}", path="/usr/bin:/usr/local/bin")
    if base is None:
        return own
    try:
        program = _environment(base)
    except subprocess.SubprocessError:  # Debian has the module in a package of its own
        return own
    tried = _try(program)
    if tried is None or tried[1] > took_s * _WORTH:
        return own
    slower = f"that of this checkout, {version}, takes {took_s / tried[1]:.1f} times as long"
    return Interpreter(program, base, f"Python {tried[0]} of the system ({slower})")


def _environment(base: str) -> str:
    """Return the Python of an environment of that one in which Penstock is installed: as it is here, not copied."""
    folder = OUT / "python"
    subprocess.run([base, "-m", "venv", "--without-pip", folder], check=True, timeout=60, capture_output=True)
    seen = f"{ROOT / 'src'}\n{sysconfig.get_path('purelib')}\n"
    packages = Path("lib", f"python{sysconfig.get_python_version()}", "site-packages")
    (folder / packages / "penstock.pth").write_text(seen, encoding="utf-8")
    return str(folder / "bin" / "python")


def _try(program: str) -> tuple[str, float] | None:
    """Return version and seconds of a trial; None where Penstock does not run."""
    done = subprocess.run([program, "-c", _TRIAL], capture_output=True, text=True, timeout=60, check=False, cwd="/")
    if done.returncode != 0:
        return None
    version, took_s = done.stdout.split()
    return version, float(took_s)
