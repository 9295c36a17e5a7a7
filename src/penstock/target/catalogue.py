"""What the shop sells. The answers never change, so their bytes are made once."""

from __future__ import annotations

import gzip
import zlib
from dataclasses import dataclass

import orjson

from penstock.target.messages import JSON, Refused, Reply, Request

PAGE_SIZE = 20
_SIZES = ("Small", "Medium", "Large", "Spare", "Sturdy")
_MATERIALS = ("Brass", "Oak", "Steel", "Copper")
_THINGS = ("Valve", "Flume", "Wheel", "Gate", "Pipe")


@dataclass(frozen=True, slots=True)
class Item:
    """One thing on sale; prices are counted in cents so that sums are exact."""

    id: int
    name: str
    price_cents: int

    def to_json(self) -> dict[str, object]:
        """Return what clients see."""
        return {"id": self.id, "name": self.name, "price": self.price_cents / 100}


ITEMS: dict[int, Item] = {
    number: Item(number, f"{size} {material} {thing}", 250 + number * 137 % 9750)
    for number, (size, material, thing) in enumerate(
        ((size, material, thing) for size in _SIZES for material in _MATERIALS for thing in _THINGS), start=1
    )
}

_ITEM_REPLIES = {str(item.id): Reply(200, JSON, orjson.dumps(item.to_json())) for item in ITEMS.values()}


def _page(number: int) -> bytes:
    items = list(ITEMS.values())[(number - 1) * PAGE_SIZE : number * PAGE_SIZE]
    return orjson.dumps([item.to_json() for item in items])


_PAGES = {number: Reply(200, JSON, _page(number)) for number in range(1, len(ITEMS) // PAGE_SIZE + 1)}
_EMPTY_PAGE = Reply(200, JSON, b"[]")
_GZIP = Reply(200, [*JSON, ("content-encoding", "gzip")], gzip.compress(_page(1), mtime=0))
_DEFLATE = Reply(200, [*JSON, ("content-encoding", "deflate")], zlib.compress(_page(1)))


def list_items(request: Request) -> Reply:
    """GET /items?page=1: twenty items; a page behind the last is empty."""
    if not request.query_string:
        return _PAGES[1]
    return _PAGES.get(int(request.number("page", 1, 1, 1_000_000)), _EMPTY_PAGE)


def show_item(request: Request) -> Reply:
    """GET /items/{id}."""
    number = request.path.rpartition("/")[2]
    reply = _ITEM_REPLIES.get(number)
    if reply is None:
        raise Refused(404, f"there is no item {number[:40]!r}; ids go from 1 to {len(ITEMS)}")
    return reply


def list_gzip(request: Request) -> Reply:  # noqa: ARG001 — every handler is given the request
    """GET /gzip: the first page, compressed whatever the client accepts."""
    return _GZIP


def list_deflate(request: Request) -> Reply:  # noqa: ARG001 — every handler is given the request
    """GET /deflate: the first page in zlib's format."""
    return _DEFLATE
