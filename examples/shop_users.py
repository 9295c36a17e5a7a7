"""Two kinds of users of the sample shop, with tasks, data, tags and a metric of their own."""

from penstock.script import Options, UserClass, between, check, data, group, http, metric, task

options = Options(
    users=10,
    duration="15s",
    ramp_up="2s",
    base_url="http://127.0.0.1:8080",
    thresholds=("p95 < 500ms", "failed[tag:pay] < 1%", "max[metric:items on offer] < 1000"),
)

accounts = data.csv("shop_accounts.csv")
on_offer = metric("items on offer", "gauge")
orders = metric("orders", "counter")


class Visitor(UserClass):
    """Looks around, and buys nothing."""

    weight = 3
    pause = between(0.2, 0.6)

    @task(3)
    async def browse(self) -> None:
        items = await http.get("/items", name="list items")
        check(items.status == 200, "the list answers")
        on_offer.add(len(items.json()))

    @task
    async def search(self) -> None:
        await http.get("/items", params={"q": "tea"}, name="search")


class Buyer(UserClass):
    """Logs in once, then buys again and again."""

    pause = 0.5
    token = ""

    async def on_start(self) -> None:
        account = accounts.next()
        login = await http.post("/login", form=account, name="log in")
        check(login.status == 200, "logged in")
        self.token = login.json()["token"]

    @task(tags=("pay",))
    async def buy(self) -> None:
        headers = {"Authorization": f"Bearer {self.token}"}
        async with group("buy"):
            item = (await http.get("/items", name="list items")).json()[0]
            await http.post("/cart", json={"item": item["id"], "quantity": 1}, headers=headers, name="add to cart")
            await http.post("/order", headers=headers, name="order")
        orders.add()
