"""Teams, users, tokens, and letting people in."""

from __future__ import annotations

import contextlib
import datetime
import uuid
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from penstock.accounts import credentials
from penstock.accounts.people import AuditEntry, Identity, Role, Scope, Team, Token, User
from penstock.errors import Conflict, InvalidInput, NotAllowed, NotFound, Unauthenticated, Unavailable
from penstock.ports.clock import Clock
from penstock.ports.passwords import Passwords
from penstock.ports.stores import Store
from penstock.services import target_overrides
from penstock.services.access import note, require
from penstock.services.meters import Meters

_LEAST_PASSWORD = 10
_LONGEST_NAME = 200
_USED_EVERY = datetime.timedelta(minutes=1)
"""When a token was last used is noted this exactly: a write a request would cost more than it tells."""


@dataclass(frozen=True, slots=True)
class FirstSecrets:
    """What the first start makes; shown once and kept nowhere."""

    user: str
    password: str
    token: str


class AccountService:
    """Everything about who is who. Each method raises `NotAllowed` for callers who may not."""

    def __init__(self, store: Store, passwords: Passwords, clock: Clock, meters: Meters) -> None:
        self._store = store
        self._refused = meters.refused_tokens
        self._passwords = passwords
        self._clock = clock

    def bootstrap(self) -> FirstSecrets | None:
        """Make the first team with its admin where there is none yet; None where there is."""
        with self._store.read() as work:
            if work.accounts.teams():
                return None
        now = self._clock.now()
        password = credentials.new_secret("")
        secret = credentials.new_secret()
        team = Team(_new_id(), "default", now)
        user = User(_new_id(), team.id, "admin", Role.ADMIN, now, self._passwords.hash(password))
        try:
            with self._store.write() as work:
                work.accounts.add_team(team)
                work.accounts.add_user(user)
                work.accounts.add_token(_token(user, "made at the first start", secret, frozenset(Scope), now, None))
                work.audit.add(AuditEntry(now, team.id, user.id, None, "team.create", team.id, {"name": team.name}))
        except Conflict:  # another server was faster
            return None
        return FirstSecrets(user.name, password, secret)

    def identify(self, headers: Mapping[str, str]) -> Identity:
        """Return who sends a request, by its token. Header names are lower-case.

        Raises `Unauthenticated` for no token, and for one that is wrong, expired or revoked.
        """
        shown = credentials.tokens_in(headers)
        if not shown:
            raise Unauthenticated("a token is needed: Authorization: Bearer TOKEN")
        now = self._clock.now()
        for secret in shown:
            with self._store.read() as work:
                token = work.accounts.token_hashed(credentials.hash_of(secret))
                user = work.accounts.user(token.user) if token else None
            if token is None or user is None:
                continue
            if not token.usable(now) or user.disabled:
                self._refused.inc()
                raise Unauthenticated("the token is not valid any more")
            if token.last_used is None or now - token.last_used > _USED_EVERY:
                with contextlib.suppress(Unavailable), self._store.write() as work:  # who may only read still does
                    work.accounts.token_used(token.id, now)
            return Identity(token.team, user.id, user.name, user.role, token.scopes, token.id)
        self._refused.inc()
        raise Unauthenticated("the token is not known")

    def identity_of(self, user: User) -> Identity:
        """Return who a user is that signed in, or whom the server acts for."""
        return Identity(user.team, user.id, user.name, user.role, user.role.scopes)

    def identity_for(self, user_id: str) -> Identity | None:
        """Return who the user of that id is; None if there is none who may be acted for."""
        with self._store.read() as work:
            user = work.accounts.user(user_id)
        return None if user is None or user.disabled else self.identity_of(user)

    def name_of(self, who: Identity, user_id: str) -> str:
        """Return the name of a user of the team; empty for one who is gone."""
        with self._store.read() as work:
            user = work.accounts.user(user_id)
        return user.name if user is not None and user.team == who.team else ""

    def user_named(self, who: Identity, name: str) -> User | None:
        """Return the user of the team with that name; case does not matter."""
        with self._store.read() as work:
            user = work.accounts.user_named(name)
        return user if user is not None and user.team == who.team else None

    def team(self, who: Identity) -> Team:
        """Return the caller's team."""
        with self._store.read() as work:
            team = work.accounts.team(who.team)
        if team is None:
            raise NotFound("the team does not exist any more")
        return team

    def change_team(self, who: Identity, settings: Mapping[str, object]) -> Team:
        """Replace the settings of the caller's team. Raises `InvalidInput` naming the one that is wrong."""
        return self._changed_team(who, lambda _: dict(settings))

    def merge_team(self, who: Identity, patch: Mapping[str, object]) -> Team:
        """Change some settings of the caller's team as a JSON Merge Patch (RFC 7396) says; others stay.

        Raises `InvalidInput` naming the one that is wrong.
        """
        return self._changed_team(who, lambda settings: _merged(settings, target_overrides.usual_keys(patch)))

    def _changed_team(self, who: Identity, change: Callable[[Mapping[str, Any]], dict[str, Any]]) -> Team:
        require(who, Scope.ADMIN)
        with self._store.write() as work:
            work.accounts.hold_team(who.team)
            team = work.accounts.team(who.team)
            if team is None:
                raise NotFound("the team does not exist any more")
            settings = change(team.settings)
            overrides = dict(target_overrides.of_team(settings))
            if target_overrides.SETTING in settings:
                settings[target_overrides.SETTING] = overrides
            team = replace(team, settings=settings)
            work.accounts.change_team(team)
            told = {"settings": sorted(settings), target_overrides.SETTING: overrides}
            note(work, who, self._clock.now(), "team.change", team.id, **told)
        return team

    def add_team(self, who: Identity, name: str, admin: str, password: str) -> tuple[Team, User]:
        """Make a team of its own with its first admin; admins of the first team may."""
        require(who, Scope.ADMIN)
        now = self._clock.now()
        team = Team(_new_id(), _named("team", name), now)
        user = self._made_user(team.id, admin, password, Role.ADMIN)
        with self._store.write() as work:
            first = min(work.accounts.teams(), key=lambda one: one.created)
            if who.team != first.id:
                raise NotAllowed(f"teams are made by admins of the team {first.name!r}")
            work.accounts.add_team(team)
            work.accounts.add_user(user)
            note(work, who, now, "team.create", team.id, name=team.name)
        return team, user

    def users(self, who: Identity) -> tuple[User, ...]:
        """Return the users of the caller's team."""
        require(who, Scope.READ)
        with self._store.read() as work:
            return work.accounts.users(who.team)

    def add_user(self, who: Identity, name: str, password: str, role: Role) -> User:
        """Add a user to the caller's team. Raises `Conflict` when the name is taken, in whatever team."""
        require(who, Scope.ADMIN)
        user = self._made_user(who.team, name, password, role)
        with self._store.write() as work:
            work.accounts.add_user(user)
            note(work, who, user.created, "user.create", user.id, name=user.name, role=role.value)
        return user

    def change_user(
        self,
        who: Identity,
        id: str,
        *,
        role: Role | None = None,
        password: str | None = None,
        disabled: bool | None = None,
    ) -> User:
        """Change a user of the team: admins any, others their own password.

        A token does not change its own user's password, which would turn a leaked token into a sign-in.
        Raises `InvalidInput` for what would leave the team without an admin.
        """
        now = self._clock.now()
        own_password = id == who.user and role is None and disabled is None
        require(who, Scope.READ if own_password else Scope.ADMIN)
        if password is not None and who.token is not None and id == who.user:
            raise NotAllowed(
                "a token does not change its own user's password; POST /password takes the old one and the new one"
            )
        hashed = None if password is None else self._hashed(password)  # takes time: nobody else is to wait for it
        with self._store.write() as work:
            work.accounts.hold_team(who.team)  # two admins who take each other's role away must not both succeed
            user = work.accounts.user(id)
            if user is None or user.team != who.team:
                raise NotFound(f"there is no user {id}")
            changed = replace(
                user,
                role=user.role if role is None else role,
                disabled=user.disabled if disabled is None else disabled,
                password_hash=user.password_hash if hashed is None else hashed,
            )
            others = [other for other in work.accounts.users(who.team) if other.id != id]
            if not any(one.role is Role.ADMIN and not one.disabled for one in (*others, changed)):
                raise InvalidInput("the team would have no admin left")
            work.accounts.change_user(changed)
            if password is not None or changed.disabled:
                work.accounts.remove_sessions(id, datetime.datetime.max.replace(tzinfo=datetime.UTC))
            what = {"role": changed.role.value, "disabled": changed.disabled, "password": password is not None}
            note(work, who, now, "user.change", id, **what)
        return changed

    def tokens(self, who: Identity) -> tuple[Token, ...]:
        """Return tokens: all of the team for an admin, else the caller's own."""
        require(who, Scope.READ)
        with self._store.read() as work:
            every = work.accounts.tokens(who.team)
        return every if who.may(Scope.ADMIN) else tuple(token for token in every if token.user == who.user)

    def add_token(
        self,
        who: Identity,
        description: str,
        scopes: Iterable[Scope] | None = None,
        expires: datetime.datetime | None = None,
    ) -> tuple[Token, str]:
        """Make a token for the caller and return it with its secret, which is shown this once.

        It may do what the caller may, or less (`scopes`), and ends no later than the token that asks for it: who has
        got hold of a token that expires must not be able to make a longer one of it. Raises `NotAllowed` for more.
        """
        require(who, Scope.READ)
        now = self._clock.now()
        mine = who.scopes & who.role.scopes
        wanted = mine if scopes is None else frozenset(scopes)
        if not wanted or not wanted <= mine:
            raise NotAllowed(f"scopes: you can give {', '.join(sorted(mine))}")
        if expires is not None and expires <= now:
            raise InvalidInput("expires: lies in the past")
        secret = credentials.new_secret()
        with self._store.write() as work:
            user = work.accounts.user(who.user)
            if user is None:
                raise NotFound("the user does not exist any more")
            end = next((one.expires for one in work.accounts.tokens(who.team) if one.id == who.token), None)
            if end is not None and expires is not None and expires > end:
                raise NotAllowed(f"expires: the token that asks ends on {end:%Y-%m-%d %H:%M} UTC; no later, please")
            expires = expires or end
            token = _token(user, _described(description), secret, wanted, now, expires)
            work.accounts.add_token(token)
            note(work, who, now, "token.create", token.id, prefix=token.prefix, scopes=sorted(wanted))
        return token, secret

    def revoke_token(self, who: Identity, id: str) -> None:
        """Make a token useless, at once and for ever.

        Raises `NotFound`, and `NotAllowed` for one that may do more than the caller: a leaked token that only reads
        must not lock its user's builds out.
        """
        require(who, Scope.READ)
        now = self._clock.now()
        found = next((token for token in self.tokens(who) if token.id == id), None)
        if found is None:
            raise NotFound(f"there is no token {id}")
        more = found.scopes & who.role.scopes - who.scopes
        if more and found.id != who.token and not who.may(Scope.ADMIN):
            raise NotAllowed(f"token {id} may do more than the token that asks: {', '.join(sorted(more))}")
        with self._store.write() as work:
            if work.accounts.revoke_token(who.team, id, now):
                note(work, who, now, "token.revoke", id)

    def audit(self, who: Identity, limit: int, before: int | None = None) -> tuple[tuple[int, AuditEntry], ...]:
        """Return numbered entries of the team's log, the newest first; for admins."""
        require(who, Scope.ADMIN)
        with self._store.read() as work:
            return work.audit.entries(who.team, limit, before)

    def _made_user(self, team: str, name: str, password: str, role: Role) -> User:
        return User(_new_id(), team, _named("user", name), role, self._clock.now(), self._hashed(password))

    def _hashed(self, password: str) -> str:
        if len(password) < _LEAST_PASSWORD:
            raise InvalidInput(f"password: at least {_LEAST_PASSWORD} characters are needed")
        return self._passwords.hash(password)


