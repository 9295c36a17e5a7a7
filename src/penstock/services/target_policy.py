"""Which targets a team may load, and how much."""

from __future__ import annotations

from typing import Protocol

from penstock.accounts.people import Identity
from penstock.runs.plan import Plan


class TargetPolicy(Protocol):
    """Decides over a plan before it is launched."""

    def applied(self, who: Identity, plan: Plan) -> Plan:
        """Return the plan with what the engine must refuse. Raises `NotAllowed` for what the team may not load."""


class NoPolicy:
    """Everything is allowed."""

    def applied(self, who: Identity, plan: Plan) -> Plan:  # noqa: ARG002 — the protocol's form
        """See `TargetPolicy`."""
        return plan
