"""Tables of databases, as data sources read them."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from penstock.databases.sql import SqlTables
from penstock.errors import InvalidInput
from tests.apps.postgres import Postgres


@pytest.fixture
def shop(tmp_path: Path) -> str:
    connection = sqlite3.connect(tmp_path / "shop.db")
    connection.executescript(
        "create table Users (Name text, Age integer); insert into Users values ('ann', 3), ('bob', null);"
        "create view Adults as select Name from Users where Age > 2; create table Nobody (a text);"
    )
    connection.close()
    return f"sqlite:///{tmp_path / 'shop.db'}"


@pytest.mark.parametrize("name", ["Users", "users", "[Users]", "main.Users"])
def test_a_table_is_read_whole_as_text(shop: str, name: str) -> None:
    assert SqlTables(shop).read(name) == (("Name", "Age"), (("ann", "3"), ("bob", "")))


def test_views_and_empty_tables_are_tables_too(shop: str) -> None:
    assert SqlTables(shop).read("Adults") == (("Name",), (("ann",),))
    assert SqlTables(shop).read("Nobody") == (("a",), ())


@pytest.mark.parametrize(
    ("url", "table", "reason"),
    [
        ("{shop}", "Missing", "there is no table 'Missing'"),
        ("{shop}", 'Users"; drop table Users; --', "there is no table"),
        ("postgresql://me:secret@127.0.0.1:1/shop", "Users", "127.0.0.1:1"),
        ("klingon://host/shop", "Users", "klingon"),
        ("no url", "Users", "write it like postgresql://"),
    ],
)
def test_what_cannot_be_read_is_told_without_the_password(shop: str, url: str, table: str, reason: str) -> None:
    with pytest.raises(InvalidInput) as told:
        SqlTables(url.format(shop=shop)).read(table)
    assert reason in str(told.value)
    assert "secret" not in str(told.value)


def test_a_table_of_more_rows_than_fit_is_refused(shop: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("penstock.databases.sql.MOST_ROWS", 1)
    with pytest.raises(InvalidInput, match="more than 1 rows"):
        SqlTables(shop).read("Users")


def test_a_table_of_postgresql_is_found_in_its_schema(postgres: Postgres) -> None:
    url = postgres.database()
    from sqlalchemy import create_engine, text

    engine = create_engine(url)
    with engine.begin() as connection:
        connection.execute(text('create schema "Identity"'))
        connection.execute(text('create table "Identity"."IdentityUsers" (id integer, mail text)'))
        connection.execute(text('insert into "Identity"."IdentityUsers" values (1, \'a@b\')'))
    engine.dispose()
    assert SqlTables(url).read("Identity.IdentityUsers") == (("id", "mail"), (("1", "a@b"),))
