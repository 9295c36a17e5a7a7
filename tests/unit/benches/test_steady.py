"""The share of a core between start and end of a client."""

from __future__ import annotations

import os
import subprocess
import sys
import time

from benches.steady import SteadyWatch


def test_start_and_end_are_left_out() -> None:
    looks = [(0.0, 0.0), (1.9, 1.5), (2.0, 1.5), (3.0, 1.6), (5.0, 1.8), (5.5, 2.5), (6.0, 3.0)]
    share = SteadyWatch(0, looks).share
    assert share is not None
    assert round(share, 6) == 0.1


def test_a_short_run_has_none() -> None:
    assert SteadyWatch(0).share is None
    assert SteadyWatch(0, [(0.0, 0.0), (2.0, 1.0), (2.9, 1.1), (3.9, 1.2)]).share is None


def test_processes_are_looked_at() -> None:
    work = "import time\nwhile time.process_time() < 0.3: pass\ntime.sleep(30)"
    with subprocess.Popen([sys.executable, "-c", work]) as child:
        try:
            watch = SteadyWatch(os.getpid())
            end_s = time.monotonic() + 20
            while time.monotonic() < end_s and (not watch.looks or watch.looks[-1][1] < 0.2):
                watch.look()
                time.sleep(0.02)
        finally:
            child.kill()
    assert watch.looks[-1][1] >= 0.2
