"""Which core does what, and how busy the cores were with work that is not ours."""

from __future__ import annotations

import os
import time
from dataclasses import dataclass
from pathlib import Path

TICKS_PER_S = os.sysconf("SC_CLK_TCK")

QUIET_CORES = 0.15
"""So little foreign CPU (in cores) lets a run begin."""


class TooFewCores(Exception):
    """The machine cannot keep client and server apart."""


@dataclass(frozen=True, slots=True)
class Cores:
    """The cores of the client, of the server, and of the harness (the server's, if there is no third)."""

    client: int
    server: int
    harness: int


def choose() -> Cores:
    """Return the first cores that this process may use. Raises `TooFewCores`."""
    usable = sorted(os.sched_getaffinity(0))
    if len(usable) < 2:
        raise TooFewCores("the benches need two cores: one for the client, one for the server")
    return Cores(usable[0], usable[1], usable[2] if len(usable) > 2 else usable[1])


def busy_s(*cores: int) -> float:
    """Return the seconds that these cores have worked since the start of the machine, stolen time included.

    Interrupts are left out: what they do here is the loopback traffic of the run itself.
    """
    names = {f"cpu{core}" for core in cores}
    total = 0
    for line in Path("/proc/stat").read_text(encoding="ascii").splitlines():
        name, *fields = line.split()
        if name in names:
            user, nice, system, _idle, _iowait, _irq, _softirq, steal = map(int, fields[:8])
            total += user + nice + system + steal
    return total / TICKS_PER_S


def process_cpu_s(pid: int) -> float:
    """Return user and system seconds of one process, without its children."""
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS_PER_S


def own_cpu_s() -> float:
    """Return user and system seconds of the harness."""
    times = os.times()
    return times.user + times.system


def await_quiet(cores: Cores, *, patience_s: float) -> None:
    """Return when both cores are quiet, or when patience is over: the run itself then shows the noise."""
    end = time.monotonic() + patience_s
    while time.monotonic() < end:
        began, busy, own = time.monotonic(), busy_s(cores.client, cores.server), own_cpu_s()
        time.sleep(0.3)
        span_s = time.monotonic() - began
        foreign_s = busy_s(cores.client, cores.server) - busy - (own_cpu_s() - own)
        if foreign_s / span_s < QUIET_CORES:
            return
