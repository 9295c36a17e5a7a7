"""`python -m benches.server`: what the server takes and how fast it answers, against the figures it is to keep."""

from __future__ import annotations

import argparse
import asyncio
import datetime
import json
import random
import statistics
import tempfile
import time
import uuid
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
from sqlalchemy import delete

from benches import results
from benches.rounds import say
from penstock.metrics.histogram import Histogram
from penstock.metrics.measures import Agent, Iterated, Lags, Series
from penstock.metrics.series import Timeline
from penstock.metrics.snapshot import Snapshot
from penstock.model import Threshold, codec
from penstock.runs.plan import Plan
from penstock.runs.run import Run, RunId
from penstock.runs.state import RunState
from penstock.runs.stored import FlowRun, RunKind, StoredRun
from penstock.runs.watch import Watch
from penstock.services.conclusion import judged
from penstock.services.keeping import Keeper, keep_measured
from penstock.store import SqlStore, open_store
from penstock.store.tables import conclusions, packed_snapshots, snapshots
from tests.apps import Recorder
from tests.apps.penstock_server import PenstockServer

TITLE = results.SERVER
_SERIES = 50
_UNDER_WAY = 20
"""So many suite runs are asked for ahead of those that have ended."""


def main() -> int:
    arguments = _arguments().parse_args()
    text, _ = section(arguments.suite_runs, arguments.seconds)
    print(results.put(TITLE, text, file=arguments.output))
    return 0


def section(suite_runs: int = 2000, seconds: int = 600) -> tuple[str, bool]:
    """Measure and return the section; nothing of it is judged, since it holds times."""
    rows: list[str] = []
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder) / "data"
        server = PenstockServer(data, ("--allow-private-targets",)).start()
        try:
            with server.client() as client, Recorder() as target:
                me = client.get("/me").json()
                store = open_store("", data)
                try:
                    _flow_runs(rows, store, me, client)
                finally:
                    store.close()
                _suite_runs(rows, server, client, target.url, suite_runs)
        finally:
            server.stop()
        if seconds:
            for rate in (100, 1000):
                _load(rows, Path(folder), seconds, rate)
    return "\n".join(["| what | measured | to be kept |", "|---|---:|---:|", *rows]) + "\n", True


def _arguments() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benches.server", description=__doc__)
    parser.add_argument("--suite-runs", type=int, default=2000, help="how many small suite runs (default 2000)")
    parser.add_argument("--seconds", type=int, default=600, help="length of the load whose store is measured")
    results.add_output(parser)
    return parser


def _told(rows: list[str], what: str, value: str, wanted: str) -> None:
    rows.append(f"| {what} | {value} | {wanted} |")
    say(f"{what:<62} {value:>14}   {wanted}")


def _stored(me: dict[str, Any], kind: RunKind) -> StoredRun:
    now = datetime.datetime.now(datetime.UTC)
    run = Run(RunId(str(uuid.uuid4())), "bench", now).to(RunState.QUEUED, now).to(RunState.STOPPED, now)
    return StoredRun(run, me["team"], kind, None, 1, me["user"])


def _flow_runs(rows: list[str], store: SqlStore, me: dict[str, Any], client: httpx.Client) -> None:
    run, now = _stored(me, RunKind.SUITE), datetime.datetime.now(datetime.UTC)
    facts = {"requests": 3, "mean_ms": 1.5, "duration_ms": 5, "reason": "", "counts": True, "labels": ["a"]}
    exchange = {"kind": "request", "url": "http://shop/items", "response": {"status": 200, "body": "x" * 3000}}
    recording = json.dumps({"recording": {"entries": [exchange] * 3}}).encode()
    with store.write() as work:
        work.runs.add(run)
        for place in range(1000):
            attempt = FlowRun(str(uuid.uuid4()), run.id, place, f"flow {place}", "passed", started=now, facts=facts)
            work.flow_runs.put(attempt, recording)
    ids = [one["id"] for one in client.get(f"/runs/{run.id}/flows").json()]
    assert len(ids) == 1000, len(ids)
    listing_ms = _median_ms(lambda: client.get(f"/runs/{run.id}/flows"))
    _told(rows, "list 1,000 finished flow runs (median of 15)", listing_ms, "≤ 50 ms")
    with httpx.Client(base_url=f"{client.base_url.copy_with(path='/api')}", headers=client.headers) as loadmill:
        assert len(loadmill.get(f"test-suites-runs/{run.id}").json()["testSuiteFlowRuns"]) == 1000
        listing_ms = _median_ms(lambda: loadmill.get(f"test-suites-runs/{run.id}"))
    _told(rows, "the same as Loadmill's API tells it", listing_ms, "≤ 50 ms")
    chance = random.Random(1)
    _told(rows, "open one of them", _median_ms(lambda: client.get(f"/flow-runs/{chance.choice(ids)}")), "≤ 100 ms")


