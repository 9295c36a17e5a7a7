"""Lists in pages: each names where the next one begins."""

from __future__ import annotations

import base64
import binascii
import datetime
from typing import Annotated

from fastapi import Query

from penstock.errors import InvalidInput
from penstock.services.access import Page

Limit = Annotated[int, Query(ge=1, le=200, description="How many at most.")]
After = Annotated[str | None, Query(max_length=200, description="`next` of the page before.")]


def page_of(limit: int, after: str | None) -> Page:
    """Return the page that is asked for. Raises `InvalidInput` for an `after` that no page gave."""
    if after is None:
        return Page(limit)
    try:
        at, _, id_ = base64.urlsafe_b64decode(after.encode() + b"==").decode().partition(" ")
        return Page(limit, (datetime.datetime.fromisoformat(at), id_))
    except (binascii.Error, UnicodeError, ValueError):
        raise InvalidInput("after: is not the `next` of a page") from None


def next_of(limit: int, found: int, at: datetime.datetime, id: str) -> str | None:
    """Return where the next page begins, behind the last thing of this one; None when this one was not full."""
    if found < limit:
        return None
    return base64.urlsafe_b64encode(f"{at.isoformat()} {id}".encode()).decode().rstrip("=")
