"""The composition root: the only module that knows the concrete parts. Tests call it with their own.

Parts are imported where they are put together, so that asking for one costs nothing of the others.
"""

from __future__ import annotations

import contextlib
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from prometheus_client.core import Metric

    from penstock.app.exporting import Destination, Exporting
    from penstock.ports.counters import Access, CounterSource
    from penstock.ports.runner import Runner
    from penstock.ports.tables import Tables
    from penstock.ports.trials import Trials
    from penstock.reporting.otlp.state import LoadState
    from penstock.runs.applications import Application


Sample = TypeVar("Sample")


def local_runner() -> Runner:
    """Return the runner of this machine, for a process that does nothing else: agents in child processes."""
    from penstock.runners.local import LocalRunner

    return LocalRunner(gives_way=True)


def ray_runner(address: str, wait_s: float = 0.0) -> tuple[Runner, Callable[[], int]]:
    """Return the runner of a Ray cluster, and what joins it and counts its free cores.

    Raises `InvalidInput` where Ray is not installed, or the address is none.
    """
    from penstock.runners.ray.runner import RayRunner

    runner = RayRunner(address, wait_s)
    return runner, runner.free_cores


def database(url: str) -> Tables:
    """Return the tables of the database behind a URL."""
    from penstock.databases.sql import SqlTables

    return SqlTables(url)


def local_trials() -> Trials:
    """Return what records iterations on this machine."""
    from penstock.runners.trials import LocalTrials

    return LocalTrials()


def available_cores() -> int:
    """Return how many cores of this machine may be used."""
    from penstock.runners.cores import available_cores as cores

    return cores()


def machine_counters(wanted: Sequence[str]) -> CounterSource:
    """Return the counters of this machine; those of `wanted` are read."""
    from penstock.runners.machine import MachineCounters

    return MachineCounters(wanted)


def application_counters(application: Application, access: Access) -> CounterSource:
    """Return the counters of an application under test, wherever its monitoring is."""
    from penstock.apm.sources import ApplicationSource

    return ApplicationSource(application, access)


def metrics_place(text: str) -> tuple[str, int]:
    """Return address and port of `127.0.0.1:9464`. Raises `InvalidInput` for what is none."""
    from penstock.app.exposing import read_place

    return read_place(text)


def exposed_metrics(
    place: tuple[str, int], sample: Callable[[], Sample], tell: Callable[[Sample], Iterable[Metric]]
) -> contextlib.AbstractAsyncContextManager[int]:
    """Serve metrics to Prometheus while the block lasts; see `exposing.exposed`."""
    from penstock.app.exposing import exposed

    return exposed(place, sample, tell)


def otlp_destination(text: str, environment: Mapping[str, str], option: str = "--otlp") -> Destination:
    """Return where metrics are to be sent to. Raises `InvalidInput`; see `exporting.read_destination`."""
    from penstock.app.exporting import read_destination

    return read_destination(text, environment, option)


def exported_metrics(destination: Destination, sample: Callable[[], Awaitable[Sequence[LoadState]]]) -> Exporting:
    """Send metrics to a collector while the block lasts."""
    from penstock.app.exporting import Exporting

    return Exporting(destination, sample)


def early_agent() -> contextlib.AbstractContextManager[None]:
    """Start an agent of the local runner while the command is still finding out what to do with it."""
    from penstock.runners import agents

    return agents.early(1)
