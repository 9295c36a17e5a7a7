"""A visitor with a browser: pages with all that they embed, and requests side by side.

Run `penstock target` in another terminal, then `penstock run examples/pages_flow.py --html report.html`.
"""

from penstock.script import Options, User, check, http, sleep

options = Options(
    users=5,
    duration="5s",
    base_url="http://127.0.0.1:8080",
    thresholds=("p95[page:home] < 2s", "failed < 1%"),
)


async def journey(_user: User) -> None:
    home = await http.page("/", name="home")
    check(home.status == 200, "the page is there")
    await sleep(0.2)

    items, first = await http.parallel([http.get("/items", name="list"), http.get("/items/1", name="item")])
    check(len(items.json()) > 0, "the shop has items", response=items)
    check(first.ok, "the first item is there", response=first)
    await http.get("/bytes?n=100000", name="download", discard=True)
