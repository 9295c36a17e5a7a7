"""A visitor whose page stays open: a WebSocket, with something to do meanwhile.

Run `penstock target` in another terminal, then `penstock run examples/socket_flow.py --html report.html`.
"""

from penstock.script import Options, User, check, http, sleep, websocket

options = Options(
    users=5,
    duration="5s",
    base_url="http://127.0.0.1:8080",
    thresholds=("p95[message:question] < 1s", "failed < 1%"),
)


async def journey(user: User) -> None:
    async with websocket.connect("/ws", name="connect") as socket:
        check(socket.ok, "is let in", response=socket.response)
        await socket.send_json({"user": user.index})
        welcome = await socket.receive(name="welcome", timeout=5)
        check(welcome.ok and welcome.json()["user"] == user.index, "knows the user", response=welcome.response)

        await http.get("/items", name="list")
        await sleep(0.2)

        for number in range(3):
            await socket.send(f"question {number}")
            answer = await socket.receive(name="question", timeout=5, matching=lambda one: "question" in one.text)
            check(answer.text == f"question {number}", "is answered", response=answer.response)
