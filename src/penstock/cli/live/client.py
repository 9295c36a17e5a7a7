"""The other side: finds the runs of this user, and asks one of them."""

from __future__ import annotations

import getpass
import os
import socket
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from penstock.cli.live.folder import SUFFIX, folder_of, sockets_in
from penstock.errors import InvalidInput

_PATIENCE_S = 10.0


@dataclass(frozen=True, slots=True)
class LiveRun:
    """A run that answered. `status` has the fields of `services.steering.Status`."""

    name: str
    path: Path
    status: dict[str, Any]


def find(environment: Mapping[str, str]) -> list[LiveRun]:
    """Return the runs of this user, and clear away what runs left behind that are no more."""
    found = []
    for path in sockets_in(folder_of(environment)):
        try:
            answer = ask(path, {"do": "status"})
        except ConnectionRefusedError:
            path.unlink(missing_ok=True)
            continue
        except OSError:
            continue  # ended while it was asked
        if answer.get("ok"):
            found.append(LiveRun(path.name.removesuffix(SUFFIX), path, answer["status"]))
    return found


def choose(runs: list[LiveRun], asked: str | None, environment: Mapping[str, str]) -> LiveRun:
    """Return the run that is meant: by its name, its number or the beginning of its name; the only one without.

    Raises `InvalidInput` with the runs there are.
    """
    if not runs:
        raise InvalidInput(
            f"{none_of(environment)}; start one with penstock run FILE; for one of a server: penstock runs control"
        )
    if asked is None:
        if len(runs) == 1:
            return runs[0]
        raise InvalidInput(
            f"several runs are under way: {_names(runs)}; say which, as in penstock control {runs[0].name} …"
        )
    meant = [run for run in runs if asked in (run.name, run.name.rpartition("-")[2], run.status["name"])]
    meant = meant or [run for run in runs if run.name.startswith(asked)]
    if len(meant) == 1:
        return meant[0]
    if meant:
        raise InvalidInput(f"{asked!r} is the name of several runs: {_names(meant)}; say which")
    raise InvalidInput(f"there is no run {asked!r}; under way: {_names(runs)}")


def none_of(environment: Mapping[str, str]) -> str:
    """Say that there is no run: of whom, and where it was looked for."""
    return f"no run is under way as user {_user()} on this machine (looked in {folder_of(environment)})"


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a container may have a user id without a name
        return str(os.getuid())


def _names(runs: list[LiveRun]) -> str:
    return ", ".join(run.name for run in runs)


def ask(path: Path, command: dict[str, Any]) -> dict[str, Any]:
    """Send a command to a run and return its answer. Raises `OSError` when there is no one or no answer."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
        connection.settimeout(_PATIENCE_S)
        connection.connect(str(path))
        connection.sendall(orjson.dumps(command) + b"\n")
        answer = b""
        while not answer.endswith(b"\n") and (more := connection.recv(65_536)):
            answer += more
    if not answer:
        raise ConnectionResetError("the run ended before it answered")
    said: dict[str, Any] = orjson.loads(answer)
    return said
