"""The WebSockets of the double: what a conversation says is there at once, or never."""

from __future__ import annotations

from collections import deque

from tests.engine.fake_http import Closing, Conversation, FakeResponse, Said

NOT_OPEN = ("closed", "the socket is not open")

Heard = list[tuple[str, int, bytes]]
"""What servers were told: path, opcode (8: the end) and message, or the code of the end."""


class FakeSocket:
    """One that is open, or was closed by the server."""

    def __init__(self, path: str, conversation: Conversation, heard: Heard) -> None:
        self._path = path
        self._conversation = conversation
        self._heard = heard
        self._inbox: deque[Said] = deque()
        self._end: tuple[str, str] | None = None
        self._take(None)

    def send(self, message: Said) -> tuple[str, str] | None:
        """Say something; return why that cannot be."""
        if self._end is None:
            self._heard.append((self._path, *message))
            self._take(message)
            return None
        return self._end

    def receive(self) -> FakeResponse:
        """Return what comes next, or why nothing will."""
        if self._inbox:
            message = self._inbox.popleft()
            return FakeResponse(message.opcode, "", {}, message.data, self._path)
        return FakeResponse(0, "", {}, b"", self._path).failed(*(self._end or ("timeout", "no message came in time")))

    def close(self, code: int) -> None:
        """Tell the server, if it has not said so itself."""
        if self._end is None:
            self._heard.append((self._path, 8, str(code).encode()))
            self._end = NOT_OPEN

    def _take(self, message: Said | None) -> None:
        for said in self._conversation(message):
            if isinstance(said, Closing):
                self._end = (
                    "closed",
                    f"closed by the server ({' '.join(filter(None, (str(said.code), said.reason)))})",
                )
            else:
                self._inbox.append(said)
