"""`python -m benches.polling`: what it costs the server that many watch a run's counters.

Each client asks once a second for 50 counters of a run under way, from the interval after its last, as clients of the
cloud load test service do. The run samples each second, so that every answer holds new numbers. What the server takes
with nobody watching is measured in the same run, before, and subtracted.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from benches import results
from benches.cores import process_cpu_s
from benches.place import OUT
from benches.rounds import say
from tests.apps import Recorder
from tests.apps.penstock_server import PenstockServer, wait_until
from tests.server.vs_loads import load_test, web_test

TITLE = results.POLLING
_CLT = "/_apis/clt"
_WANTED_CORE = 0.10
_PAGES = 20
"""Each has counters of its own; there must be more than a client asks for."""


@dataclass(frozen=True, slots=True)
class Watched:
    """Shares of a core; counts of polls, failed ones and samples."""

    clients: int
    counters: int
    alone: float
    watched: float
    polls: int
    failures: int
    samples: int

    @property
    def cost(self) -> float:
        """The share of a core that the watching took."""
        return self.watched - self.alone


class _Watcher:
    """One client; it goes on where it was."""

    def __init__(self, url: str, token: str, run: str, counters: list[str], delay_s: float) -> None:
        self._client = httpx.Client(base_url=url, auth=("", token), timeout=30)
        self._path = f"{_CLT}/testruns/{run}/countersamples"
        self._last = dict.fromkeys(counters, -1)
        self._delay_s = delay_s
        self.counters = len(counters)
        self.polls = 0
        self.failures = 0
        self.samples = 0

    def watch(self, polls: int) -> None:
        """Ask so often, once a second."""
        begins = time.monotonic() + self._delay_s
        for number in range(polls):
            time.sleep(max(0.0, begins + number - time.monotonic()))
            asked = [{"counterInstanceId": id, "fromInterval": last + 1} for id, last in self._last.items()]
            answer = self._client.post(self._path, json={"count": len(asked), "value": asked})
            self.polls += 1
            if answer.status_code == 200:
                self._take(answer.json())
            else:
                self.failures += 1

    def _take(self, found: dict[str, Any]) -> None:
        self.samples += found["totalSamplesCount"]
        for counter in found["values"]:
            if counter["values"]:
                self._last[counter["counterInstanceId"]] = counter["values"][-1]["intervalNumber"]


def measure(clients: int = 20, counters: int = 50, seconds: int = 10, turns: int = 3) -> Watched:
    """Start a server and a run, and watch it now and then: what the server does from time to time falls on both."""
    OUT.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(dir=OUT) as folder, Recorder() as target:
        server = PenstockServer(Path(folder) / "data", ("--allow-private-targets",)).start()
        try:
            with httpx.Client(base_url=server.url, auth=("", server.token), timeout=30) as client:
                run = _begun(client, target.url, 4 * seconds * turns)
                ids = wait_until(lambda: _ids(client, run, counters))
                assert isinstance(ids, list)
                watchers = [_Watcher(server.url, server.token, run, ids, place / clients) for place in range(clients)]
                found = _watched(server, watchers, seconds, turns)
                client.patch(f"{_CLT}/testruns/{run}", json={"state": "aborted"})
                return found
        finally:
            server.stop()


def _watched(server: PenstockServer, watchers: list[_Watcher], seconds: int, turns: int) -> Watched:
    assert server.process is not None
    pid, alone, watched = server.process.pid, [], []
    with ThreadPoolExecutor(len(watchers)) as threads:
        for _ in range(turns):
            alone.append(_core(pid, seconds))
            watching = [threads.submit(one.watch, seconds + 2) for one in watchers]
            time.sleep(1.5)  # the first answers hold all that was before
            watched.append(_core(pid, seconds))
            for one in watching:
                one.result()
    sums = [sum(getattr(one, name) for one in watchers) for name in ("polls", "failures", "samples")]
    return Watched(len(watchers), watchers[0].counters, statistics.mean(alone), statistics.mean(watched), *sums)


def _begun(client: httpx.Client, target: str, seconds: int) -> str:
    drop = client.post(f"{_CLT}/testdrops", json={"dropType": 0}).json()
    access = drop["accessData"]
    files = {
        "home.loadtest": load_test(seconds=seconds),
        "home.webtest": web_test(*(f"{target}/{number}" for number in range(_PAGES))),
    }
    for name, content in files.items():
        url = f"{access['dropContainerUrl']}/{name}{access['sasKey']}"
        httpx.put(url, headers={"x-ms-blob-type": "BlockBlob"}, content=content).raise_for_status()
    wish = {"name": "home.loadtest", "testDrop": {"id": drop["id"]}}
    run = str(client.post(f"{_CLT}/testruns", json=wish).raise_for_status().json()["id"])
    client.patch(f"{_CLT}/testruns/{run}", json={"state": "queued"}).raise_for_status()
    return run


def _ids(client: httpx.Client, run: str, counters: int) -> list[str] | None:
    if (state := client.get(f"{_CLT}/testruns/{run}").json()["state"]) not in ("queued", "inProgress"):
        raise AssertionError(f"the run is {state}")
    query = {"groupNames": "Performance,Throughput"}
    found = client.get(f"{_CLT}/testruns/{run}/counterinstances", params=query).json()["value"]
    return [one["counterInstanceId"] for one in found[:counters]] if len(found) >= counters else None


def _core(pid: int, seconds: int) -> float:
    """Return the share of a core that the server's own process takes; the load has processes of its own."""
    before, began = process_cpu_s(pid), time.monotonic()
    time.sleep(seconds)
    return (process_cpu_s(pid) - before) / (time.monotonic() - began)


def render(found: Watched) -> str:
    """Return the section of the document."""
    return (
        f"{found.clients} clients ask each second for {found.counters} counters of a run that samples each second, "
        f"from the interval after their last; {found.polls} polls brought {found.samples} samples, "
        f"{found.failures} failed. Watched and not, in turns. To be kept: ≤ {_WANTED_CORE:.0%} of a core.\n\n"
        "| the server's process | share of a core |\n|---|---:|\n"
        f"| with nobody watching | {found.alone:.1%} |\n"
        f"| watched | {found.watched:.1%} |\n"
        f"| what the watching costs | {found.cost:.1%} |\n"
    )


def section() -> tuple[str, bool]:
    """Measure and return the section, and whether the cost was kept."""
    found = measure()
    say(f"watching costs {found.cost:.1%} of a core")
    return render(found), found.cost <= _WANTED_CORE and not found.failures


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benches.polling", description=__doc__)
    results.add_output(parser)
    arguments = parser.parse_args()
    text, kept = section()
    print(results.put(TITLE, text, file=arguments.output))
    return 0 if kept else 1


if __name__ == "__main__":
    sys.exit(main())
