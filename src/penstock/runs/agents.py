"""How many agents a run gets when nobody says: as few as its load needs, and no more than there are cores for."""

from __future__ import annotations

import ipaddress
import math
from dataclasses import dataclass
from urllib.parse import urlsplit

from penstock.metrics import numbers
from penstock.runs.plan import Plan

USERS_AN_AGENT = 500
"""Users that one core can do with any test, scripts and pages included; plain requests need far less."""

RATE_AN_AGENT = 2000.0
"""Starts or requests a second of one core, likewise."""


@dataclass(frozen=True, slots=True)
class Choice:
    """How many, and why, as half a sentence."""

    agents: int
    why: str


def choose(plan: Plan, cores: int) -> Choice:
    """Choose for a plan on a machine that lets us use so many cores. Totals do not depend on it."""
    users = plan.peak
    rate = sum(one.load.top for one in plan.populations if one.load.model != "users")
    wanted = max(1, math.ceil(users / USERS_AN_AGENT), math.ceil(rate / RATE_AN_AGENT))
    for_load = f"{users:,} user{'' if users == 1 else 's'}" + (f" at {numbers.plain(rate)} a second" if rate else "")
    places = plan.http.retargeting.targets or (plan.http.base_url,)
    is_near = any(map(_is_here, places))
    free = max(1, cores - 1) if is_near else cores
    if wanted <= free:
        return Choice(wanted, f"enough for {for_load}; {_cores(cores)} could be used")
    kept = ", one of which is left to the server on this machine" if is_near and cores > 1 else ""
    return Choice(free, f"{for_load} would want {wanted:,}; there {_are(cores)} {_cores(cores)}{kept}")


def _cores(count: int) -> str:
    return f"{count} core{'' if count == 1 else 's'}"


def _are(count: int) -> str:
    return "is" if count == 1 else "are"


def _is_here(url: str | None) -> bool:
    """Whether the server runs on this machine, as far as its address says."""
    host = urlsplit(url or "").hostname or ""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
