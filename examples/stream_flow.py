"""Bodies that are more than a page: server-sent events, an upload, a large download.

Run `penstock target` in another terminal, then `penstock run examples/stream_flow.py --html report.html`.
"""

from penstock.script import Options, User, check, events, http, upload

options = Options(
    users=5,
    duration="5s",
    base_url="http://127.0.0.1:8080",
    thresholds=("p95[message:sales (first event)] < 1s", "failed < 1%"),
)


async def journey(user: User) -> None:
    sales = await http.stream("/events?n=100&ms=20", events=3, name="sales")
    check([sale.event for sale in events(sales)][:3] == ["sale"] * 3, "three sales are told")

    photo = upload("shop_accounts.csv", name=f"accounts-{user.index}.csv")
    sent = await http.post("/echo", form={"user": f"user{user.index}"}, files={"file": photo}, name="upload")
    check(f"accounts-{user.index}.csv" in sent.json()["body"], "the file arrives")

    await http.get("/bytes?n=1000000", name="download", discard=True)
