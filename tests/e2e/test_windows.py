"""Thresholds over sliding windows, of groups, tags and against each other, that stop the run when they are missed."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.apps import Answer, Recorder, Request
from tests.e2e.conftest import Command

pytestmark = pytest.mark.e2e

FLOW = """
from penstock.script import Options, group, http, sleep

options = Options(users=2, duration="30s")


async def journey(user):
    async with group("checkout"):
        await http.get("/pay", name="pay", tags=("money",))
    await http.get("/look", name="look")
    await sleep(0.02)
"""


@pytest.fixture
def shop() -> Iterator[Recorder]:
    """A shop that is quick for two seconds, and slow to take money from then on."""
    began = time.monotonic()
    never = threading.Event()

    def answer(request: Request) -> Answer:
        if request.target == "/pay" and time.monotonic() - began > 2:
            never.wait(0.8)
        return Answer()

    with Recorder(script=answer) as started:
        yield started


@pytest.mark.parametrize(
    ("threshold", "reason"),
    [
        ("p95[pay] < 250ms over 2s stop", "a request over a window"),
        ("p95[group:checkout] < 250ms over 2s stop", "a group"),
        ("p95[tag:money] < 250ms over 2s stop", "a tag"),
        ("avg[pay] < 10 * avg[look] over 2s stop", "against another measure"),
    ],
)
def test_a_window_that_misses_stops_the_run_with_its_reason(
    penstock: Command, tmp_path: Path, shop: Recorder, threshold: str, reason: str
) -> None:
    (tmp_path / "flow.py").write_text(FLOW)
    began = time.monotonic()
    ended = penstock("run", "flow.py", "--base-url", shop.url, "--threshold", threshold, "--json", "-", expect=99)
    assert time.monotonic() - began < 25, "it did not wait for the end of the load"
    told: dict[str, Any] = ended.json()
    (found,) = told["verdict"]["thresholds"]
    assert (found["text"], found["passed"]) == (threshold, False), reason
    assert threshold in " ".join([*told["verdict"]["reasons"], told["run"]["message"] or ""])
    assert told["run"]["end"] == "stopped"


def test_a_window_that_holds_lets_the_run_finish(penstock: Command, tmp_path: Path) -> None:
    (tmp_path / "flow.py").write_text(FLOW)
    with Recorder() as shop:
        ended = penstock(
            *("run", "flow.py", "--base-url", shop.url, "--duration", "3s", "--json", "-"),
            *("--threshold", "failed[pay] < 50% over 2s stop"),
        )
    assert ended.json()["run"]["end"] == "finished"
