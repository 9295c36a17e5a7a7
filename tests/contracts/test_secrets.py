"""Secrets of what teams keep lie encrypted in the database, and nobody starts on it without their key."""

from __future__ import annotations

import datetime
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from cryptography.fernet import Fernet
from sqlalchemy import create_engine, text

from penstock.accounts.people import Team
from penstock.errors import InvalidInput, Unavailable
from penstock.library.items import Item, Kind
from penstock.store import KeyRing, SqlStore, open_store

NOW = datetime.datetime(2026, 5, 4, 12, 0, tzinfo=datetime.UTC)
SECRET = "tiger-in-the-tank"
TEAM = "11111111-1111-4111-8111-111111111111"
APPLICATION: dict[str, Any] = {
    "name": "shop",
    "user": "reader",
    "password": f"{SECRET}-1",
    "bearer": "",
    "api_key": f"{SECRET}-2",
    "headers": {"X-Scope": f"{SECRET}-3"},
}
WEBHOOK = {"url": "https://chat.example.com", "secret": f"{SECRET}-4"}


@dataclass
class Database:
    """A database, and what starts on it."""

    url: str
    folder: Path
    opened: list[SqlStore]

    @property
    def key(self) -> Path:
        return self.folder / "secret.key"

    def start(self, *keys: str, forgets: bool = False) -> SqlStore:
        store = open_store(self.url, self.folder, KeyRing(keys, self.key), forgets_secrets=forgets)
        self.opened.append(store)
        return store

    def rows(self) -> str:
        """Return all contents as they lie there."""
        engine = create_engine(self.url.replace("postgresql:", "postgresql+psycopg:"))
        with engine.connect() as connection:
            found = [
                row[0]
                for table in ("items", "item_versions")
                for row in connection.execute(text(f"SELECT content FROM {table}"))
            ]
        engine.dispose()
        return "\n".join(found)


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    url = f"sqlite:///{tmp_path / 'store.sqlite'}"
    if request.param == "postgresql":
        url = str(request.getfixturevalue("postgres").database())
    made = Database(url, tmp_path, [])
    yield made
    for store in made.opened:
        store.close()


def keep(store: SqlStore, kind: Kind, content: dict[str, Any]) -> Item:
    item = Item(str(uuid.uuid4()), TEAM, kind, "one", content, NOW, NOW, "ann")
    with store.write() as work:
        if work.accounts.team(TEAM) is None:
            work.accounts.add_team(Team(TEAM, "Team", NOW, {}))
        work.items.add(item)
    return item


def content(store: SqlStore, item: Item) -> dict[str, Any]:
    with store.read() as work:
        found = work.items.get(TEAM, item.id)
    assert found is not None
    return found.content


def test_secrets_come_back_and_are_not_readable_in_the_database(database: Database) -> None:
    store = database.start()
    application, hook = keep(store, Kind.APPLICATION, APPLICATION), keep(store, Kind.WEBHOOK, WEBHOOK)
    suite = keep(store, Kind.SUITE, {"password": "of a test"})
    changed = replace(hook, content={**WEBHOOK, "secret": f"{SECRET}-5"}, version=2)
    with store.write() as work:
        work.items.change(changed, 1)
    assert content(store, application) == APPLICATION
    assert content(store, hook) == changed.content
    assert content(store, suite) == {"password": "of a test"}
    with store.read() as work:
        before = work.items.version(TEAM, hook.id, 1)
        assert before is not None
        assert before.content == WEBHOOK
        assert [one.content for one in work.items.every(Kind.WEBHOOK)] == [changed.content]
    assert SECRET not in database.rows()
    assert "reader" in database.rows()
    assert database.key.stat().st_mode & 0o077 == 0
    assert content(database.start(), application) == APPLICATION


