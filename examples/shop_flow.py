"""One visitor of the sample shop: logs in, browses, fills the cart, orders.

Run `penstock target` in another terminal, then `penstock run examples/shop_flow.py --html report.html`.
"""

from penstock.script import Options, User, check, group, http, sleep

options = Options(
    users=20,
    duration="10s",
    ramp_up="2s",
    base_url="http://127.0.0.1:8080",
    thresholds=("p95 < 500ms", "failed < 1%"),
)


async def journey(user: User) -> None:
    login = await http.post("/login", form={"user": f"user{user.index}", "password": "secret"}, name="log in")
    if not check(login.status == 200, "logged in"):
        return
    signed_in = {"Authorization": f"Bearer {login.json()['token']}"}

    async with group("browse"):
        items = (await http.get("/items", name="list items")).json()
        check(len(items) > 0, "the shop has items")
        item = items[user.iteration % len(items)]
        await http.get(f"/items/{item['id']}", name="show item")
    await sleep(0.2)

    async with group("check out"):
        await http.post("/cart", json={"item": item["id"], "quantity": 1}, headers=signed_in, name="add to cart")
        order = await http.post("/order", json={}, headers=signed_in, name="order")
        check(order.status == 201, "ordered")
    await sleep(0.5)
