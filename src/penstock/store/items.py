"""What teams keep, in the database."""

from __future__ import annotations

import datetime
from dataclasses import replace
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, func, insert, select, tuple_, update
from sqlalchemy.exc import IntegrityError

from penstock.errors import Conflict
from penstock.library.items import Item, ItemVersion, Kind
from penstock.ports.stores import Page
from penstock.store.cloud_runs import write_facets
from penstock.store.rows import item_of
from penstock.store.sealing import Seal
from penstock.store.tables import item_versions, items

_FIRST_PAGE = Page()


class SqlItemStore:
    """See `ports.stores.ItemStore`."""

    def __init__(self, connection: Connection, seal: Seal) -> None:
        self._connection = connection
        self._seal = seal

    def add(self, item: Item, client_id: str | None = None, client_hash: str | None = None) -> None:
        """See `ports.stores.ItemStore`."""
        values = self._values(item) | {"client_id": client_id, "client_hash": client_hash}
        try:
            self._connection.execute(insert(items).values(values))
        except IntegrityError as error:
            raise Conflict(f"the id {item.id} or the client's own id is used already") from error
        self._add_rest(item)

    def get(self, team: str, id: str, kind: Kind | None = None) -> Item | None:
        """See `ports.stores.ItemStore`."""
        query = select(items).where(items.c.id == id, items.c.team == team, ~items.c.deleted)
        if kind is not None:
            query = query.where(items.c.kind == kind.value)
        row = self._connection.execute(query).first()
        return None if row is None else self._item(row)

    def exists(self, id: str) -> bool:
        """See `ports.stores.ItemStore`."""
        return self._connection.execute(select(items.c.id).where(items.c.id == id)).first() is not None

    def made_by(self, team: str, kind: Kind, client_id: str) -> tuple[Item, str] | None:
        """See `ports.stores.ItemStore`."""
        query = select(items).where(items.c.team == team, items.c.kind == kind.value, items.c.client_id == client_id)
        row = self._connection.execute(query).first()
        return None if row is None else (self._item(row), row.client_hash or "")

    def list(
        self,
        team: str,
        kind: Kind,
        page: Page = _FIRST_PAGE,
        *,
        parent: str | None = None,
        search: str = "",
    ) -> tuple[Item, ...]:
        """See `ports.stores.ItemStore`."""
        query = select(items).where(*_matching(team, kind, parent, search))
        if page.after is not None:
            query = query.where(tuple_(items.c.created, items.c.id) < tuple_(*page.after))
        query = query.order_by(items.c.created.desc(), items.c.id.desc()).limit(page.limit)
        return tuple(map(self._item, self._connection.execute(query)))

    def count(self, team: str, kind: Kind, *, parent: str | None = None, search: str = "") -> int:
        """See `ports.stores.ItemStore`."""
        query = select(func.count()).select_from(items).where(*_matching(team, kind, parent, search))
        return self._connection.execute(query).scalar_one()

    def named(self, team: str, kind: Kind, name: str) -> Item | None:
        """See `ports.stores.ItemStore`."""
        query = select(items).where(*_matching(team, kind, None, ""), items.c.name == name)
        row = self._connection.execute(query.order_by(items.c.created.desc()).limit(1)).first()
        return None if row is None else self._item(row)

    def every(self, kind: Kind) -> tuple[Item, ...]:
        """See `ports.stores.ItemStore`."""
        query = select(items).where(items.c.kind == kind.value, ~items.c.deleted).order_by(items.c.created)
        return tuple(map(self._item, self._connection.execute(query)))

    def change(self, item: Item, expected: int) -> None:
        """See `ports.stores.ItemStore`."""
        query = update(items).where(items.c.id == item.id, items.c.team == item.team, items.c.version == expected)
        if self._connection.execute(query.values(self._values(item))).rowcount != 1:
            raise Conflict(f"{item.kind} {item.id} is not at version {expected} any more")
        self._add_rest(item)

    def versions(self, team: str, id: str) -> tuple[ItemVersion, ...]:
        """See `ports.stores.ItemStore`."""
        every = item_versions.c
        query = (
            select(every.item, every.version, every.name, every.author, every.at)
            .join(items, items.c.id == every.item)
            .where(every.item == id, items.c.team == team)
            .order_by(every.version.desc())
        )
        return tuple(
            ItemVersion(row.item, row.version, row.name, row.author, row.at) for row in self._connection.execute(query)
        )

    def version(self, team: str, id: str, version: int) -> ItemVersion | None:
        """See `ports.stores.ItemStore`."""
        query = (
            select(item_versions, items.c.kind)
            .join(items, items.c.id == item_versions.c.item)
            .where(item_versions.c.item == id, item_versions.c.version == version, items.c.team == team)
        )
        row = self._connection.execute(query).first()
        if row is None:
            return None
        content = self._seal.opened(Kind(row.kind), row.content)
        return ItemVersion(row.item, row.version, row.name, row.author, row.at, content)

    def _item(self, row: Row[tuple[object, ...]]) -> Item:
        item = item_of(row)
        return replace(item, content=self._seal.opened(item.kind, item.content))

    def _values(self, item: Item) -> dict[str, Any]:
        return _values(item) | {"content": self._seal.closed(item.kind, item.content)}

    def _add_rest(self, item: Item) -> None:
        if item.kind is Kind.CLOUD_RUN:
            write_facets(self._connection, item)
        self._connection.execute(
            insert(item_versions).values(
                item=item.id,
                version=item.version,
                name=item.name,
                content=self._seal.closed(item.kind, item.content),
                author=item.author,
                at=item.changed,
            )
        )


def _matching(team: str, kind: Kind, parent: str | None, search: str) -> tuple[ColumnElement[bool], ...]:
    conditions = [items.c.team == team, items.c.kind == kind.value, ~items.c.deleted]
    if parent is not None:
        conditions.append(items.c.parent == parent)
    if search:
        conditions.append(items.c.name_key.contains(search.casefold(), autoescape=True))
    return tuple(conditions)


def _values(item: Item) -> dict[str, Any]:
    files_deleted = item.content.get("deleted_at") if item.kind in (Kind.CLOUD_RUN, Kind.TEST_DROP) else None
    return {
        "id": item.id,
        "team": item.team,
        "kind": item.kind.value,
        "parent": item.parent,
        "name": item.name,
        "name_key": item.name.casefold(),
        "content": item.content,
        "version": item.version,
        "created": item.created,
        "changed": item.changed,
        "author": item.author,
        "deleted": item.deleted,
        "files_deleted": None if files_deleted is None else datetime.datetime.fromisoformat(files_deleted),
    }