def test_what_an_older_version_kept_in_plain_is_encrypted_at_the_first_start(database: Database) -> None:
    store = open_store(database.url, database.folder)
    hook = keep(store, Kind.WEBHOOK, {**WEBHOOK, "secret": ""})
    plain = {"secret": SECRET * 400, "url": "https://chat.example.com"}  # long enough for a page of its own
    engine = store.engine
    with engine.begin() as connection:
        for table in ("items", "item_versions"):
            told = {"content": str(plain).replace("'", '"')}
            connection.execute(text(f"UPDATE {table} SET content = :content"), told)
    store.close()
    assert SECRET in database.rows()
    assert content(database.start(), hook) == plain
    assert SECRET not in database.rows()
    if database.url.startswith("sqlite"):
        files = list(database.folder.glob("store.sqlite*"))
        assert files
        assert not [file for file in files if SECRET.encode() in file.read_bytes()]


def no_file(database: Database) -> tuple[str, ...]:
    database.key.unlink()
    return ()


def another_file(database: Database) -> tuple[str, ...]:
    database.key.write_bytes(Fernet.generate_key())
    return ()


def another_key(_database: Database) -> tuple[str, ...]:
    return (Fernet.generate_key().decode(),)


@pytest.mark.parametrize(
    ("lose", "says"),
    [
        (no_file, "secret.key is not there"),
        (another_file, "secret.key holds another key"),
        (another_key, "secret_keys holds another key"),
    ],
)
def test_a_start_without_the_key_is_refused_and_can_empty_the_secrets(
    database: Database, lose: Callable[[Database], tuple[str, ...]], says: str
) -> None:
    application = keep(database.start(), Kind.APPLICATION, APPLICATION)
    keys, before = lose(database), database.rows()
    for _ in range(2):
        with pytest.raises(InvalidInput, match=says) as refused:
            database.start(*keys)
    assert "--forget-secrets" in str(refused.value)
    assert database.rows() == before, "nothing is touched"
    store = database.start(*keys, forgets=True)
    assert content(store, application) == {**APPLICATION, "password": "", "api_key": "", "headers": {}}
    assert content(database.start(*keys), keep(store, Kind.WEBHOOK, WEBHOOK)) == WEBHOOK


def test_secrets_are_not_forgotten_where_the_key_is_right(database: Database) -> None:
    hook = keep(database.start(), Kind.WEBHOOK, WEBHOOK)
    assert content(database.start(forgets=True), hook) == WEBHOOK


def test_a_new_first_key_encrypts_anew_and_the_old_one_can_go(database: Database) -> None:
    old, new = (Fernet.generate_key().decode() for _ in range(2))
    first = database.start(old)
    hook = keep(first, Kind.WEBHOOK, WEBHOOK)
    assert content(database.start(old, new), hook) == WEBHOOK, "every server learns the new key first"
    assert content(database.start(new, old), hook) == WEBHOOK
    with pytest.raises(Unavailable, match="another server has begun with a new one"):
        content(first, hook)
    assert content(database.start(new), hook) == WEBHOOK
    with pytest.raises(InvalidInput, match="holds another key"):
        database.start(old)


@pytest.mark.parametrize(
    ("written", "says"),
    [
        ("", "is empty"),
        ("\n", "is empty"),
        ("tiger", "line 1: is no key; a key is 32 random bytes in base64"),
        (f"{'A' * 43}=\n\nAAAA\n", "line 3: is no key"),  # not drawn: a test has the same name in every process
    ],
)
def test_what_is_no_key_is_told_with_its_place(tmp_path: Path, written: str, says: str) -> None:
    (tmp_path / "secret.key").write_text(written)
    with pytest.raises(InvalidInput, match=says) as refused:
        open_store("", tmp_path, KeyRing((), tmp_path / "secret.key"))
    assert not written.strip() or written.split()[-1] not in str(refused.value), "keys are not told"


def test_a_file_that_cannot_be_made_or_read_is_told(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match=r"none/secret\.key: No such file"):
        open_store("", tmp_path, KeyRing((), tmp_path / "none" / "secret.key"))
    with pytest.raises(InvalidInput, match="Is a directory"):
        open_store("", tmp_path, KeyRing((), tmp_path))


def test_a_store_without_keys_keeps_no_secret(tmp_path: Path) -> None:
    store = open_store("", tmp_path)
    with pytest.raises(InvalidInput, match="no key"):
        keep(store, Kind.WEBHOOK, WEBHOOK)
    store.close()
