"""Which targets a team may load, and how much."""

from __future__ import annotations

import dataclasses
import ipaddress
from collections.abc import Iterator
from dataclasses import dataclass, replace
from urllib.parse import urlsplit

from penstock.accounts.people import Identity
from penstock.errors import NotAllowed
from penstock.library.items import Kind
from penstock.model import Request, Scenario
from penstock.ports.stores import Page, Store
from penstock.runs.commands import SetLevel
from penstock.runs.plan import Plan, ScenarioWork
from penstock.runs.transport import TargetPolicy
from penstock.services.domains import MOST_DOMAINS

_PRIVATE = (
    "127.0.0.0/8",
    "10.0.0.0/8",
    "172.16.0.0/12",
    "192.168.0.0/16",
    "169.254.0.0/16",
    "::1/128",
    "fc00::/7",
    "fe80::/10",
)


@dataclass(frozen=True, slots=True)
class TargetRules:
    """The operator's rules. `opens_private` opens loopback, link-local, metadata and private addresses."""

    opens_private: bool = False
    allowed_hosts: tuple[str, ...] = ()
    unverified_users: int = 5
    unverified_seconds: int = 300


class TargetService:
    """Decides what a team's runs may reach. Engines decide again, on the address of each connection."""

    def __init__(self, store: Store, rules: TargetRules) -> None:
        self._store = store
        self._rules = rules

    def for_team(self, _who: Identity) -> TargetPolicy:
        """Return what engines must refuse."""
        return TargetPolicy(closed=()) if self._rules.opens_private else TargetPolicy()

    def bounded(self, who: Identity, plan: Plan) -> tuple[Plan, bool]:
        """Return the plan with what its engines must refuse, and whether it must stay small.

        A load beyond what unverified hosts get may connect to allowed and verified hosts alone, whatever URLs it
        computes while it runs. A smaller one may go anywhere that is not closed, and must not be made larger then.
        Raises `NotAllowed` for a larger load that names a host of another kind.
        """
        rules, hosts = self._rules, hosts_of(plan)
        unverified = sorted(host for host in hosts if not self.is_verified(who, host))
        if plan.peak <= rules.unverified_users and plan.duration_s <= rules.unverified_seconds:
            return plan, bool(unverified) or not hosts
        if unverified:
            raise NotAllowed(
                f"{', '.join(unverified)} is neither allowed nor verified: at most {rules.unverified_users} users for "
                f"{rules.unverified_seconds} seconds may load it; verify the domain, or ask the operator to allow it"
            )
        names = [name.removeprefix("*.") for name in (*rules.allowed_hosts, *self._verified(who))]
        known = (*names, *(f"*.{name}" for name in names), *(_PRIVATE if rules.opens_private else ()))
        policy = replace(plan.http.policy or self.for_team(who), allowed=known)
        return replace(plan, http=replace(plan.http, policy=policy)), False

    def verify_level(self, command: SetLevel, populations: int) -> None:
        """Raise `NotAllowed` for a change that makes a load larger that must stay small, all its populations together.

        Each of them may be given the same share of the users, whatever the others have.
        """
        most = self._rules.unverified_users // populations
        if command.change != "to" or command.unit != "users" or command.amount > most:
            raise NotAllowed(f"the run may reach hosts that are not verified: it takes users=N, up to {most}")

    def is_verified(self, who: Identity, host: str) -> bool:
        """Return whether a host, or one above it, is allowed by the operator or verified by the team."""
        if self._rules.opens_private and is_private_name(host):
            return True
        return any(is_below(host, known) for known in (*self._rules.allowed_hosts, *self._verified(who)))

    def _verified(self, who: Identity) -> Iterator[str]:
        with self._store.read() as work:
            domains = work.items.list(who.team, Kind.DOMAIN, Page(MOST_DOMAINS))
        return (domain.name for domain in domains if domain.content.get("verified"))


def is_below(host: str, domain: str) -> bool:
    """Return whether a host is the domain or lies below it."""
    host, domain = host.lower().rstrip("."), domain.lower().removeprefix("*.").strip(".")
    return host == domain or host.endswith(f".{domain}")


def is_private_name(host: str) -> bool:
    """Return whether a name or address is of the own machine or network, as far as the text tells."""
    if host == "localhost" or host.endswith((".localhost", ".local", ".internal")) or "." not in host.strip("[]"):
        return True
    try:
        return not ipaddress.ip_address(host.strip("[]")).is_global
    except ValueError:
        return False


def hosts_of(plan: Plan) -> frozenset[str]:
    """Return the hosts that requests of a plan go to; those that are computed while it runs are not known here."""
    retargeting = plan.http.retargeting
    urls = _urls(plan.work.scenario) if isinstance(plan.work, ScenarioWork) else ()
    asked = {retargeting.url_for(url) for url in urls}
    if retargeting.everywhere is not None:  # also what is relative, or computed
        asked = {url for url in asked if url.startswith(retargeting.targets)} | {retargeting.everywhere}
    return frozenset(filter(None, map(_host, asked)))


def _urls(scenario: Scenario) -> Iterator[str]:
    """Give the constant beginnings of all URLs."""
    waiting: list[object] = [journey.steps for journey in scenario.journeys]
    while waiting:
        node = waiting.pop()
        if isinstance(node, tuple):
            waiting.extend(node)
        elif isinstance(node, Request):
            first = node.url.parts[0] if node.url.parts else ""
            yield first if isinstance(first, str) else ""
            if node.page is not None:
                waiting.append(node.page.recorded)
        elif dataclasses.is_dataclass(node):
            waiting.extend(
                value for field in dataclasses.fields(node) if isinstance(value := getattr(node, field.name), tuple)
            )


def _host(url: str) -> str | None:
    try:
        return urlsplit(url if "://" in url else f"http://{url}").hostname
    except ValueError:
        return None
