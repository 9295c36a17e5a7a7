"""Everything that is counted, with a fixed number of names: requests that succeed and fail, groups, checks, cookies."""

from penstock.script import User, check, group, http


async def journey(user: User) -> None:
    async with group("shop"):
        for place in range(20):
            response = await http.get("/small", name=f"page {(user.index + place) % 30}")
            check(response.status == 200, f"page {place} answers")
    items = await http.get("/items", name="list")
    item_id = items.json()["items"][3]["id"]
    item = await http.get(f"/items/{item_id}", name="item")
    check(item.json()["id"] == item_id, "item is the one asked for")
    missing = await http.get("/missing", name="missing", expect=(200,))
    check(missing.status == 200, "missing is there")
