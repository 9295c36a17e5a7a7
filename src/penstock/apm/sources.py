"""The counters of one application, read together."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Sequence
from typing import Protocol

from penstock.apm.access import Door, Unreadable
from penstock.apm.application_insights import ApplicationInsights
from penstock.apm.entra import ClientCredentials
from penstock.apm.prometheus import Prometheus
from penstock.outside.pinning import MayReach
from penstock.ports.counters import Access, Taken
from penstock.runs.applications import LARGEST, MOST_INSTANCES, Application, ApplicationCounter, full_name


class Backend(Protocol):
    """Something that answers for one counter."""

    async def read(self, counter: ApplicationCounter) -> Sequence[tuple[str, float]]:
        """Return values of now with their instances. Raises `Unreadable`."""


class ApplicationSource:
    """See `ports.counters.CounterSource`."""

    def __init__(self, application: Application, access: Access, may_reach: MayReach | None = None) -> None:
        self._application = application
        self._door = Door(access, may_reach)
        self._credentials: ClientCredentials | None = None
        if access.client_id:
            authority = Access(access.authority, authorities=access.authorities, timeout_s=access.timeout_s)
            self._credentials = ClientCredentials(Door(authority, may_reach), access)
        self._backend: Backend = (
            Prometheus(self._door)
            if application.kind == "prometheus"
            else ApplicationInsights(self._door, access, self._credentials)
        )

    @property
    def name(self) -> str:
        """See `ports.counters.CounterSource`."""
        return self._application.name

    @property
    def every_s(self) -> float:
        """See `ports.counters.CounterSource`."""
        return self._application.every_s

    def names(self) -> Sequence[str]:
        """See `ports.counters.CounterSource`."""
        return self._application.names()

    def has(self, name: str) -> bool:
        """See `ports.counters.CounterSource`."""
        return self._application.counter(name) is not None

    async def read(self) -> Taken:
        """See `ports.counters.CounterSource`."""
        counters = self._application.counters
        found = await asyncio.gather(*(self._read(one) for one in counters))
        values: dict[str, float] = {}
        problems: dict[str, str] = {}
        for counter, told in zip(counters, found, strict=True):
            if isinstance(told, Unreadable):
                problems["" if told.of_source else counter.name] = str(told)
                continue
            for instance, value in told:
                if not math.isfinite(value) or abs(value) > LARGEST:
                    problems[counter.name] = _no_number(value)
                else:
                    values[full_name(self.name, counter.name, instance)] = value
        return Taken(values, problems)

    async def _read(self, counter: ApplicationCounter) -> Sequence[tuple[str, float]] | Unreadable:
        try:
            found = await self._backend.read(counter)
        except Unreadable as error:
            return error
        except Exception as error:  # noqa: BLE001 — whatever it was, the run beside it goes on
            return Unreadable(f"cannot be read ({type(error).__name__})", of_source=True)
        if not counter.instance and len(found) > 1:
            return Unreadable(
                f"gives {len(found)} series, not one: aggregate them, or say which label tells them apart (instance)"
            )
        if len(found) > MOST_INSTANCES:
            return Unreadable(f"gives {len(found)} instances, more than the {MOST_INSTANCES} that are kept: narrow it")
        if len({instance for instance, _ in found}) < len(found):
            return Unreadable(
                f"gives several series for one value of {counter.instance}: aggregate by that label alone"
            )
        return found

    async def close(self) -> None:
        """See `ports.counters.CounterSource`."""
        await self._door.close()
        if self._credentials is not None:
            await self._credentials.close()


def _no_number(value: float) -> str:
    if math.isfinite(value):
        return f"gives {value:g}, beyond what is kept: divide it in the query (by 1e6 for a start)"
    return f"gives {'NaN' if math.isnan(value) else 'infinity'}, which is no value"
