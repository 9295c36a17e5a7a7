"""A server that answers each request exactly so many milliseconds after the kernel received it.

    python -m benches.servers.delay MILLISECONDS [RATE]

It prints its port, serves until it is told to end, then prints what really happened as JSON: how many requests it
answered and the median of (answer sent - request received), in seconds. With a rate it also says how late requests
came, against an even rate that begins as early as the requests of the first hundredth allow. Both ends of
the median's span are taken as close to the wire as a process can: the kernel's receive stamp and the clock after
`send` has returned.
"""

from __future__ import annotations

import json
import select
import signal
import socket
import statistics
import struct
import sys
import time
from array import array
from collections import deque
from collections.abc import Sequence

from benches.servers import pages

SO_TIMESTAMPNS = 35
_STAMP = struct.Struct("qq")
_SPIN_S = 0.0002


class DelayServer:
    """One thread, any number of keep-alive connections, one request at a time on each."""

    def __init__(self, delay_s: float) -> None:
        body = pages.small().encode("ascii")
        head = f"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
        self._answer = head.encode("ascii") + body
        self._delay_s = delay_s
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=1024)
        self._listener.setblocking(False)
        self._connections: dict[int, socket.socket] = {}
        self._partial: dict[int, bytes] = {}
        self._due: deque[tuple[float, float, socket.socket]] = (
            deque()
        )  # the delay is constant, so arrival order is due order
        self.delays_s = array("d")
        self.arrivals_s = array("d")
        self.stopped = False

    @property
    def port(self) -> int:
        """The port it listens on."""
        return int(self._listener.getsockname()[1])

    def serve(self) -> None:
        """Answer until `stopped`. Spins for the last fraction of a millisecond: the core is its own."""
        poll = select.epoll()
        poll.register(self._listener, select.EPOLLIN)
        while not self.stopped:
            self._send_due()
            wait_s = 0.2
            if self._due:
                left_s = self._due[0][0] - time.time()
                wait_s = left_s - 0.0012 if left_s > 0.0012 + _SPIN_S else 0.0  # epoll waits whole milliseconds
            for fd, _ in poll.poll(max(0.0, wait_s)):
                if fd == self._listener.fileno():
                    self._accept(poll)
                else:
                    self._receive(poll, fd)

    def _accept(self, poll: select.epoll) -> None:
        connection, _ = self._listener.accept()
        connection.setblocking(False)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        connection.setsockopt(socket.SOL_SOCKET, SO_TIMESTAMPNS, 1)
        self._connections[connection.fileno()] = connection
        poll.register(connection, select.EPOLLIN)

    def _receive(self, poll: select.epoll, fd: int) -> None:
        connection = self._connections[fd]
        try:
            data, ancillary, _, _ = connection.recvmsg(65536, 64)
        except (BlockingIOError, InterruptedError):
            return
        except OSError:
            data, ancillary = b"", []
        if not data:
            poll.unregister(fd)
            self._connections.pop(fd).close()
            self._partial.pop(fd, None)
            return
        received = time.time()
        for _, kind, stamp in ancillary:
            if kind == SO_TIMESTAMPNS:
                seconds, nanoseconds = _STAMP.unpack(stamp)
                received = seconds + nanoseconds / 1e9
        data = self._partial.pop(fd, b"") + data
        if data.endswith(b"\r\n\r\n"):
            self.arrivals_s.append(received)
            self._due.append((received + self._delay_s, received, connection))
        else:
            self._partial[fd] = data

    def _send_due(self) -> None:
        while self._due and self._due[0][0] <= time.time():
            _, received, connection = self._due.popleft()
            try:
                connection.send(self._answer)
            except OSError:  # the client has left
                continue
            self.delays_s.append(time.time() - received)


def lateness(arrivals_s: Sequence[float], rate: float) -> dict[str, float]:
    """Return the median and the 99th percentile of how late requests came, in seconds.

    The first half second is left out: a client connects in it. Where the even grid lies is not known from outside;
    it is laid so that one request in a hundred comes before its time.
    """
    arrivals_s = sorted(arrivals_s)
    arrivals_s = [at for at in arrivals_s if at > arrivals_s[0] + 0.5]
    if len(arrivals_s) < 100:
        raise ValueError(f"{len(arrivals_s)} requests came: too few to judge a rate by")
    late_s = sorted(at - arrivals_s[0] - place / rate for place, at in enumerate(arrivals_s))
    earliest_s = late_s[len(late_s) // 100]
    return {f"late_p{part}_s": late_s[len(late_s) * part // 100] - earliest_s for part in (50, 99)}


def main() -> int:
    server = DelayServer(float(sys.argv[1]) / 1000)

    def stop(*_: object) -> None:
        server.stopped = True

    signal.signal(signal.SIGTERM, stop)
    print(server.port, flush=True)
    server.serve()
    median_s = statistics.median(server.delays_s) if server.delays_s else 0.0
    found = {"answered": len(server.delays_s), "median_s": median_s}
    if len(sys.argv) > 2:
        found |= lateness(server.arrivals_s, float(sys.argv[2]))
    print(json.dumps(found), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
