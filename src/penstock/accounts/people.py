"""Teams, their users, and what these show to be let in."""

from __future__ import annotations

import datetime
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any


class Scope(StrEnum):
    """One thing that may be allowed."""

    READ = "read"
    RUN = "run"
    EDIT = "edit"
    ADMIN = "admin"


class Role(StrEnum):
    """What a user is in the team."""

    ADMIN = "admin"
    EDITOR = "editor"
    VIEWER = "viewer"

    @property
    def scopes(self) -> frozenset[Scope]:
        """What users of this role may do."""
        return _ALLOWED[self]


_ALLOWED = {
    Role.ADMIN: frozenset(Scope),
    Role.EDITOR: frozenset({Scope.READ, Scope.RUN, Scope.EDIT}),
    Role.VIEWER: frozenset({Scope.READ}),
}


@dataclass(frozen=True, slots=True)
class Team:
    """Those who share tests, runs and labels; nothing is ever seen across teams. `settings` are the team's own."""

    id: str
    name: str
    created: datetime.datetime
    settings: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class User:
    """A person, or a machine with an account. `name` signs in and is unique on the server."""

    id: str
    team: str
    name: str
    role: Role
    created: datetime.datetime
    password_hash: str = ""
    disabled: bool = False


@dataclass(frozen=True, slots=True)
class Token:
    """What a program shows instead of a password; only its hash is kept. `prefix` helps people to recognise it."""

    id: str
    team: str
    user: str
    description: str
    prefix: str
    hash: str
    scopes: frozenset[Scope]
    created: datetime.datetime
    expires: datetime.datetime | None = None
    last_used: datetime.datetime | None = None
    revoked: datetime.datetime | None = None

    def usable(self, now: datetime.datetime) -> bool:
        """Whether it lets in at that time."""
        return self.revoked is None and (self.expires is None or now < self.expires)


@dataclass(frozen=True, slots=True)
class Session:
    """A sign-in of a browser. `hash` is that of the cookie's value; `form_key` must come back with every form."""

    hash: str
    user: str
    form_key: str
    created: datetime.datetime
    expires: datetime.datetime


@dataclass(frozen=True, slots=True)
class Identity:
    """Who asks, once that is known. `token` is None for a browser's session."""

    team: str
    user: str
    name: str
    role: Role
    scopes: frozenset[Scope]
    token: str | None = None

    def may(self, scope: Scope) -> bool:
        """Whether both the role and the token allow it."""
        return scope in self.scopes and scope in self.role.scopes


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """Who did what to what, and when; entries are added and never changed."""

    at: datetime.datetime
    team: str
    user: str
    token: str | None
    action: str
    subject: str
    detail: dict[str, Any] = field(default_factory=dict)
