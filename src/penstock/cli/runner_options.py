"""The options that say where the agents of a load run."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

from penstock import app
from penstock.cli import sections
from penstock.errors import InvalidInput

if TYPE_CHECKING:
    from penstock.ports.runner import Runner

RunnerName = Annotated[
    str,
    sections.load(
        "--runner",
        help="Where agents run: on this machine (local), or on those of a Ray cluster (ray).",
        metavar="local|ray",
        show_default=False,
    ),
]
RayAddress = Annotated[
    str | None,
    sections.load(
        "--ray-address",
        help="The cluster: HOST:PORT, or auto for the one of this machine [default: RAY_ADDRESS, or auto].",
        metavar="WHERE",
        show_default=False,
    ),
]
RayWait = Annotated[
    str | None,
    sections.load("--ray-wait", help="How long to wait for cores that the cluster does not have yet.", metavar="TIME"),
]


@dataclass(frozen=True, slots=True)
class Place:
    """Where a load is to run; `cluster` is the address of a Ray cluster, None this machine."""

    cluster: str | None = None
    wait_s: float = 0.0

    @property
    def is_cluster(self) -> bool:
        """Whether agents run on other machines."""
        return self.cluster is not None

    def runner(self) -> tuple[Runner, Callable[[], int]]:
        """Return the runner, and what counts the cores that its agents may use.

        Raises `InvalidInput` where the extra is missing or the address is none; counting raises `EngineFailed` for a
        cluster that cannot be reached.
        """
        if self.cluster is None:
            return app.local_runner(), app.available_cores
        return app.ray_runner(self.cluster, self.wait_s)


def read_place(name: str, address: str | None, wait: str | None, environment: Mapping[str, str]) -> Place:
    """Read the options. Raises `InvalidInput` for a runner that there is not, and for options of another one."""
    if name == "local":
        for option, given in (("--ray-address", address), ("--ray-wait", wait)):
            if given is not None:
                raise InvalidInput(f"{option}: for --runner ray only")
        return Place()
    if name != "ray":
        raise InvalidInput(f"--runner {name}: write local or ray")
    from penstock.model.durations import parse_duration

    return Place(
        address or environment.get("RAY_ADDRESS") or "auto", 0.0 if wait is None else parse_duration(wait, "--ray-wait")
    )
