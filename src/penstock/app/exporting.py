"""Sending metrics to an OpenTelemetry collector, beside what is measured and never in its way.

A thread sends, the loop never waits for it. What is sent is cumulative, so a message that is lost is made good by the
next; while one is on its way, no other begins. What went wrong is said once, at the end, with counts.
"""

from __future__ import annotations

import asyncio
import contextlib
import importlib.util
import logging
import queue
import re
import threading
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import TYPE_CHECKING, Self
from urllib.parse import urlsplit

from penstock.errors import InvalidInput

if TYPE_CHECKING:
    from opentelemetry.exporter.otlp.proto.http.metric_exporter import OTLPMetricExporter

    from penstock.reporting.otlp.state import LoadState

ENVIRONMENT = "env"
"""As a destination: what the standard variables of OpenTelemetry say."""

INTERVAL_S = 10.0
LAST_WAIT_S = 5.0
"""How long the end of a run waits for the last message, unless the collector is seen to be away."""

_PATH = "/v1/metrics"
_LIBRARY = "opentelemetry.exporter.otlp.proto.http"
_ENDPOINTS = ("OTEL_EXPORTER_OTLP_METRICS_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT")
_SYSTEM_ERROR = re.compile(r"\[Errno -?\d+\] ([^'\")]+)")
_LONGEST_REASON = 200
_PATIENCE = 3
"""So many messages in a row have to be left out until a slow collector counts as one that takes nothing."""

_NO_ANSWER = "no answer in time"


@dataclass(frozen=True, slots=True)
class Destination:
    """A collector: the address of its metrics (None: as the library reads it from the environment), and what it wants.

    `shown` is the address without a password.
    """

    endpoint: str | None
    shown: str
    is_exponential: bool = False
    interval_s: float = INTERVAL_S


def read_destination(text: str, environment: Mapping[str, str], option: str) -> Destination:
    """Read a URL like `http://collector:4318` (with a path: exactly that), or `env`.

    The environment says besides which histograms are sent, and how often. Raises `InvalidInput` for what is neither,
    for wishes that cannot be met, and where the libraries are not installed.
    """
    try:
        installed = importlib.util.find_spec(_LIBRARY) is not None
    except ModuleNotFoundError:
        installed = False
    if not installed:
        raise InvalidInput(f"{option}: OpenTelemetry is not installed; install penstock[otlp]")
    endpoint: str | None = text
    if text == ENVIRONMENT:
        endpoint, text = None, next((environment[name] for name in _ENDPOINTS if environment.get(name)), "")
        if not text:
            raise InvalidInput(f"{option} env: neither {' nor '.join(_ENDPOINTS)} is set")
    try:
        parts = urlsplit(text)
        valid = parts.scheme in ("http", "https") and bool(parts.hostname) and (parts.port or 1) > 0
    except ValueError:
        valid = False
    shown = re.sub(r"//[^@/]*@", "//…@", text)
    if not valid:
        raise InvalidInput(
            f"{option} {shown!r}: write it like http://collector.example.com:4318 (OTLP over HTTP), or env"
        )
    if endpoint is not None and parts.path in ("", "/"):
        endpoint = endpoint.rstrip("/") + _PATH
    temporality = environment.get("OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE", "").strip().lower()
    if temporality not in ("", "cumulative"):
        raise InvalidInput(
            f"OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE={temporality}: only cumulative values are sent, so "
            "that none is lost on the way; a collector can turn them into others (cumulativetodelta)"
        )
    wanted = environment.get("OTEL_EXPORTER_OTLP_METRICS_DEFAULT_HISTOGRAM_AGGREGATION", "").strip().lower()
    return Destination(endpoint, shown, wanted == "base2_exponential_bucket_histogram", _interval_s(environment))


def _interval_s(environment: Mapping[str, str]) -> float:
    text = environment.get("OTEL_METRIC_EXPORT_INTERVAL", "").strip()
    if not text:
        return INTERVAL_S
    if not text.isdecimal() or int(text) < 100:
        raise InvalidInput(f"OTEL_METRIC_EXPORT_INTERVAL={text}: milliseconds are needed, at least 100")
    return int(text) / 1000


