"""A collector that takes nothing is told of once, and never waited for."""

from __future__ import annotations

import asyncio

import pytest

from penstock.metrics.snapshot import Snapshot
from penstock.reporting.exposition import LoadName
from penstock.reporting.otlp.state import LoadState

pytest.importorskip("opentelemetry.proto", reason="OpenTelemetry is not installed: penstock[otlp]")
from penstock.app.exporting import Destination, Exporting
from tests.apps.otlp import Collector

STATE = LoadState(LoadName("7", "shop"), 0, Snapshot.empty)


async def exported(url: str, changes: list[str], taken: list[LoadState]) -> Exporting:
    """Send a load until something is known of the collector, and once more."""

    async def sample() -> list[LoadState]:
        return [STATE]

    destination = Destination(f"{url}/v1/metrics", url, interval_s=0.2)
    async with Exporting(destination, sample, taken.extend, changes.append) as exporting:
        for _ in range(200):
            await asyncio.sleep(0.05)
            if changes or taken:
                break
    return exporting


def test_a_collector_that_is_away_is_told_once_with_the_reason_and_how_often() -> None:
    changes: list[str] = []
    taken: list[LoadState] = []
    exporting = asyncio.run(exported("http://127.0.0.1:9", changes, taken))
    assert changes == ["Connection refused"]
    assert not taken
    assert "messages with metrics were not taken by http://127.0.0.1:9 (Connection refused)" in exporting.warning
    assert exporting.warning.endswith("nor was the last one")


def test_what_a_collector_has_taken_is_told_to_who_keeps_it() -> None:
    changes: list[str] = []
    taken: list[LoadState] = []
    with Collector() as collector:
        asyncio.run(exported(collector.url, changes, taken))
        assert collector.messages
    assert taken[0] is STATE
