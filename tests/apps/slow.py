"""A target whose delays are known, so that a client's measured latencies can be compared with them."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence

from tests.apps.http import Answer, Request
from tests.apps.server import Connection, Server

Delays = float | Sequence[float] | Callable[[Request, int], float]
"""Seconds: always the same, in order and round again, or by a function of the request and its number (from 0)."""


class Slow(Server):
    """Answers 200 after a delay by the monotonic clock, one timer a connection.

    `delays_s` holds how long each answer really took: from the read of the request's last byte to just before
    the answer was handed to the kernel (never less than asked for; a busy machine adds to it).
    """

    def __init__(self, delay_s: Delays = 0.005) -> None:
        super().__init__(self._serve_slowly)
        self._delay = delay_s
        self._count = 0
        self._counting = threading.Lock()
        self.delays_s: list[float] = []

    def _serve_slowly(self, connection: Connection) -> None:
        while request := connection.receive():
            with self._counting:
                number = self._count
                self._count += 1
            due_ns = request.received_ns + round(self._seconds(request, number) * 1e9)
            answer = Answer.json({"n": number + 1}).encode(request.method)
            while (left_ns := due_ns - time.monotonic_ns()) > 0:
                if left_ns > 50_000_000:
                    connection.sleep(left_ns / 1e9 - 0.01)  # ends with the server; too coarse for the last bit
                    if connection.stopping.is_set():
                        return
                else:
                    time.sleep(left_ns / 1e9)
            spent_s = (time.monotonic_ns() - request.received_ns) / 1e9
            connection.send(answer)
            with self._counting:
                self.delays_s.append(spent_s)

    def _seconds(self, request: Request, number: int) -> float:
        if callable(self._delay):
            return self._delay(request, number)
        if isinstance(self._delay, Sequence):
            return self._delay[number % len(self._delay)]
        return self._delay