def _median_ms(call: Callable[[], httpx.Response], times: int = 15) -> str:
    took = []
    for _ in range(times):
        begun = time.perf_counter()
        call().raise_for_status()
        took.append((time.perf_counter() - begun) * 1000)
    return f"{statistics.median(took):.0f} ms"


def _suite_runs(rows: list[str], server: PenstockServer, client: httpx.Client, target: str, times: int) -> None:
    text = json.dumps(_suite(target))
    source = {"entry": "suite.json", "files": [{"name": "suite.json", "text": text}]}
    waiting: list[str] = []
    memory: list[float] = []
    begun = time.perf_counter()
    for done in range(1, times + 1):
        answer = client.post("/suite-runs", json={"source": source, "suite": {"no_think": True}})
        waiting.append(str(answer.raise_for_status().json()["id"]))
        if len(waiting) >= _UNDER_WAY:
            _wait(client, waiting.pop(0))
        if done % max(1, times // 10) == 0:
            memory.append(_resident_mb(server))
    for id in waiting:
        _wait(client, id)
    took_s = time.perf_counter() - begun
    if times:
        _told(rows, f"suite runs (3 flows of 3 requests) a minute, over {times}", f"{times / took_s * 60:.0f}", "≥ 200")
        _told(
            rows, "memory of the server at each tenth of them", " ".join(f"{one:.0f}" for one in memory) + " MB", "flat"
        )


def _suite(target: str) -> dict[str, Any]:
    def flow(place: int) -> dict[str, Any]:
        requests = [{"url": f"{target}/{name}", "description": f"r{name}", "delay": 50} for name in range(3)]
        meta = {"description": f"flow {place}"}
        return {"id": str(uuid.UUID(int=place)), "order": place, "conf": {"meta": meta, "requests": requests}}

    return {"conf": {"meta": {"description": "shop"}}, "flows": [flow(place) for place in (1, 2, 3)]}


def _wait(client: httpx.Client, id: str) -> None:
    ends = time.monotonic() + 120
    while (state := client.get(f"/runs/{id}").json()["state"]) not in ("passed", "failed", "error", "stopped"):
        if time.monotonic() > ends:
            raise TimeoutError(f"run {id} is {state} after two minutes")
        time.sleep(0.05)
    if state != "passed":
        raise AssertionError(f"run {id} has {state}")


def _resident_mb(server: PenstockServer) -> float:
    assert server.process is not None
    status = Path(f"/proc/{server.process.pid}/status").read_text(encoding="utf-8")
    (line,) = [line for line in status.splitlines() if line.startswith("VmRSS")]
    return int(line.split()[1]) / 1024


def _load(rows: list[str], folder: Path, seconds: int, rate: int) -> None:
    """Put the measurements of a long load in the place of a small one's; tell their size and how long reports take."""
    server = PenstockServer(folder / f"load-{rate}", ("--allow-private-targets",)).start()
    with server.client() as client, Recorder() as target:
        run = _small_load(client, target.url)
    server.stop()
    store = open_store("", server.data)
    with store.engine.connect().execution_options(writes=True) as connection, connection.begin():
        for table in (snapshots, packed_snapshots, conclusions):
            connection.execute(delete(table).where(table.c.run == run))
    before_mb = _used_mb(store)
    timeline = asyncio.run(_keep(store, run, seconds, rate))
    hour_mb = (_used_mb(store) - before_mb) * 3600 / seconds
    thresholds: tuple[Threshold, ...] = ()
    with store.read() as work:
        plan: Plan = codec.decode_as(Plan, work.runs.work(run) or b"")
    keep_measured(store, run, judged(replace(plan, thresholds=thresholds), timeline, Watch(thresholds)))
    end_mb = _used_mb(store) - before_mb - hour_mb * seconds / 3600
    store.close()
    what = f"store of a load of {_SERIES} series, {rate:,} requests a second"
    _told(rows, f"{what}, for an hour", f"{hour_mb + end_mb:.1f} MB", "≤ 20 MB")
    _told(rows, f"of it what its report rests on, measured over {seconds:,} s", f"{end_mb:.1f} MB", "")
    server.start()
    try:
        with server.client() as client:
            for form in ("json", "html"):
                took = _median_ms(lambda form=form: client.get(f"/runs/{run}/report", params={"format": form}), 5)  # type: ignore[misc]
                _told(rows, f"its report as {form}", took, "well below 1 s")
            store = open_store("", server.data)
            with store.engine.connect().execution_options(writes=True) as connection, connection.begin():
                connection.execute(delete(conclusions))
            store.close()
            took = _median_ms(lambda: client.get(f"/runs/{run}/report", timeout=600), 1)
            _told(rows, "its report as HTML made from its seconds, after a crash", took, "once")
    finally:
        server.stop()


def _small_load(client: httpx.Client, target: str) -> str:
    request = {"url": f"{target}/items", "description": "items", "delay": 50}
    configuration = {"duration": 60_000, "concurrency": 1, "rampUp": 0, "maxIterations": 5, "requests": [request]}
    source = {"entry": "test.json", "files": [{"name": "test.json", "text": json.dumps(configuration)}]}
    run = str(client.post("/runs", json={"source": source}).raise_for_status().json()["id"])
    _wait(client, run)
    return run


def _used_mb(store: SqlStore) -> float:
    """Return the size of the file without pages that are free again: those do not grow with the length of a run."""
    with store.engine.connect() as connection:
        pages, free, size = (
            int(connection.exec_driver_sql(f"PRAGMA {what}").scalar_one())
            for what in ("page_count", "freelist_count", "page_size")
        )
    return (pages - free) * size / 1e6


async def _keep(store: SqlStore, run: str, seconds: int, rate: int) -> Timeline:
    keeper, timeline = Keeper(store, run), Timeline()
    chance = random.Random(1)
    for second in range(seconds):
        measured = _measured(chance, second, rate)
        timeline.add(measured)
        await keeper.add(measured)
        await asyncio.sleep(0.002)
    await keeper.finish()
    return timeline


def _measured(chance: random.Random, second: int, rate: int) -> Snapshot:
    """Return one second of 50 requests with all their phases, a new connection for each twentieth exchange."""
    series = {}
    for place in range(_SERIES):
        count = sum(chance.random() < 0.5 for _ in range(2 * rate // _SERIES))
        if not count:
            continue
        waited = [int(chance.lognormvariate(16 + place / 25, 0.6)) for _ in range(count)]
        received = [int(chance.lognormvariate(11, 0.5)) for _ in range(count)]
        service = [one + other for one, other in zip(waited, received, strict=True)]
        response = [one + int(chance.lognormvariate(10.5, 0.7)) for one in service]
        sent = Histogram.of(int(chance.lognormvariate(9.5, 0.4)) for _ in range(count))
        opened = Histogram.of(int(chance.lognormvariate(12, 0.4)) for _ in range(count) if chance.random() < 0.05)
        phases = {"send": sent, "wait": Histogram.of(waited), "receive": Histogram.of(received)}
        series["request", f"GET /api/v2/resources/{place}"] = Series(
            count=count,
            bytes_sent=count * 212,
            bytes_received=sum(chance.randint(800, 9000) for _ in range(count)),
            statuses={"200": count},
            checks={"status is 200": (count, 0)},
            service=Histogram.of(service),
            response=Histogram.of(response),
            connect=opened,
            phases={"tcp": opened, **phases} if opened.count else phases,
        )
    agent = Agent(
        cpu_us=chance.randint(300_000, 400_000),
        wall_us=1_000_000,
        rss_bytes=100_000_000 + chance.randint(0, 9) * 4096,
        open_connections=50,
        peak_users=50,
    )
    late, lag, loop = (
        Histogram.of(int(chance.lognormvariate(10, 0.6)) for _ in range(times)) for times in (rate, rate, 1000)
    )
    return Snapshot(
        span=(second, second),
        agents={"0/1": agent},
        user_us=50_000_000,
        iterations=Iterated(started=rate // 10, finished=rate // 10),
        series=series,
        lags=Lags(late, lag, loop),
    )


if __name__ == "__main__":
    raise SystemExit(main())
