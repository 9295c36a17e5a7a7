"""What loads measure goes from a server to a collector of OpenTelemetry."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.apps import Recorder
from tests.apps.penstock_server import PenstockServer, wait_until
from tests.server.loads import launch, until

pytest.importorskip("opentelemetry.proto", reason="OpenTelemetry is not installed: penstock[otlp]")
from tests.apps.otlp import Collector, labels, points, total


def test_a_collector_gets_the_loads_of_a_server_to_their_last_number(tmp_path: Path) -> None:
    with Recorder() as target, Collector() as collector:
        server = PenstockServer(
            tmp_path / "data",
            ("--allow-private-targets", "--otlp-endpoint", collector.url),
            {"OTEL_METRIC_EXPORT_INTERVAL": "200"},
        ).start()
        try:
            with server.client() as client:
                run = launch(client, target.url, concurrency=2, maxIterations=20)
                until(client, run)
                report = client.get(f"/runs/{run}/report", params={"format": "json"}).json()
            whole = report["totals"]["requests"]["count"]

            def arrived() -> bool:
                told = collector.messages
                if not told or any(
                    total(told[-1], f"penstock.load.{what}", run=run) for what in ("users", "agent.cpu")
                ):
                    return False  # it says what the load did while it lasted
                return total(told[-1], "penstock.load.requests", run=run) == whole

            wait_until(arrived)
            last = collector.messages[-1]
            (users,) = points(last["penstock.load.users"], run=run)
            assert labels(users) == {"run": run, "name": "shop", "team": "default"}
            collector.clear()
        finally:
            assert server.stop() == 0
        assert not collector.messages, "what is over is told once"
