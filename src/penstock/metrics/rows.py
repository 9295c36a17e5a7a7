"""The tables of a summary: one row a request, group, journey, check, and kind of failure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

from penstock.metrics.histogram import Histogram
from penstock.metrics.latency import Latency
from penstock.metrics.measures import Series
from penstock.metrics.samples import Sample
from penstock.metrics.snapshot import Snapshot

RowKind = Literal["request", "group", "iteration", "page", "message"]

SampleKey = tuple[str, str, str, str]


@dataclass(frozen=True, slots=True)
class CheckRow:
    """How often a check held, and how often it did not.

    `series` is the request it was made on, or the journey (`series_kind` iteration) where there was none before it.
    """

    series_kind: RowKind
    series: str
    name: str
    held: int
    missed: int

    @property
    def count(self) -> int:
        """How often it was made."""
        return self.held + self.missed

    @property
    def held_share(self) -> float:
        """Share (0 to 1) that held; 0 when it was never made."""
        return self.held / self.count if self.count else 0.0


@dataclass(frozen=True, slots=True)
class ErrorRow:
    """Failures of one series for one reason, with the first of them as a sample if one was kept.

    `kind` is a word (`status`, `timeout`, `connect`, `check`, `script`, …), `share` is of all failures of the run.
    """

    series_kind: RowKind
    series: str
    kind: str
    message: str
    count: int
    share: float
    sample: Sample | None


@dataclass(frozen=True, slots=True)
class Row:
    """One request, group, page, message, one journey's iterations, or (`Summary.total`) all requests together.

    `response` and `service` are over all exchanges, failed ones with the time waited for them; `successful_response`
    and `successful_service` only over those that succeeded. `rate` is per second of the run, `share` the part
    (0 to 1) of the counts of its kind. `connect` counts the exchanges that had to open a connection; `phases` are
    those of `measures.EXCHANGE_PHASES` that occurred. `cached` is what a browser cache
    answered, which was not sent and is not in `count`.
    """

    kind: RowKind
    name: str
    count: int
    failed: int
    rate: float
    share: float
    bytes_sent: int
    bytes_received: int
    statuses: tuple[tuple[str, int], ...]
    checks: tuple[CheckRow, ...]
    errors: tuple[ErrorRow, ...]
    response: Latency
    service: Latency
    successful_response: Latency
    successful_service: Latency
    connect: Latency
    phases: tuple[tuple[str, Latency], ...] = ()
    cached: int = 0

    @property
    def successful(self) -> int:
        """How many succeeded."""
        return self.count - self.failed

    @property
    def failed_share(self) -> float:
        """Share (0 to 1) that failed; 0 when there was none."""
        return self.failed / self.count if self.count else 0.0


def rows_of(kind: RowKind, total: Snapshot, seconds: float) -> tuple[Row, ...]:
    """Return a row for each series of one kind, by name; rates are taken over `seconds`."""
    samples = {sample.key: sample for sample in total.samples}
    failures = _failures(total, of_groups=kind == "group")
    series = {name: series for (other, name), series in total.series.items() if other == kind}
    everything = sum(one.count for one in series.values())
    return tuple(
        row_of(kind, name, one, seconds, everything, errors_of(kind, name, one, failures, samples))
        for name, one in sorted(series.items())
    )


def row_of(
    kind: RowKind, name: str, series: Series, seconds: float, everything: int, errors: tuple[ErrorRow, ...]
) -> Row:
    """Return the row of one series; `everything` is the count that its share is of."""
    response, service = Latency.of(series.response), Latency.of(series.service)
    return Row(
        kind=kind,
        name=name,
        count=series.count,
        failed=series.failed,
        rate=series.count / seconds if seconds else 0.0,
        share=series.count / everything if everything else 0.0,
        bytes_sent=series.bytes_sent,
        bytes_received=series.bytes_received,
        statuses=tuple(sorted(series.statuses.items())),
        checks=tuple(CheckRow(kind, name, check, *counts) for check, counts in sorted(series.checks.items())),
        errors=errors,
        response=_with_failed(response, series.failed_response),
        service=_with_failed(service, series.failed_service),
        successful_response=response,
        successful_service=service,
        connect=Latency.of(series.connect),
        phases=tuple((phase, Latency.of(took)) for phase, took in series.phases.items()),
        cached=series.cached,
    )


def _with_failed(successful: Latency, failed: Histogram) -> Latency:
    return Latency.of(successful.histogram + failed) if failed.count else successful


def errors_of(
    kind: RowKind, name: str, series: Series, failures: int, samples: Mapping[SampleKey, Sample]
) -> tuple[ErrorRow, ...]:
    """Return the failures of one series, the most frequent first; `failures` is what their share is of."""
    return by_count(
        ErrorRow(
            series_kind=kind,
            series=name,
            kind=error,
            message=message,
            count=count,
            share=count / failures if failures else 0.0,
            sample=samples.get((kind, name, error, message)),
        )
        for (error, message), count in series.errors.items()
        if count
    )


def by_count(errors: Iterable[ErrorRow]) -> tuple[ErrorRow, ...]:
    """Return the rows with the most frequent first, else by their texts."""
    return tuple(sorted(errors, key=lambda row: (-row.count, row.series_kind, row.series, row.kind, row.message)))


def _failures(total: Snapshot, *, of_groups: bool) -> int:
    """Return how many failures were counted; what a group counts are failures of its requests once more."""
    return sum(
        sum(series.errors.values())
        for (kind, _), series in total.series.items()
        if (kind == "group") is of_groups and kind != "tag"
    )
