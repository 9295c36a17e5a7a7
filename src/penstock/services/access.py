"""Who may do what, and the note that it was done: the same for every service."""

from __future__ import annotations

import datetime
from typing import Any

from penstock.accounts.people import AuditEntry, Identity, Scope
from penstock.errors import NotAllowed
from penstock.ports.stores import Page, Work

__all__ = ["Page", "note", "require"]


def require(who: Identity, scope: Scope) -> None:
    """Raise `NotAllowed` unless both the role of the caller and the token allow it."""
    if scope not in who.role.scopes:
        raise NotAllowed(f"a {who.role} of the team may not do this; it takes the right to {scope}")
    if scope not in who.scopes:
        raise NotAllowed(f"the token does not allow this; it takes the scope {scope}")


def note(work: Work, who: Identity, at: datetime.datetime, action: str, subject: str, **detail: Any) -> None:
    """Add to the audit log what the caller did."""
    work.audit.add(AuditEntry(at, who.team, who.user, who.token, action, subject, detail))
