"""Bodies in chunks, cut where it hurts."""

from __future__ import annotations

from collections.abc import Sequence

from tests.apps.server import Connection, Server


class Chunks(Server):
    """Answers every request with `pieces`, a chunk each; `cut_bytes` > 0 sends the stream in parts of that size.

    `pause_s` lies between two parts, so that each arrives by itself. `trailers` follow the last chunk.
    """

    def __init__(
        self,
        pieces: Sequence[bytes] = (b"one,", b"two,", b"three"),
        cut_bytes: int = 0,
        pause_s: float = 0.001,
        trailers: Sequence[tuple[str, str]] = (),
    ) -> None:
        super().__init__(self._serve_chunks)
        head = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nTransfer-Encoding: chunked\r\n\r\n"
        parts = [head, *(b"%x\r\n%b\r\n" % (len(piece), piece) for piece in pieces if piece)]
        parts.append(
            b"0\r\n" + b"".join(f"{name}: {value}\r\n".encode("latin-1") for name, value in trailers) + b"\r\n"
        )
        if cut_bytes:
            stream = b"".join(parts)
            parts = [stream[at : at + cut_bytes] for at in range(0, len(stream), cut_bytes)]
        self.body = b"".join(pieces)
        self._parts = parts
        self._pause_s = pause_s

    def _serve_chunks(self, connection: Connection) -> None:
        while connection.receive():
            for part in self._parts:
                connection.send(part)
                connection.sleep(self._pause_s)
