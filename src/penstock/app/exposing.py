"""Serving metrics to Prometheus: below `/metrics` of the server, or at an address of their own."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from penstock.errors import InvalidInput

if TYPE_CHECKING:
    from prometheus_client.core import Metric

_PATIENCE_S = 10.0
Sample = TypeVar("Sample")


class Collected:
    """Metrics of one moment, as the library wants them."""

    def __init__(self, metrics: Iterable[Metric]) -> None:
        self._metrics = list(metrics)

    def collect(self) -> Iterator[Metric]:
        """See `prometheus_client.registry.Collector`."""
        yield from self._metrics


def written(metrics: Iterable[Metric], accept: str) -> tuple[bytes, str]:
    """Return the metrics in the form that a scraper accepts, and its content type."""
    from prometheus_client.exposition import choose_encoder

    encode, content_type = choose_encoder(accept)
    return encode(Collected(metrics)), content_type


def read_place(text: str) -> tuple[str, int]:
    """Return address and port of `127.0.0.1:9464`, `[::1]:9464` or `:9464` (all addresses).

    Raises `InvalidInput` for what is none.
    """
    host, colon, port = text.rpartition(":")
    host = host.removeprefix("[").removesuffix("]")
    if not colon or not port.isdecimal() or int(port) > 65535:
        raise InvalidInput(f"{text!r} is no address and port to serve metrics at, like 127.0.0.1:9464")
    return host or "0.0.0.0", int(port)  # noqa: S104 — asked for


class _Asking(Generic[Sample]):
    """Samples on the loop that measures, for threads that ask."""

    def __init__(
        self, sample: Callable[[], Sample], tell: Callable[[Sample], Iterable[Metric]], loop: asyncio.AbstractEventLoop
    ) -> None:
        self._sample = sample
        self._tell = tell
        self._loop = loop

    def collect(self) -> Iterable[Metric]:
        """See `prometheus_client.registry.Collector`."""

        async def now() -> Sample:
            return self._sample()

        return self._tell(asyncio.run_coroutine_threadsafe(now(), self._loop).result(_PATIENCE_S))


@contextlib.asynccontextmanager
async def exposed(
    place: tuple[str, int], sample: Callable[[], Sample], tell: Callable[[Sample], Iterable[Metric]]
) -> AsyncIterator[int]:
    """Serve metrics while the block lasts, and give the port.

    `sample` is called on the loop of the caller, where what it reads may change; `tell` makes metrics of what it gave,
    in a thread. Raises `InvalidInput` where the address cannot be listened at.
    """
    from prometheus_client import start_http_server

    host, port = place
    asking: Any = _Asking(sample, tell, asyncio.get_running_loop())
    try:
        server, thread = start_http_server(port, host, asking)
    except OSError as error:
        raise InvalidInput(f"metrics at {host}:{port}: cannot be listened on: {error.strerror}") from error
    try:
        yield server.server_port
    finally:
        await asyncio.to_thread(server.shutdown)
        server.server_close()
        await asyncio.to_thread(thread.join)
