"""What a team keeps: the same routes for every kind.

Every answer with one thing carries its version as `ETag`; a change must say with `If-Match` which version it is made
on.
"""

from __future__ import annotations

import datetime
from collections.abc import Callable
from typing import Annotated, Any

from fastapi import APIRouter, Header, Path, Query, Response
from pydantic import BaseModel, ConfigDict, Field, create_model

from penstock.accounts.people import Identity
from penstock.api.native.asking import Asked, JsonRoute, Who
from penstock.api.native.errors import Precondition
from penstock.api.native.paging import After, Limit, next_of, page_of
from penstock.api.native.runs import ClientId
from penstock.errors import Conflict
from penstock.library.contents import CONTENTS
from penstock.library.items import Item, ItemVersion, Kind
from penstock.library.secrets import without_secrets
from penstock.services.bundle import Services

router = APIRouter(route_class=JsonRoute)

FOLDERS: dict[Kind, str] = {
    Kind.SUITE: "suites",
    Kind.LOAD_TEST: "load-tests",
    Kind.PLAN: "plans",
    Kind.PARAMETER_SET: "parameter-sets",
    Kind.POOL: "pools",
    Kind.LABEL: "labels",
    Kind.SCHEDULE: "schedules",
    Kind.WEBHOOK: "webhooks",
}
"""Where each kind is; flows are below their suite."""

ItemId = Annotated[str, Path(max_length=100)]
IfMatch = Annotated[str | None, Header(alias="If-Match", max_length=50, description="The `ETag` of what you read.")]
Name = Annotated[str, Field(min_length=1, max_length=500)]


class ItemForm(BaseModel):
    """A kept thing. `content` is as its kind has it."""

    id: str
    kind: Kind
    name: str
    version: int
    created: datetime.datetime
    changed: datetime.datetime
    author: str
    parent: str | None
    content: dict[str, Any]

    @staticmethod
    def of(item: Item) -> ItemForm:
        """Return the form of an item; secrets are not shown again."""
        return ItemForm(
            id=item.id,
            kind=item.kind,
            name=item.name,
            version=item.version,
            created=item.created,
            changed=item.changed,
            author=item.author,
            parent=item.parent,
            content=without_secrets(item.kind, item.content),
        )


class ItemList(BaseModel):
    """Some things, how many there are in all, and where the next ones begin."""

    items: list[ItemForm]
    total: int
    next: str | None


class VersionForm(BaseModel):
    """A version of a thing; `content` only where one is asked for."""

    version: int
    name: str
    author: str
    at: datetime.datetime
    content: dict[str, Any] | None = None

    @staticmethod
    def of(version: ItemVersion, whole: Kind | None = None) -> VersionForm:
        """Return the form of a version, with the content of a thing of the kind `whole`, but for its secrets."""
        content = None if whole is None else without_secrets(whole, version.content)
        return VersionForm(
            version=version.version, name=version.name, author=version.author, at=version.at, content=content
        )


def tagged(response: Response, item: Item) -> ItemForm:
    """Return the form of a thing, and say its version in the headers."""
    response.headers["ETag"] = f'"{item.version}"'
    return ItemForm.of(item)


def expected(if_match: str | None) -> int:
    """Return the version that a change is made on. Raises `Precondition`."""
    if if_match is None:
        raise Precondition(428, "say with If-Match which version you change: the ETag of what you read")
    text = if_match.strip().removeprefix("W/").strip('"')
    if not text.isdecimal() or len(text) > 9:
        raise Precondition(412, f"If-Match {if_match!r} is no version of this")
    return int(text)


def changed(asked: Services, who: Identity, kind: Kind, id: str, if_match: str | None, **what: Any) -> Item:
    """Change a thing. Raises `Precondition` when it is not at that version any more."""
    try:
        return asked.library.change(who, kind, id, expected=expected(if_match), **what)
    except Conflict as error:
        raise Precondition(412, str(error)) from error


