"""What the servers answer: small JSON documents of fixed size."""

from __future__ import annotations

import json

ITEM_IDS = ("7f3a09c1", "1c44be02", "e05d7713", "b19a6f58", "30c2d8e4")


def _dump(value: object) -> str:
    return json.dumps(value, separators=(",", ":"))


def small() -> str:
    """Return a document of 209 bytes."""
    document = {"id": 4711, "name": "brass hinge, 40 mm", "price": 12.9, "stock": 318, "tags": ["metal", "door"]}
    empty = _dump({**document, "text": ""})
    return _dump({**document, "text": "x" * (209 - len(empty))})


def big() -> str:
    """Return a document of about 10 KB."""
    rows = [{"id": 1000 + row, "name": f"article {row:04d}", "price": row * 1.25, "ok": True} for row in range(176)]
    return _dump({"rows": rows})


def items() -> str:
    """Return a list of items with their ids, about 350 bytes."""
    return _dump({"items": [{"id": item, "name": f"item {item}", "price": 9.5, "left": 12} for item in ITEM_IDS]})


def item(item_id: str) -> str:
    """Return one item, about 180 bytes."""
    return _dump({"id": item_id, "name": "one of five", "price": 9.5, "left": 12, "text": "y" * 110})
