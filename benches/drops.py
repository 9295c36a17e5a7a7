"""`python -m benches.drops`: how fast test drops go up, and what memory one large file takes.

Microsoft's own client (`azure-storage-blob`) uploads the same files to the server's own storage and to Azurite, in
turns, each time to a fresh one on disk. The client runs in this process, which the numbers include.
"""

from __future__ import annotations

import argparse
import io
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
from azure.storage.blob import BlobClient, ContainerClient

from benches import install, results
from benches.cores import process_cpu_s
from benches.place import OUT
from benches.rounds import say
from penstock.blobs.azure import AzureBlobStore
from tests.apps import azurite
from tests.apps.penstock_server import PenstockServer

TITLE = results.DROPS
_MB = 1_000_000
_FILE_BYTES = 4 * 1024 * 1024
_LARGE_BYTES = 1024 * 1024 * 1024
_SMALL_BYTES = _LARGE_BYTES // 8
_WANTED_MB_S = 100


@dataclass(slots=True)
class Place:
    """What was measured of one storage, round by round: MB/s, and its CPU in ms a MB."""

    name: str
    rates: list[float] = field(default_factory=list)
    cpu_ms: list[float] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Large:
    """A file in blocks: its rate in MB/s; resident memory before it and at its peak, in MB."""

    size_mb: float
    rate: float
    before_mb: float
    peak_mb: float


class Zeros(io.RawIOBase):
    """So many bytes that the client need not hold."""

    def __init__(self, size: int) -> None:
        self._left = size

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        taken = self._left if size < 0 else min(size, self._left)
        self._left -= taken
        return bytes(taken)


@contextmanager
def own_storage(folder: Path) -> Iterator[tuple[int, str]]:
    """Start a server; gives its process and the address of a drop with its signature."""
    server = PenstockServer(folder / "data").start()
    try:
        assert server.process is not None
        drop = httpx.post(f"{server.url}/_apis/clt/testdrops", json={"dropType": 0}, auth=("", server.token)).json()
        access = drop["accessData"]
        yield server.process.pid, access["dropContainerUrl"] + access["sasKey"]
    finally:
        server.stop()


@contextmanager
def azurites_storage(folder: Path) -> Iterator[tuple[int, str]]:
    """Start Azurite, which keeps its data on disk too; gives the same."""
    program = azurite.program()
    if program is None:
        raise LookupError("Azurite cannot be had")
    account = azurite.Azurite(program, folder)
    account.start()
    try:
        store = AzureBlobStore(account.connection())
        store.open("drops")
        until = datetime.now(UTC) + timedelta(hours=2)
        grant = store.grant("drops", "drop", frozenset({"read", "create", "write"}), until)
        assert account.process is not None
        yield account.process.pid, f"{store.url}/drops?{grant.query}"
    finally:
        account.clean()


def measure(rounds: int, files: int, at_once: int) -> tuple[list[Place], list[Large]]:
    """Upload to both in turns, then large files to our own."""
    places = [Place("Penstock, own storage"), Place("Azurite, on disk")]
    data = os.urandom(_FILE_BYTES)
    for number in range(rounds):
        for place, start in zip(places, (own_storage, azurites_storage), strict=True):
            with tempfile.TemporaryDirectory(dir=OUT) as folder, start(Path(folder)) as (pid, url):
                _upload(place, pid, url, data, files, at_once)
            say(f"round {number + 1}: {place.name}: {place.rates[-1]:.0f} MB/s")
    with tempfile.TemporaryDirectory(dir=OUT) as folder, own_storage(Path(folder)) as (pid, url):
        large = [_upload_large(pid, url, size) for size in (_SMALL_BYTES, _LARGE_BYTES)]
    return places, large


def _upload(place: Place, pid: int, url: str, data: bytes, files: int, at_once: int) -> None:
    with ContainerClient.from_container_url(url) as drop, ThreadPoolExecutor(at_once) as threads:
        cpu_s, began = process_cpu_s(pid), time.perf_counter()
        for uploaded in [threads.submit(drop.upload_blob, f"{number}.dll", data) for number in range(files)]:
            uploaded.result()
        took_s = time.perf_counter() - began
    size_mb = files * len(data) / _MB
    place.rates.append(size_mb / took_s)
    place.cpu_ms.append((process_cpu_s(pid) - cpu_s) * 1000 / size_mb)


def _upload_large(pid: int, url: str, size: int) -> Large:
    before = _memory_mb(pid, "VmRSS")
    Path(f"/proc/{pid}/clear_refs").write_text("5")  # the peak counts from here on
    place, _, query = url.partition("?")
    began = time.perf_counter()
    with BlobClient.from_blob_url(f"{place}/large-{size}.csv?{query}") as blob:
        blob.upload_blob(Zeros(size), length=size)  # type: ignore[arg-type]
    took_s = time.perf_counter() - began
    return Large(size / _MB, size / _MB / took_s, before, _memory_mb(pid, "VmHWM"))


def _memory_mb(pid: int, name: str) -> float:
    status = Path(f"/proc/{pid}/status").read_text(encoding="utf-8")
    return next(int(line.split()[1]) / 1000 for line in status.splitlines() if line.startswith(f"{name}:"))


def render(places: list[Place], large: list[Large], files: int, at_once: int) -> str:
    """Return the section of the document."""
    own, other = places
    ratio = statistics.median(mine / theirs for mine, theirs in zip(own.rates, other.rates, strict=True))
    told = (
        f"{files} files of 4 MiB, {at_once} at a time, {len(own.rates)} rounds in turns; medians. "
        f"Client and storage share the machine's cores. To be kept: ≥ {_WANTED_MB_S} MB/s."
    )
    lines = [
        told,
        "",
        "| storage | MB/s (min–max) | its CPU ms/MB |",
        "|---|---:|---:|",
        *(
            f"| {one.name} | {statistics.median(one.rates):.0f} ({min(one.rates):.0f}–{max(one.rates):.0f}) | "
            f"{statistics.median(one.cpu_ms):.1f} |"
            for one in places
        ),
        "",
        f"Ratio of the rates, ours to Azurite's, in the same round: {ratio:.2f}.",
        "",
        "One file in blocks of 4 MiB, and the resident memory of the server:",
        "",
        "| file MB | MB/s | MB before | MB at its peak |",
        "|---:|---:|---:|---:|",
        *(f"| {one.size_mb:.0f} | {one.rate:.0f} | {one.before_mb:.0f} | {one.peak_mb:.0f} |" for one in large),
    ]
    return "\n".join(lines) + "\n"


def section(rounds: int = 3, files: int = 500, at_once: int = 1) -> tuple[str, bool]:
    """Measure and return the section, and whether the rate was kept."""
    problems = install.install(["azurite"])
    if problems:
        return f"Not measured: {problems[0]}\n", False
    OUT.mkdir(exist_ok=True)
    places, large = measure(rounds, files, at_once)
    kept = statistics.median(places[0].rates) >= _WANTED_MB_S
    return render(places, large, files, at_once), kept


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benches.drops", description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--files", type=int, default=500)
    parser.add_argument("--at-once", type=int, default=1, help="uploads at the same time (default 1)")
    results.add_output(parser)
    arguments = parser.parse_args()
    text, kept = section(arguments.rounds, arguments.files, arguments.at_once)
    print(results.put(TITLE, text, file=arguments.output))
    return 0 if kept else 1


if __name__ == "__main__":
    sys.exit(main())
