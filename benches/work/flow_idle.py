"""One GET, then a long think: what is left is a user who waits, with a connection open."""

import os

from penstock.script import Options, User, http, sleep

PATH = os.environ.get("BENCH_PATH", "/small")
THINK_S = float(os.environ.get("BENCH_THINK_S", "10"))

options = Options(base_url=os.environ.get("BENCH_ORIGIN", "http://127.0.0.1:8080"))


async def journey(_: User) -> None:
    await http.get(PATH)
    await sleep(THINK_S)
