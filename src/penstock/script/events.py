"""Server-sent events, as a streamed response holds them."""

from __future__ import annotations

from typing import NamedTuple

from penstock.script.http import Response


class ServerEvent(NamedTuple):
    """One event. `event` is `message` if the server gives no name; `id` is the last one that it sent."""

    event: str
    data: str
    id: str


def events(response: Response) -> list[ServerEvent]:
    """Return the complete server-sent events of a response, as the HTML standard defines them."""
    found: list[ServerEvent] = []
    data: list[str] = []
    kind = last_id = ""
    for line in response.body.decode("utf-8", "replace").removeprefix("\ufeff").splitlines():
        if not line:
            if data:
                found.append(ServerEvent(kind or "message", "\n".join(data), last_id))
            kind, data = "", []
            continue
        name, _, value = line.partition(":")
        value = value.removeprefix(" ")
        if name == "data":
            data.append(value)
        elif name == "event":
            kind = value
        elif name == "id" and "\0" not in value:
            last_id = value
    return found
