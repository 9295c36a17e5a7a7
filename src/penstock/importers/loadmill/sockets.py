"""WebSocket steps: a request to a ws:// URL, or a step of that type.

Connections are known by their URL; sending opens one that is not open yet. A message is what an extraction finds, the
newest first, for as long as the step may wait.
"""

from __future__ import annotations

from dataclasses import replace

from penstock.importers.document import Node
from penstock.importers.loadmill.checks import compile_checks
from penstock.importers.loadmill.headers import compile_headers
from penstock.importers.loadmill.queries import compile_extracts
from penstock.importers.loadmill.reading import Members
from penstock.importers.loadmill.requests import Requests
from penstock.importers.loadmill.scripts import compile_script
from penstock.importers.loadmill.texts import Texts
from penstock.model import (
    Assign,
    Assignment,
    Extract,
    Origin,
    RegexQuery,
    Script,
    SocketOpen,
    SocketSend,
    SocketWait,
    Step,
    Text,
    TextQuery,
)

_ACTIONS = ("Connect", "Send", "Receive")
_LATEST = {"Last": 1, "Last 10": 10, "Last 50": 50}
_WAIT_S = 5.0
_MOST_WAIT_S = 25.0
_REQUEST_WAIT_S = 60.0
_ALL = 50


def is_socket(members: Members, texts: Texts) -> bool:
    """Whether a step is about a WebSocket."""
    kind = texts.reader.text(members.get("type")) or "Request"
    url = members.get("url")
    is_url = url is not None and isinstance(url.value, str) and url.value.lower().startswith(("ws://", "wss://"))
    return kind == "WebSocket" or (kind == "Request" and is_url)


def compile_socket(members: Members, origin: Origin, requests: Requests, texts: Texts) -> list[Step]:
    """Return the steps: open, send, wait for a message, look at it; as far as they are asked for."""
    reader = texts.reader
    url = texts.of(members.get("url"))
    if url is None or not url.parts:
        texts.findings.error("missing-url", "url: Required", origin)
        return []
    action = _action(members, texts)
    name = requests.name(reader.text(members.get("description")), "WS", url)
    timeout_ms = reader.number(members.get("timeout")) or None
    steps: list[Step] = [
        SocketOpen(
            socket=url,
            url=url,
            name=name,
            origin=origin,
            headers=compile_headers(members.get("headers"), texts),
            timeout_s=None if timeout_ms is None else timeout_ms / 1000,
            unless_open=True,
        )
    ]
    data = reader.members(members.get("postData"))
    message = texts.of(data.get("text"))
    if action in ("Send", "Request") and message is not None and message.parts:
        kind = (reader.text(data.get("mimeType")) or "text").lower()
        steps.append(SocketSend(url, message, origin, "binary" if kind == "binary" else "text"))
    steps += _look(members, url, name, origin, texts, _wait_s(members, action, timeout_ms, texts))
    script = compile_script(members.get("postScript"), texts)
    if script is not None:
        steps.append(Script(script, name))
    return steps


def _action(members: Members, texts: Texts) -> str:
    node = members.get("action")
    if (texts.reader.text(members.get("type")) or "Request") == "Request":
        return "Request"
    action = texts.reader.text(node) or "Connect"
    if action not in _ACTIONS and node is not None:
        message = f"{action!r} is no action of a WebSocket"
        texts.findings.error("invalid-value", message, node.origin, f"known are {', '.join(_ACTIONS)}")
    return action


def _wait_s(members: Members, action: str, timeout_ms: float | None, texts: Texts) -> float:
    """Return how long a message is waited for: a request has its timeout for that, a step a time of its own."""
    if action == "Request":
        return _REQUEST_WAIT_S if timeout_ms is None else timeout_ms / 1000
    node = members.get("maxExtractionsResolutionTime")
    seconds = texts.reader.number(node)
    texts.reader.limit(node, seconds, 0, _MOST_WAIT_S)
    return _WAIT_S if seconds is None else seconds


def _look(members: Members, url: Text, name: str, origin: Origin, texts: Texts, wait_s: float) -> list[Step]:
    extracts = compile_extracts(members.get("extract"), texts)
    checks = compile_checks(members.get("assert"), texts)
    if not checks and all(isinstance(each.query, TextQuery) for one in extracts for each in one):
        return [_assign(one, origin) for one in extracts]  # nothing here asks for a message
    return [
        SocketWait(
            socket=url,
            name=f"{name}, message",
            origin=origin,
            timeout_s=wait_s,
            latest=_latest(members.get("messagesToRetrieve"), texts),
            extracts=tuple(tuple(_of_message(each) for each in one) for one in extracts),
            checks=checks,
        )
    ]


def _of_message(extract: Extract) -> Extract:
    """Return an extraction from the message; an empty pattern stands for all of it."""
    query = extract.query
    if isinstance(query, RegexQuery) and query.of is None and not query.pattern.parts:
        return replace(extract, query=RegexQuery(Text.constant(r"([\s\S]+)")))
    return extract


def _assign(extracts: tuple[Extract, ...], origin: Origin) -> Assign:
    texts = [(each.variable, each.query.text) for each in extracts if isinstance(each.query, TextQuery)]
    return Assign(tuple(Assignment(variable, (text,)) for variable, text in texts), origin)


def _latest(node: Node | None, texts: Texts) -> int:
    word = texts.reader.text(node)
    if not word or node is None:
        return _ALL
    if word not in _LATEST:
        message = f"{word!r} messages cannot be looked at"
        texts.findings.error("invalid-value", message, node.origin, f"known are {', '.join(_LATEST)}")
    return _LATEST.get(word, _ALL)
