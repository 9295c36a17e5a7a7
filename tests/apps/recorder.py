"""A target that remembers every request and answers as told."""

from __future__ import annotations

import ssl
import threading
from collections.abc import Callable, Sequence

from tests.apps.http import Answer, Request
from tests.apps.server import Server, answering

Script = Callable[[Request], Answer | bytes] | Sequence[Answer | bytes]
"""A function of the request, or answers in order (the last one stays)."""


class Recorder(Server):
    """Records requests and answers 200 with JSON: `{"n": 1, "method": "GET", "target": "/items?page=2"}`.

    `script` says other answers; bytes go out as they are. `requests` is in the order of arrival, complete
    requests only.
    """

    def __init__(
        self,
        script: Script | None = None,
        context: ssl.SSLContext | None = None,
        host: str = "127.0.0.1",
        place: tuple[str, int] = ("127.0.0.1", 0),
    ) -> None:
        super().__init__(answering(self._answer), context, host, place)
        self.script = script
        self._requests: list[Request] = []
        self._recording = threading.Lock()

    @property
    def requests(self) -> list[Request]:
        """A copy of what was recorded so far."""
        with self._recording:
            return list(self._requests)

    def clear(self) -> None:
        """Forget what was recorded; a script of answers starts over."""
        with self._recording:
            self._requests.clear()

    def _answer(self, request: Request) -> Answer | bytes:
        with self._recording:
            self._requests.append(request)
            number = len(self._requests)
        if self.script is None:
            return Answer.json({"n": number, "method": request.method, "target": request.target})
        if callable(self.script):
            return self.script(request)
        return self.script[min(number, len(self.script)) - 1]
