"""One plan that JMeter and Penstock are both given."""

from __future__ import annotations

from dataclasses import dataclass, field

from tests.jmeter import jmx
from tests.jmeter.jmx import Element

PORT = "@PORT@"
"""Stands in files for the port of the site."""


@dataclass(frozen=True)
class Case:
    """`files` lie beside the plan. Without `is_ordered` several users are at work, and who comes first is no matter."""

    plan: bytes
    files: dict[str, bytes] = field(default_factory=dict)
    is_ordered: bool = True


def shop(*children: Element, files: dict[str, bytes] | None = None, ordered: bool = True, **plan: object) -> Case:
    """A plan whose requests go to the site."""
    to = jmx.defaults(protocol="http", domain="127.0.0.1", port=PORT)
    return Case(jmx.document(jmx.plan(to, *children, **plan)), files or {}, ordered)  # type: ignore[arg-type]


def alone(*children: Element, files: dict[str, bytes] | None = None, loops: int = 1) -> Case:
    """A plan of one user."""
    return shop(jmx.threads(*children, loops=loops), files=files)


def see(**values: str) -> Element:
    """A request that shows values to the site."""
    return jmx.get("/see", parameters=list(values.items()))
