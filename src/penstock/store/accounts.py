"""Teams, users, tokens and sessions in the database."""

from __future__ import annotations

import datetime

from sqlalchemy import Connection, Row, delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from penstock.accounts.people import Role, Scope, Session, Team, Token, User
from penstock.errors import Conflict
from penstock.store.tables import sessions, teams, tokens, users


class SqlAccountStore:
    """See `ports.stores.AccountStore`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add_team(self, team: Team) -> None:
        """See `ports.stores.AccountStore`."""
        values = {
            "id": team.id,
            "name": team.name,
            "name_key": team.name.casefold(),
            "created": team.created,
            "settings": team.settings,
        }
        try:
            self._connection.execute(insert(teams).values(values))
        except IntegrityError as error:
            raise Conflict(f"there is a team {team.name!r} already") from error

    def team(self, id: str) -> Team | None:
        """See `ports.stores.AccountStore`."""
        row = self._connection.execute(select(teams).where(teams.c.id == id)).first()
        return None if row is None else _team(row)

    def hold_team(self, id: str) -> None:
        """See `ports.stores.AccountStore`."""
        # FOR NO KEY UPDATE: rows that name the team, such as its runs, are written meanwhile. SQLite has one writer.
        self._connection.execute(select(teams.c.id).where(teams.c.id == id).with_for_update(key_share=True))

    def teams(self) -> tuple[Team, ...]:
        """See `ports.stores.AccountStore`."""
        return tuple(map(_team, self._connection.execute(select(teams).order_by(teams.c.name_key))))

    def change_team(self, team: Team) -> None:
        """See `ports.stores.AccountStore`."""
        values = {"name": team.name, "name_key": team.name.casefold(), "settings": team.settings}
        try:
            self._connection.execute(update(teams).where(teams.c.id == team.id).values(values))
        except IntegrityError as error:
            raise Conflict(f"there is a team {team.name!r} already") from error

    def add_user(self, user: User) -> None:
        """See `ports.stores.AccountStore`."""
        values = {
            "id": user.id,
            "team": user.team,
            "name": user.name,
            "name_key": user.name.casefold(),
            "role": user.role.value,
            "created": user.created,
            "password_hash": user.password_hash,
            "disabled": user.disabled,
        }
        try:
            self._connection.execute(insert(users).values(values))
        except IntegrityError as error:
            raise Conflict(f"there is a user {user.name!r} already") from error

    def user(self, id: str) -> User | None:
        """See `ports.stores.AccountStore`."""
        row = self._connection.execute(select(users).where(users.c.id == id)).first()
        return None if row is None else _user(row)

    def user_named(self, name: str) -> User | None:
        """See `ports.stores.AccountStore`."""
        row = self._connection.execute(select(users).where(users.c.name_key == name.casefold())).first()
        return None if row is None else _user(row)

    def users(self, team: str) -> tuple[User, ...]:
        """See `ports.stores.AccountStore`."""
        query = select(users).where(users.c.team == team).order_by(users.c.name_key)
        return tuple(map(_user, self._connection.execute(query)))

    def change_user(self, user: User) -> None:
        """See `ports.stores.AccountStore`."""
        values = {"role": user.role.value, "password_hash": user.password_hash, "disabled": user.disabled}
        self._connection.execute(update(users).where(users.c.id == user.id).values(values))

    def add_token(self, token: Token) -> None:
        """See `ports.stores.AccountStore`."""
        self._connection.execute(
            insert(tokens).values(
                id=token.id,
                team=token.team,
                user=token.user,
                description=token.description,
                prefix=token.prefix,
                hash=token.hash,
                scopes=sorted(token.scopes),
                created=token.created,
                expires=token.expires,
                last_used=token.last_used,
                revoked=token.revoked,
            )
        )

    def token_hashed(self, hash: str) -> Token | None:
        """See `ports.stores.AccountStore`."""
        row = self._connection.execute(select(tokens).where(tokens.c.hash == hash)).first()
        return None if row is None else _token(row)

    def tokens(self, team: str) -> tuple[Token, ...]:
        """See `ports.stores.AccountStore`."""
        query = select(tokens).where(tokens.c.team == team).order_by(tokens.c.created.desc(), tokens.c.id)
        return tuple(map(_token, self._connection.execute(query)))

    def token_used(self, id: str, at: datetime.datetime) -> None:
        """See `ports.stores.AccountStore`."""
        self._connection.execute(update(tokens).where(tokens.c.id == id).values(last_used=at))

    def revoke_token(self, team: str, id: str, at: datetime.datetime) -> bool:
        """See `ports.stores.AccountStore`."""
        unrevoked = (tokens.c.team == team) & (tokens.c.id == id) & tokens.c.revoked.is_(None)
        return self._connection.execute(update(tokens).where(unrevoked).values(revoked=at)).rowcount > 0

    def add_session(self, session: Session) -> None:
        """See `ports.stores.AccountStore`."""
        self._connection.execute(
            insert(sessions).values(
                hash=session.hash,
                user=session.user,
                form_key=session.form_key,
                created=session.created,
                expires=session.expires,
            )
        )

    def session_hashed(self, hash: str) -> Session | None:
        """See `ports.stores.AccountStore`."""
        row = self._connection.execute(select(sessions).where(sessions.c.hash == hash)).first()
        return None if row is None else Session(row.hash, row.user, row.form_key, row.created, row.expires)

    def remove_session(self, hash: str) -> None:
        """See `ports.stores.AccountStore`."""
        self._connection.execute(delete(sessions).where(sessions.c.hash == hash))

    def remove_sessions(self, user: str | None, before: datetime.datetime) -> None:
        """See `ports.stores.AccountStore`."""
        which = sessions.c.expires < before
        if user is not None:
            which &= sessions.c.user == user
        self._connection.execute(delete(sessions).where(which))


def _team(row: Row[tuple[object, ...]]) -> Team:
    return Team(row.id, row.name, row.created, row.settings)


def _user(row: Row[tuple[object, ...]]) -> User:
    return User(row.id, row.team, row.name, Role(row.role), row.created, row.password_hash, row.disabled)


def _token(row: Row[tuple[object, ...]]) -> Token:
    return Token(
        id=row.id,
        team=row.team,
        user=row.user,
        description=row.description,
        prefix=row.prefix,
        hash=row.hash,
        scopes=frozenset(map(Scope, row.scopes)),
        created=row.created,
        expires=row.expires,
        last_used=row.last_used,
        revoked=row.revoked,
    )
