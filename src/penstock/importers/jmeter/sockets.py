"""WebSocket samplers of the widespread plug-in (`eu.luminis`): open, write, read, both, close."""

from __future__ import annotations

from penstock.importers.jmeter.checks import compile_assertions
from penstock.importers.jmeter.extracts import compile_extracts
from penstock.importers.jmeter.headers import compile_headers
from penstock.importers.jmeter.numbers import milliseconds
from penstock.importers.jmeter.parse import Node
from penstock.importers.jmeter.scopes import Scope
from penstock.importers.jmeter.work import Work, shown_name
from penstock.model import Examine, SocketClose, SocketOpen, SocketSend, SocketWait, Step, Text

SAMPLERS = frozenset(
    {
        "CloseWebSocketSampler",
        "OpenWebSocketSampler",
        "RequestResponseWebSocketSampler",
        "SingleReadWebSocketSampler",
        "SingleWriteWebSocketSampler",
    }
)

_THE_ONE = Text.constant("websocket")
"""A thread has one connection at a time."""

_TIMEOUT_S = 6.0
_CONNECT_S = 20.0


def compile_socket(node: Node, scope: Scope, work: Work) -> tuple[Step, ...]:
    """Return the steps of a WebSocket sampler."""
    if node.kind == "CloseWebSocketSampler":
        return (SocketClose(_THE_ONE, node.origin),)
    steps: list[Step] = []
    if node.kind == "OpenWebSocketSampler" or node.flag("createNewConnection"):
        steps.append(_open(node, scope, work))
    if node.kind in ("RequestResponseWebSocketSampler", "SingleWriteWebSocketSampler"):
        if node.flag("loadDataFromFile"):
            work.cannot_run(node, f"{node.kind}: a message out of a file cannot be sent", "write it into the sampler")
        is_binary = node.flag("binaryPayload") or node.text("payloadType").strip().lower() == "binary"
        if is_binary:
            message = "a binary message is sent as the text that is written, not as the bytes that its digits mean"
            work.findings.warn("binary-message", message, node.origin)
        message_text = work.parse(node, "requestData")
        steps.append(SocketSend(_THE_ONE, message_text, node.origin, "binary" if is_binary else "text"))
    if node.kind in ("RequestResponseWebSocketSampler", "SingleReadWebSocketSampler"):
        steps += _wait(node, scope, work)
    return tuple(steps)


def _open(node: Node, scope: Scope, work: Work) -> SocketOpen:
    scheme = "wss" if node.flag("TLS") else "ws"
    server, port, path = (node.text(key).strip() for key in ("server", "port", "path"))
    if not server:
        work.findings.error("no-host", "the WebSocket has no server name", node.origin, "write one into the sampler")
    authority = f"{server}:{port}" if port else server
    rooted = path if path.startswith("/") or not path else f"/{path}"
    timeout_s = milliseconds(node, "connectTimeout", work, _CONNECT_S)
    url = work.texts.parse(f"{scheme}://{authority}{rooted}", node.origin)
    headers = compile_headers(scope.of("HeaderManager"), work)
    return SocketOpen(_THE_ONE, url, shown_name(node, work), node.origin, headers, (), timeout_s or None)


def _wait(node: Node, scope: Scope, work: Work) -> tuple[Step, ...]:
    """Return the wait for the next message, and the look at it of post-processors."""
    if compile_assertions(scope.assertions, work.texts, work.findings).validations:
        message = "assertions do not look at messages of WebSockets; they are left out here"
        work.findings.warn("message-assertion", message, node.origin, effect="dropped")
    if node.flag("optional"):
        work.findings.warn("optional-read", "a read that finds no message fails, though it need not", node.origin)
    name, origin = shown_name(node, work), node.origin
    timeout_s = milliseconds(node, "readTimeout", work, _TIMEOUT_S) or _TIMEOUT_S
    extracts = compile_extracts(scope.post_processors, work.texts, work.findings)
    look = (Examine(name, origin, extracts),) if extracts else ()
    return (SocketWait(_THE_ONE, name, origin, timeout_s), *look)
