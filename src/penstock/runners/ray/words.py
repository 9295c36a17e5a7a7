"""What Ray reports, in sentences that say what to do."""

from __future__ import annotations

import platform
from collections.abc import Mapping
from typing import Any

from penstock import __version__
from penstock.errors import EngineFailed, InvalidInput, PenstockError

INSTALL = "pip install 'penstock[ray]'"
_MOST_TEXT = 500


def no_cluster(address: str, error: Exception) -> PenstockError:
    """Return the error of a cluster that could not be connected to."""
    text = str(error)
    if "ersion mismatch" in text:
        return EngineFailed(f"the Ray cluster and this machine do not fit: {_short(text)}")
    if address == "auto":
        return EngineFailed(
            "no Ray cluster was found on this machine: start one (ray start --head), let this machine join one "
            f"(ray start --address=HOST:6379), or say where it is (--ray-address); Ray said: {_short(text)}"
        )
    return EngineFailed(
        f"the Ray cluster at {address} cannot be reached: run the command on a machine of the cluster, "
        f"and see whether `ray status` finds it there; Ray said: {_short(text)}"
    )


def verify_address(address: str) -> None:
    """Raise `InvalidInput` for an address that agents cannot be sent to."""
    if address.startswith("ray://"):
        raise InvalidInput(
            f"Ray address {address}: Ray Client is not used; let this machine join the cluster "
            "(ray start --address=HOST:6379 --num-cpus=0) and give HOST:6379"
        )
    host, _, port = address.rpartition(":")
    if address != "auto" and not (host and port.isdecimal()):
        raise InvalidInput(f"Ray address {address!r}: write auto, or HOST:PORT like 10.0.0.5:6379")


def too_few(agents: int, free: int, nodes: int, waited_s: float) -> PenstockError:
    """Return the error of a cluster without room."""
    are = f"is {free} free core" if free == 1 else f"are {free} free cores"
    on = "one machine" if nodes == 1 else f"{nodes} machines"
    after = f" after {waited_s:g} s" if waited_s else ""
    return EngineFailed(
        f"{agents} agents need {agents} cores, and there {are} on the {on} of the Ray cluster{after}: use fewer agents "
        "(--agents), add machines, or wait for them (--ray-wait)"
    )


def misfit(node: str, facts: Mapping[str, Any]) -> PenstockError | None:
    """Return what is wrong with a node of another Penstock or another Python; None where all is well."""
    if facts["version"] != __version__:
        return EngineFailed(
            f"node {node} has Penstock {facts['version']}, and this machine has {__version__}: "
            "install the same version on all machines of the cluster"
        )
    here = platform.python_version()
    if _minor(str(facts["python"])) != _minor(here):
        return EngineFailed(
            f"node {node} has Python {facts['python']}, and this machine has {here}: "
            f"use Python {_minor(here)} on all machines of the cluster"
        )
    return None


def without_penstock(node: str, error: Exception) -> PenstockError:
    """Return the error of a node on which the actor cannot be loaded."""
    text = str(error)
    if "No module named" in text:
        return EngineFailed(
            f"node {node} has no Penstock {__version__} in the Python that Ray runs with there: {INSTALL} on it"
        )
    return EngineFailed(f"an agent could not be started on node {node}: {_short(text)}")


def _minor(version: str) -> str:
    return ".".join(version.split(".")[:2])


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _MOST_TEXT else f"{line[:_MOST_TEXT]}…"
