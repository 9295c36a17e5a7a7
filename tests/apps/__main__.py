"""Start a target by hand: `python -m tests.apps recorder`; without a name it lists them."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable

from tests.apps import FAULTS, Authority, Chunks, Faulty, Recorder, Redirects, Server, Slow

CATALOGUE: dict[str, Callable[[], Server]] = {
    "recorder": Recorder,
    "slow": Slow,
    "redirects": Redirects,
    "chunks": Chunks,
    "tls": lambda: Recorder(context=Authority().context(), host="localhost"),
    "tls-expired": lambda: Recorder(context=Authority().context(expired=True), host="localhost"),
    "tls-wrong-host": lambda: Recorder(context=Authority().context("elsewhere.example"), host="localhost"),
    **{fault: lambda fault=fault: Faulty(fault) for fault in FAULTS},  # type: ignore[misc]
}


def main(arguments: list[str]) -> int:
    """Serve until Ctrl-C; returns the exit code."""
    if len(arguments) != 1 or arguments[0] not in CATALOGUE:
        print("usage: python -m tests.apps NAME\n\n" + "\n".join(CATALOGUE))  # noqa: T201 — a command's own words
        return 2
    with CATALOGUE[arguments[0]]() as target:
        print(f"{arguments[0]} at {target.url}", flush=True)  # noqa: T201 — a command's own words
        try:
            threading.Event().wait()
        except KeyboardInterrupt:
            return 0
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