def deleted(asked: Services, who: Identity, kind: Kind, id: str, if_match: str | None) -> None:
    """Delete a thing, at that version if one is given."""
    try:
        asked.library.delete(who, kind, id, None if if_match is None else expected(if_match))
    except Conflict as error:
        raise Precondition(412, str(error)) from error


def wish_of(kind: Kind) -> type[BaseModel]:
    """Return what is sent to make or change a thing of a kind."""
    word = "".join(part.capitalize() for part in kind.value.split("-"))
    content = CONTENTS[kind]
    needs = any(field.is_required() for field in content.model_fields.values())
    default = ... if needs else Field(default_factory=content)
    return create_model(
        f"{word}Wish",
        __config__=ConfigDict(extra="forbid"),
        __doc__=f"A {kind.value.replace('-', ' ')} as it shall be.",
        name=(Name, ...),
        content=(content, default),
    )


def _add_routes(kind: Kind, folder: str) -> None:
    wish_type = wish_of(kind)
    word = kind.value.replace("-", " ")
    tags = [folder]

    def listed(
        asked: Asked,
        who: Who,
        limit: Limit = 50,
        after: After = None,
        search: Annotated[str, Query(max_length=200, description="A part of the name.")] = "",
    ) -> ItemList:
        found = asked.library.list(who, kind, page_of(limit, after), search=search)
        following = next_of(limit, len(found), found[-1].created, found[-1].id) if found else None
        total = asked.library.count(who, kind, search=search)
        return ItemList(items=[ItemForm.of(one) for one in found], total=total, next=following)

    def made(asked: Asked, who: Who, response: Response, wish: Any, client_id: ClientId = None) -> ItemForm:
        item = asked.library.add(who, kind, wish.name, wish.content.model_dump(), client_id=client_id)
        return tagged(response, item)

    def read(asked: Asked, who: Who, response: Response, id: ItemId) -> ItemForm:
        return tagged(response, asked.library.get(who, kind, id))

    def written(
        asked: Asked,
        who: Who,
        response: Response,
        id: ItemId,
        wish: Any,
        if_match: IfMatch = None,
    ) -> ItemForm:
        content = wish.content.model_dump()
        return tagged(response, changed(asked, who, kind, id, if_match, name=wish.name, content=content))

    def removed(asked: Asked, who: Who, id: ItemId, if_match: IfMatch = None) -> None:
        deleted(asked, who, kind, id, if_match)

    def versions(asked: Asked, who: Who, id: ItemId) -> list[VersionForm]:
        return [VersionForm.of(one) for one in asked.library.versions(who, kind, id)]

    def version(
        asked: Asked,
        who: Who,
        id: ItemId,
        number: Annotated[int, Path(ge=1, le=2**31 - 1)],
    ) -> VersionForm:
        return VersionForm.of(asked.library.version(who, kind, id, number), kind)

    made.__annotations__["wish"] = written.__annotations__["wish"] = wish_type
    one = f"/{folder}/{{id}}"
    routes: tuple[tuple[str, str, Callable[..., Any], int, str], ...] = (
        ("GET", f"/{folder}", listed, 200, f"Return the {folder} of your team, the newest first."),
        ("POST", f"/{folder}", made, 201, f"Keep a new {word}."),
        ("GET", one, read, 200, f"Return a {word}."),
        ("PUT", one, written, 200, f"Make the next version of a {word}."),
        ("DELETE", one, removed, 204, f"Delete a {word}; runs of it stay."),
        ("GET", f"{one}/versions", versions, 200, f"Return the versions of a {word}, the newest first."),
        ("GET", f"{one}/versions/{{number}}", version, 200, f"Return one version of a {word}."),
    )
    for method, path, call, status, sentence in routes:
        router.add_api_route(
            path,
            call,
            methods=[method],
            status_code=status,
            description=sentence,
            summary=sentence,
            tags=list(tags),
            operation_id=f"{method.lower()}_{path.strip('/').replace('/', '_')}".replace("{", "").replace("}", ""),
        )


for _kind, _folder in FOLDERS.items():
    _add_routes(_kind, _folder)
