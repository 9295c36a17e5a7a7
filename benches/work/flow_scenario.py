"""The list, an id out of it, the item; both statuses and the id checked."""

import os

from penstock.script import Options, User, check, http

options = Options(base_url=os.environ.get("BENCH_ORIGIN", "http://127.0.0.1:8080"))


async def journey(_: User) -> None:
    items = await http.get("/items", name="list")
    if not check(items.status == 200, "list answers"):
        return
    item_id = items.json()["items"][3]["id"]
    item = await http.get(f"/items/{item_id}", name="item")
    check(item.status == 200, "item answers")
    check(item.json()["id"] == item_id, "item is the one asked for")
