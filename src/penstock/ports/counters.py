"""Counters that are not the load generator's own: of the server under test, or of the machine of the agents."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from penstock.runs.applications import Application


@dataclass(frozen=True, slots=True)
class Access:
    """How the monitoring of an application is reached. What is not shown by `repr` is secret.

    `app` is the id of an application of Application Insights; `authorities` are certificates (PEM) to trust as well.
    With a `client_id`, tokens for `scope` are fetched from the `authority`, as an application of its `tenant`.
    """

    url: str
    app: str = ""
    user: str = field(default="", repr=False)
    password: str = field(default="", repr=False)
    bearer: str = field(default="", repr=False)
    api_key: str = field(default="", repr=False)
    authority: str = ""
    tenant: str = ""
    client_id: str = ""
    client_secret: str = field(default="", repr=False)
    scope: str = ""
    headers: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    authorities: str = field(default="", repr=False)
    timeout_s: float = 5.0


@dataclass(frozen=True, slots=True)
class Taken:
    """What one reading gave: values by full name, and what went wrong, by the name of the counter.

    Under the empty name stands what is wrong with the source as a whole.
    """

    values: Mapping[str, float] = field(default_factory=dict)
    problems: Mapping[str, str] = field(default_factory=dict)


class CounterSource(Protocol):
    """Where counters are read from while a run goes on."""

    @property
    def name(self) -> str:
        """Whose counters they are."""

    @property
    def every_s(self) -> float:
        """Seconds from one reading to the next."""

    def names(self) -> Sequence[str]:
        """Return the full names of the counters, for people; those of instances are known once they were read."""

    def has(self, name: str) -> bool:
        """Return whether a full name is that of one of the counters, or may be that of an instance of one."""

    async def read(self) -> Taken:
        """Return the values of now. Never raises for what the source does, and takes a bounded time."""

    async def close(self) -> None:
        """Let go of connections."""


SourceOf = Callable[[Application, Access], CounterSource]
"""Makes the source of an application's counters."""
