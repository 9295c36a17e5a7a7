"""One GET, then some work of the script's own: 50 users of it keep a core busy all the time."""

import os

from burning import burn

from penstock.script import Options, User, check, http

PATH = os.environ.get("BENCH_PATH", "/small")

options = Options(base_url=os.environ.get("BENCH_ORIGIN", "http://127.0.0.1:8080"))


async def journey(_: User) -> None:
    response = await http.get(PATH)
    check(response.status == 200, "status is 200")
    burn()
