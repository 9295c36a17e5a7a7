"""What a `flow.py` imports. Imported tests are compiled to the same calls.

    from penstock.script import check, group, http, sleep

    async def journey(user):
        async with group("browse"):
            items = await http.get("/items", name="list")
            check(items.status == 200, "list answers")
            await http.get(f"/items/{items.json()[0]['id']}", name="item")
        await sleep(1)

Penstock's own loop runs a journey, not asyncio: await only what this module provides.
"""

from penstock.script import websocket
from penstock.script.checks import check, fail
from penstock.script.credentials import basic, bearer, digest
from penstock.script.data import OutOfData, data
from penstock.script.events import ServerEvent, events
from penstock.script.groups import group
from penstock.script.http import Response, http
from penstock.script.metrics import metric
from penstock.script.operations import sleep, wait
from penstock.script.options import Options
from penstock.script.run import Run, shared
from penstock.script.uploads import Upload, upload
from penstock.script.user import User
from penstock.script.users import StopUser, UserClass, between, task

__all__ = [
    "Options",
    "OutOfData",
    "Response",
    "Run",
    "ServerEvent",
    "StopUser",
    "Upload",
    "User",
    "UserClass",
    "basic",
    "bearer",
    "between",
    "check",
    "data",
    "digest",
    "events",
    "fail",
    "group",
    "http",
    "metric",
    "shared",
    "sleep",
    "task",
    "upload",
    "wait",
    "websocket",
]
