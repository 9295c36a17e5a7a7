"""What runs of cloud load tests are found by, in the database.

Each has a row beside its item, written with it; the item stays the source.
"""

from __future__ import annotations

import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, and_, delete, false, insert, or_, select, tuple_

from penstock.library.items import Item, Kind
from penstock.ports.stores import Page
from penstock.runs.cloud_runs import CloudRunStage, CloudRunWish
from penstock.runs.state import RunState
from penstock.store.rows import item_of
from penstock.store.tables import cloud_runs, items, runs

_FINAL = [state.value for state in RunState if state.final]
_HAS_FILES = items.c.files_deleted.is_(None)


def write_facets(connection: Connection, item: Item) -> None:
    """Write the row of a run of a cloud load test, in the place of the one that may be there."""
    connection.execute(delete(cloud_runs).where(cloud_runs.c.item == item.id))
    connection.execute(insert(cloud_runs).values(_facets(item)))


def _facets(item: Item) -> dict[str, Any]:
    content = item.content
    said = content.get("said") or {}
    return {
        "item": item.id,
        "kind": content.get("kind", "visual-studio"),
        "progress": content["progress"],
        "run": content.get("run"),
        "is_stopped": bool(content.get("stopped_by")),
        "drop": content["drop"],
        "created_by": content.get("created_by", ""),
        "source": str(said.get("runSourceIdentifier", "")).replace("\0", ""),  # PostgreSQL's text holds none
        "retention": said.get("retentionState", "none"),
    }


class SqlCloudRunStore:
    """See `ports.stores.CloudRunStore`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def list(self, team: str, wish: CloudRunWish, page: Page) -> tuple[Item, ...]:
        """See `ports.stores.CloudRunStore`."""
        query = _every().where(items.c.team == team, *_meant(wish))
        if page.after is not None:
            query = query.where(tuple_(items.c.created, items.c.id) < tuple_(*page.after))
        query = query.order_by(items.c.created.desc(), items.c.id.desc()).limit(page.limit)
        return tuple(map(item_of, self._connection.execute(query)))

    def due(self, before: datetime.datetime | None, limit: int) -> tuple[Item, ...]:
        """See `ports.stores.CloudRunStore`."""
        is_old = false() if before is None else items.c.changed < before
        is_over = or_(runs.c.id.is_(None), runs.c.state.in_(_FINAL))
        query = _every().where(
            _HAS_FILES,
            cloud_runs.c.retention != "retain",
            or_(cloud_runs.c.retention == "markedForDeletion", is_old),
            or_(and_(cloud_runs.c.progress == "created", is_old), and_(cloud_runs.c.progress != "created", is_over)),
        )
        return tuple(map(item_of, self._connection.execute(query.order_by(items.c.changed, items.c.id).limit(limit))))

    def unused_drops(self, before: datetime.datetime | None, limit: int) -> tuple[Item, ...]:
        """See `ports.stores.CloudRunStore`."""
        run = items.alias("run")
        runs_of_it = (
            select(cloud_runs.c.item)
            .join(run, run.c.id == cloud_runs.c.item)
            .where(cloud_runs.c.drop == items.c.id, ~run.c.deleted)
        )
        wanted = runs_of_it.where(run.c.files_deleted.is_(None))
        given_up = runs_of_it.where(run.c.files_deleted.is_not(None)).exists()
        query = select(items).where(
            items.c.kind == Kind.TEST_DROP.value,
            given_up if before is None else or_(given_up, items.c.changed < before),
            ~items.c.deleted,
            _HAS_FILES,
            ~wanted.exists(),
        )
        return tuple(map(item_of, self._connection.execute(query.order_by(items.c.changed, items.c.id).limit(limit))))


def _every() -> Select[Any]:
    """Select all such runs, each with its execution as long as that is there."""
    return (
        select(items)
        .join(cloud_runs, cloud_runs.c.item == items.c.id)
        .outerjoin(runs, and_(runs.c.id == cloud_runs.c.run, ~runs.c.deleted))
        .where(items.c.kind == Kind.CLOUD_RUN.value, ~items.c.deleted)
    )


def _meant(wish: CloudRunWish) -> list[ColumnElement[bool]]:
    said: list[ColumnElement[bool]] = []
    if wish.name:
        said.append(items.c.name_key == wish.name.casefold())
    if wish.ids is not None:
        said.append(items.c.id.in_(wish.ids))
    if wish.created_by is not None:
        said.append(cloud_runs.c.created_by.in_(wish.created_by))
    for column, value in (
        (cloud_runs.c.kind, wish.kind),
        (cloud_runs.c.source, wish.source),
        (cloud_runs.c.retention, wish.retention),
    ):
        if value:
            said.append(column == value)
    if wish.since is not None:
        said.append(or_(items.c.changed >= wish.since, runs.c.changed >= wish.since))
    if wish.until is not None:
        said.append(and_(items.c.changed <= wish.until, or_(runs.c.id.is_(None), runs.c.changed <= wish.until)))
    if wish.stages is not None:
        said.append(or_(false(), *map(_at, wish.stages)))
    return said


def _at(stage: CloudRunStage) -> ColumnElement[bool]:
    is_there = runs.c.id.is_(None) & cloud_runs.c.progress.in_(stage.progress)
    launched: ColumnElement[bool] = runs.c.state.in_([state.value for state in stage.states])
    if stage.is_stopped is not None:
        launched = launched & (cloud_runs.c.is_stopped.is_(stage.is_stopped))
    return or_(is_there, launched)
