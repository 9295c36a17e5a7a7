"""A server that answers by a script, stalls of seconds included, against the percentiles that a run reports.

What must come out is computed from the script and from when the server received each request; the run's own clock and
histograms have no part in it. Of some tries the best counts, since a busy machine lengthens what nobody measured.
"""

from __future__ import annotations

import json
import math
import random
import shlex
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from tests.apps import Request, Slow
from tests.e2e.conftest import Command

pytestmark = [pytest.mark.e2e, pytest.mark.alone]

FLOW = """
from penstock.script import http
async def journey(user):
    await http.get("/answer", name="answer")
"""

SHARES = {"p50_s": 0.5, "p90_s": 0.9, "p95_s": 0.95, "p99_s": 0.99}
WITHIN = 0.01
BASE_S = 0.25


class Stall:
    """Answers after `BASE_S`; what comes while the server stalls is looked at when that is over.

    The time runs from the first request on, which a run sends when it begins.
    """

    def __init__(self, begins_s: float, ends_s: float) -> None:
        self._begins_s = begins_s
        self._ends_s = ends_s
        self._exchanges: list[tuple[float, float]] = []
        self._lock = threading.Lock()

    def __call__(self, request: Request, _number: int) -> float:
        received_s = request.received_ns / 1e9
        with self._lock:
            first_s = self._exchanges[0][0] if self._exchanges else received_s
            at_s = received_s - first_s
            delay_s = BASE_S + (self._ends_s - at_s if self._begins_s <= at_s < self._ends_s else 0.0)
            self._exchanges.append((received_s, delay_s))
        return delay_s

    def responses_s(self, rate: float) -> list[float]:
        """How long each request took from when it was due, at so many a second: in order, one after the other.

        The run began so long before that none of them came too early, and the most punctual one just in time.
        """
        exchanges = sorted(self._exchanges)
        began_s = min(received_s - number / rate for number, (received_s, _) in enumerate(exchanges))
        return [
            received_s + delay_s - (began_s + number / rate) for number, (received_s, delay_s) in enumerate(exchanges)
        ]


def reported(penstock: Command, folder: Path, target: Slow, options: str) -> Any:
    path = folder / "flow.py"
    path.write_text(FLOW)
    given = ["--base-url", target.url, "--json", "-", "--quiet", *shlex.split(options)]
    return json.loads(penstock("run", path, *given).stdout)["totals"]["requests"]["all"]


def percentile(values: Sequence[float], share: float) -> float:
    """By nearest rank."""
    return sorted(values)[max(1, math.ceil(share * len(values))) - 1]


def worst_error(found: dict[str, float], truth: Sequence[float]) -> float:
    return max(abs(found[name] / percentile(truth, share) - 1) for name, share in SHARES.items())


def least_error(measure: Callable[[], float]) -> float:
    """The error of the least disturbed try."""
    errors = []
    for _ in range(6):
        errors.append(measure())
        if errors[-1] <= WITHIN:
            break
        time.sleep(0.5)
    return min(errors)


def test_percentiles_are_those_of_a_known_script(penstock: Command, tmp_path: Path) -> None:
    chance = random.Random(5)
    script = [min(1.0, 0.15 + chance.expovariate(1 / 0.12)) for _ in range(200)]

    def measure() -> float:
        with Slow(script) as target:
            found = reported(penstock, tmp_path, target, "--users 50 --total-iterations 200 --duration 30s --workers 1")
            assert found["service"]["count"] == 200
            return worst_error(found["service"], target.delays_s)

    assert least_error(measure) <= WITHIN


def test_starts_that_fall_into_a_stall_count_from_when_they_were_due(penstock: Command, tmp_path: Path) -> None:
    def measure() -> float:
        stall = Stall(0.5, 2.0)
        with Slow(stall) as target:
            found = reported(
                penstock, tmp_path, target, "--rate 100 --arrivals even --max-users 400 --duration 2500ms --workers 1"
            )
        truth = stall.responses_s(100)
        assert len(truth) == found["response"]["count"] == 250
        assert percentile(truth, 0.9) > 4 * BASE_S, "the stall is seen in the percentiles"
        return worst_error(found["response"], truth)

    assert least_error(measure) <= WITHIN


def test_requests_of_a_rate_count_from_their_slots_while_users_wait_for_the_server(
    penstock: Command, tmp_path: Path
) -> None:
    """Twenty users hold 40 requests a second while the server stalls for a second, and then catch up."""

    def measure() -> float:
        stall = Stall(0.5, 1.5)
        with Slow(stall) as target:
            found = reported(penstock, tmp_path, target, "--requests-rate 40 --users 20 --duration 4s --workers 1")
        truth = stall.responses_s(40)
        assert 160 <= len(truth) <= 180, "users who wait for a slot at the end of the load still get one"
        assert percentile(truth, 0.9) > 2 * BASE_S, "the stall is seen in the percentiles"
        service = found["service"]
        assert service["p90_s"] < found["response"]["p90_s"], "the service alone does not tell who waited for a user"
        return worst_error(found["response"], truth)

    assert least_error(measure) <= WITHIN