def _named(what: str, name: str) -> str:
    name = name.strip()
    longest = max(len(name), len(name.casefold()))  # it is found by the second, which some letters make longer
    if not name or longest > _LONGEST_NAME or not name.isprintable():
        raise InvalidInput(f"{what} name: 1 to {_LONGEST_NAME} printable characters are needed")
    return name


def _described(description: str) -> str:
    description = description.strip()
    if not description or len(description) > _LONGEST_NAME:
        raise InvalidInput(f"description: 1 to {_LONGEST_NAME} characters are needed")
    return description


def _token(
    user: User,
    description: str,
    secret: str,
    scopes: frozenset[Scope],
    now: datetime.datetime,
    expires: datetime.datetime | None,
) -> Token:
    return Token(
        id=_new_id(),
        team=user.team,
        user=user.id,
        description=description,
        prefix=credentials.shown_prefix(secret),
        hash=credentials.hash_of(secret),
        scopes=scopes,
        created=now,
        expires=expires,
    )


def _new_id() -> str:
    return str(uuid.uuid4())


def _merged(content: Mapping[str, Any], patch: Mapping[str, Any]) -> dict[str, Any]:
    """Return the content as RFC 7396 changes it: null takes a member away, objects are merged, the rest replaces."""
    merged = dict(content)
    for name, value in patch.items():
        if value is None:
            merged.pop(name, None)
        elif isinstance(value, Mapping):
            inner = merged.get(name)
            merged[name] = _merged(inner if isinstance(inner, Mapping) else {}, value)
        else:
            merged[name] = value
    return merged
