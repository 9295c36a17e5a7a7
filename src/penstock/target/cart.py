"""The cart: a signed cookie, bound to its user."""

from __future__ import annotations

import secrets

from penstock.target.accounts import identify
from penstock.target.catalogue import ITEMS
from penstock.target.messages import HeaderPairs, Refused, Reply, Request, say
from penstock.target.signing import sign, verify

MAX_QUANTITY = 1000
MAX_LINES = 50  # keeps the cookie below 1 KB

Lines = dict[int, int]
"""Item id → quantity."""


def show_cart(request: Request) -> Reply:
    """GET /cart."""
    return say(_describe(_lines(request, identify(request))))


def add_to_cart(request: Request) -> Reply:
    """POST /cart with `item` and `quantity` (default 1): the cart as it is now."""
    user = identify(request)
    lines = _lines(request, user)
    fields = request.fields()
    item, quantity = _whole(fields.get("item")), _whole(fields.get("quantity", 1))
    if item is None or quantity is None:
        raise Refused(400, "give an item (its id) and a quantity as whole numbers")
    if item not in ITEMS:
        raise Refused(404, f"there is no item {item}; ids go from 1 to {len(ITEMS)}")
    total = lines.get(item, 0) + quantity
    if not 1 <= total <= MAX_QUANTITY or (item not in lines and len(lines) >= MAX_LINES):
        raise Refused(422, f"a cart holds 1 to {MAX_QUANTITY} of an item, and {MAX_LINES} different ones")
    lines[item] = total
    return say(_describe(lines), headers=_cookie(sign([user, list(lines.items())], "cart")))


def order(request: Request) -> Reply:
    """POST /order: buys the cart and empties it."""
    lines = _lines(request, identify(request))
    if not lines:
        raise Refused(409, "the cart is empty; POST /cart first (and keep its cookie)")
    number = secrets.token_hex(6)
    said = {"order": number, **_describe(lines)}
    return say(said, 201, [("location", f"/orders/{number}"), *_cookie("", "; Max-Age=0")])


def _lines(request: Request, user: str) -> Lines:
    value = verify(request.cookies().get("cart", ""), "cart")
    return dict(value[1]) if value and value[0] == user else {}


def _describe(lines: Lines) -> dict[str, object]:
    return {
        "items": [
            {**ITEMS[item].to_json(), "quantity": quantity, "sum": ITEMS[item].price_cents * quantity / 100}
            for item, quantity in lines.items()
        ],
        "total": sum(ITEMS[item].price_cents * quantity for item, quantity in lines.items()) / 100,
    }


def _cookie(value: str, more: str = "") -> HeaderPairs:
    return [("set-cookie", f"cart={value}; Path=/; HttpOnly; SameSite=Lax{more}")]


def _whole(value: object) -> int | None:
    if isinstance(value, str) and value.isdecimal() and len(value) < 10:
        return int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) else None
