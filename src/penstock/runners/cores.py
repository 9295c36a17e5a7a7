"""How many cores of a machine may be used."""

from __future__ import annotations

import os
from pathlib import Path


def available_cores() -> int:
    """Return how many cores this process may use: those it may run on, and no more than its control group pays for."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return max(1, min(cores, int(_quota_cores() or cores)))


def _quota_cores() -> float | None:
    """Return the processor time that the control group may use, in cores; None where it has no limit."""
    try:
        quota, period = Path("/sys/fs/cgroup/cpu.max").read_text().split()[:2]
        return None if quota == "max" else int(quota) / int(period)
    except (OSError, ValueError):
        pass
    try:  # the first version of control groups
        folder = Path("/sys/fs/cgroup/cpu")
        used = int((folder / "cpu.cfs_quota_us").read_text())
        return None if used <= 0 else used / int((folder / "cpu.cfs_period_us").read_text())
    except (OSError, ValueError, ZeroDivisionError):
        return None
