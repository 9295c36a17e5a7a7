"""Secrets in the database are encrypted (Fernet: AES-128-CBC with HMAC-SHA256), member by member.

A table keeps one known text, encrypted with the first key. It tells at each start whether the keys are those of the
database, and, where the first one is another than before, that everything is to be encrypted anew.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import orjson
from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from sqlalchemy import Connection, Engine, Table, delete, insert, select, text, update

from penstock.errors import InvalidInput, Unavailable
from penstock.library.items import Kind
from penstock.library.secrets import SECRET_MEMBERS
from penstock.store.keys import KeyRing
from penstock.store.tables import item_versions, items, seals

_MARK = "sealed"
_KNOWN = b"penstock"
_LOCK = 0x7365616C
"""Key of the lock that lets one server at a time do this on a PostgreSQL database."""


class Seal:
    """Encrypts and decrypts the secret members of contents. Without keys it keeps and reads contents without any."""

    def __init__(self, keys: Sequence[Fernet] = ()) -> None:
        self._keys = MultiFernet(keys) if keys else None

    def closed(self, kind: Kind, content: dict[str, Any]) -> dict[str, Any]:
        """Return the content as it is kept. Raises `InvalidInput` for a secret without a key."""
        found = {name: content[name] for name in SECRET_MEMBERS.get(kind, ()) if content.get(name)}
        if not found:
            return content
        if self._keys is None:
            raise InvalidInput("there is no key to encrypt secrets with (secret_keys, secret_key_file)")
        return {**content, **{name: _sealed(self._keys, value) for name, value in found.items()}}

    def opened(self, kind: Kind, content: dict[str, Any]) -> dict[str, Any]:
        """Return the content as it was given. Raises `Unavailable` for a secret that no key opens."""
        found = {name: content[name] for name in SECRET_MEMBERS.get(kind, ()) if _is_sealed(content.get(name))}
        return {**content, **{name: self._opened(value[_MARK]) for name, value in found.items()}} if found else content

    def _opened(self, token: str) -> Any:
        try:
            if self._keys is not None:
                return orjson.loads(self._keys.decrypt(token))
        except InvalidToken:
            pass
        raise Unavailable(
            "a secret in the database is encrypted with a key that this server does not have: another server has "
            "begun with a new one; give this one the same keys (secret_keys, secret_key_file) and start it again"
        )


def seal_of(engine: Engine, ring: KeyRing | None, *, forgets: bool = False) -> Seal:
    """Return the seal of a database; what is not yet encrypted with the first key is, before anything else.

    The first start makes a key where none is given. Raises `InvalidInput` when the database has secrets of another key;
    with `forgets` they are emptied instead.
    """
    if ring is None:
        return Seal()
    with engine.connect().execution_options(writes=True) as connection, connection.begin():
        is_sqlite = connection.dialect.name == "sqlite"
        if is_sqlite:
            connection.execute(text("PRAGMA secure_delete=ON"))  # nothing readable is to stay on freed pages
        else:
            connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})
        known = connection.execute(select(seals.c.content)).scalar()
        keys = ring.read()
        problem = None if known is None else _problem(known, keys, ring)
        if problem and not forgets:
            raise InvalidInput(problem)
        if not keys:
            keys = ring.make()
        seal = Seal(keys)
        if known is not None and not problem and _opens(keys[:1], known):
            return seal
        for table, key, kind, content in _contents(connection):
            told = _emptied(kind, content) if problem else seal.opened(kind, content)
            connection.execute(update(table).where(*key).values(content=seal.closed(kind, told)))
        connection.execute(delete(seals))
        connection.execute(insert(seals).values(number=1, content=keys[0].encrypt(_KNOWN).decode()))
    if is_sqlite:
        with engine.connect() as connection:
            connection.connection.driver_connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")  # type: ignore[union-attr]
    return seal


def _problem(known: str, keys: Sequence[Fernet], ring: KeyRing) -> str | None:
    if keys and _opens(keys, known):
        return None
    state = "is not there" if not keys else "holds another key"
    return (
        f"the secrets in the database are encrypted, and {ring.place} {state}: put the key back from its backup, or "
        "name the right one (secret_keys, secret_key_file). Where it is lost, --forget-secrets empties the secrets of "
        "applications and webhooks, and they are to be given again"
    )


def _opens(keys: Sequence[Fernet], token: str) -> bool:
    try:
        return MultiFernet(keys).decrypt(token) == _KNOWN
    except InvalidToken:
        return False


def _contents(connection: Connection) -> Iterator[tuple[Table, tuple[Any, ...], Kind, dict[str, Any]]]:
    """Give every content that may hold secrets, with the condition that finds its row."""
    kinds = items.c.kind.in_([kind.value for kind in SECRET_MEMBERS])
    for row in connection.execute(select(items.c.id, items.c.kind, items.c.content).where(kinds)).all():
        yield items, (items.c.id == row.id,), Kind(row.kind), row.content
    every = item_versions.c
    versions = select(every.item, every.version, every.content, items.c.kind).join(items, items.c.id == every.item)
    for old in connection.execute(versions.where(kinds)).all():
        yield item_versions, (every.item == old.item, every.version == old.version), Kind(old.kind), old.content


def _sealed(keys: MultiFernet, value: Any) -> dict[str, str]:
    return {_MARK: keys.encrypt(orjson.dumps(value)).decode()}


def _is_sealed(value: Any) -> bool:
    return isinstance(value, dict) and value.keys() == {_MARK}


def _emptied(kind: Kind, content: dict[str, Any]) -> dict[str, Any]:
    """Return the content without its secrets, which nobody can read any more."""
    lost = {name: {} if name == "headers" else "" for name in SECRET_MEMBERS[kind] if _is_sealed(content.get(name))}
    return {**content, **lost}