class Exporting:
    """Sends what `sample` gives every interval as long as the block lasts, and once more at its end.

    `taken` is told of what the collector has taken, `changed` when it takes nothing any more, with the reason, and when
    it does again, with an empty one. `warning` says afterwards what went wrong; empty: nothing.
    """

    def __init__(
        self,
        destination: Destination,
        sample: Callable[[], Awaitable[Sequence[LoadState]]],
        taken: Callable[[Sequence[LoadState]], None] | None = None,
        changed: Callable[[str], None] | None = None,
    ) -> None:
        self._destination = destination
        self._sample = sample
        self._taken = taken
        self._changed = changed
        self._is_failing = False
        self._sender = _Sender(destination)
        self.warning = ""
        self._skipped = 0
        self._in_a_row = 0
        self._task: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        self._sender.start()
        self._task = asyncio.create_task(self._work())
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        assert self._task is not None  # noqa: S101 — entered before
        self._task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await self._task
        deadline = time.monotonic() + LAST_WAIT_S
        await asyncio.to_thread(self._sender.wait, deadline)
        self._note()  # what has arrived by now is not told once more
        await self._offer()
        await asyncio.to_thread(self._sender.wait, deadline)
        self._note()
        self.warning = self._lost()
        self._sender.end()

    def _lost(self) -> str:
        sender = self._sender
        lost = sender.failed + self._skipped + (0 if sender.idle.is_set() else 1)
        if not lost:
            return ""
        last = "the last one arrived, and has it all" if sender.last_arrived else "nor was the last one"
        why = sender.reason or _NO_ANSWER
        many = f"{lost} of {sender.offered + self._skipped} messages with metrics"
        return f"{many} were not taken by {self._destination.shown} ({why}); {last}"

    async def _work(self) -> None:
        while True:
            await asyncio.sleep(self._destination.interval_s)
            self._note()
            await self._offer()

    async def _offer(self) -> None:
        loads = await self._sample()
        if not loads:
            return
        if self._sender.offer(loads, time.time_ns()):
            self._in_a_row = 0
        else:
            self._skipped += 1
            self._in_a_row += 1

    def _note(self) -> None:
        """Tell what became of the last message, or that it is on its way for too long."""
        sender = self._sender
        if not sender.offered or (not sender.idle.is_set() and self._in_a_row < _PATIENCE):
            return
        arrived = sender.idle.is_set() and sender.last_arrived
        if arrived and self._taken is not None and sender.arrived is not None:
            self._taken(sender.arrived)
        if arrived == self._is_failing:
            self._is_failing = not arrived
            if self._changed is not None:
                self._changed("" if arrived else sender.reason or _NO_ANSWER)


class _Sender(threading.Thread):
    """Sends one message at a time. It loads the libraries itself: they take longer than a command has before its run.

    Read by others only while `idle`, or for numbers to be told.
    """

    def __init__(self, destination: Destination) -> None:
        super().__init__(name="otlp", daemon=True)  # a collector that never answers keeps nobody from leaving
        self.idle = threading.Event()
        self.idle.set()
        self.offered = 0
        self.failed = 0
        self.last_arrived = False
        self.arrived: Sequence[LoadState] | None = None
        self.reason = ""
        self._is_refused = threading.Event()
        self._is_over = False
        self._exporter: OTLPMetricExporter | None = None
        self._destination = destination
        self._waiting: queue.SimpleQueue[tuple[Sequence[LoadState], int] | None] = queue.SimpleQueue()

    def offer(self, loads: Sequence[LoadState], now_ns: int) -> bool:
        """Send a message, unless another one is on its way."""
        if not self.idle.is_set():
            return False
        self.offered += 1
        self.last_arrived = False
        self._is_refused.clear()
        self.idle.clear()
        self._waiting.put((loads, now_ns))
        return True

    def wait(self, deadline: float) -> None:
        """Wait until nothing is on its way, or it is clear that it does not arrive, or the time has come."""
        while not (self.idle.is_set() or self._is_refused.is_set()) and time.monotonic() < deadline:
            self.idle.wait(0.05)

    def end(self) -> None:
        """Send no more, and give up what is on its way."""
        self._is_over = True
        self._waiting.put(None)
        if self._exporter is not None:
            self._exporter.shutdown()

    def run(self) -> None:
        """Send what is offered."""
        from opentelemetry.exporter.otlp.proto.http.metric_exporter import OTLPMetricExporter
        from opentelemetry.sdk.metrics.export import MetricExportResult

        from penstock.reporting.otlp.loads import message

        log = logging.getLogger(_LIBRARY)
        log.addHandler(_Reasons(self._refused))
        log.propagate = False  # it is told once, by us
        exporter = self._exporter = OTLPMetricExporter(endpoint=self._destination.endpoint)
        while (offered := self._waiting.get()) is not None:
            loads, now_ns = offered
            try:
                told = message(loads, now_ns, exponential=self._destination.is_exponential)
                self.last_arrived = exporter.export(told) is MetricExportResult.SUCCESS
            except Exception as error:  # noqa: BLE001 — whatever it is, the run goes on
                self._refused(f"{type(error).__name__}: {error}")
            self.failed += not self.last_arrived
            if self.last_arrived:
                self.arrived = loads
            self.idle.set()

    def _refused(self, reason: str) -> None:
        if self._is_over:  # what giving up gives is no reason
            return
        self.reason = reason
        self._is_refused.set()


class _Reasons(logging.Handler):
    """Takes the reason from what the library logs: it returns none."""

    def __init__(self, tell: Callable[[str], None]) -> None:
        super().__init__(logging.WARNING)
        self._tell = tell

    def emit(self, record: logging.LogRecord) -> None:
        """See `logging.Handler`."""
        text = record.getMessage()
        if "due to timeout" in text:  # what went wrong was logged before
            return
        found = _SYSTEM_ERROR.search(text)
        if found is not None:
            self._tell(found[1].strip())
        elif text.startswith("Failed to export metrics batch code: "):
            _, code, reason = record.args if isinstance(record.args, tuple) else ("", "", text)
            self._tell(f"HTTP status {code} {reason}" if code else str(reason)[:_LONGEST_REASON])
        else:
            self._tell(text[:_LONGEST_REASON])
