"""Items from rows of their table."""

from __future__ import annotations

from sqlalchemy import Row

from penstock.library.items import Item, Kind


def item_of(row: Row[tuple[object, ...]]) -> Item:
    """Return the item that a row of `items` holds."""
    return Item(
        id=row.id,
        team=row.team,
        kind=Kind(row.kind),
        name=row.name,
        content=row.content,
        created=row.created,
        changed=row.changed,
        author=row.author,
        version=row.version,
        parent=row.parent,
        deleted=row.deleted,
    )
