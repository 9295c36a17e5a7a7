"""Server-sent events, as a streamed response holds them."""

from __future__ import annotations

from typing import NamedTuple

from penstock.script.http import Response


class ServerEvent(NamedTuple):
    """One event; `event` is `message` where the server names none, `id` the last one it told."""

    event: str
    data: str
    id: str


def events(response: Response) -> list[ServerEvent]:
    """Return the complete events of a response, by the rules of the HTML standard."""
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
