"""The README's first command: start the built-in target, run an example load test against it, leave the report."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
RESULTS = ["--html", "results/demo.html", "--json", "results/demo.json"]
PENSTOCK = [sys.executable, "-m", "penstock"]


def main() -> int:
    """Return the exit code of the run."""
    results = ROOT / "results"
    results.mkdir(exist_ok=True)
    target = subprocess.Popen(
        [*PENSTOCK, "target", "--port", "0"], stderr=subprocess.PIPE, text=True, cwd=ROOT, stdin=subprocess.DEVNULL
    )
    try:
        found = None
        for line in target.stderr or ():  # the target says where it listens; its other words are passed on
            sys.stderr.write(line)
            found = re.search(r"https?://\S+", line)
            if found:
                break
        if found is None:
            return target.wait() or 1
        run = subprocess.run(
            [*PENSTOCK, "run", "examples/shop.loadmill.json", "--base-url", found[0].rstrip("/.,"), *RESULTS],
            cwd=ROOT,
            check=False,
        )
        return run.returncode
    finally:
        target.terminate()
        target.wait(timeout=10)


if __name__ == "__main__":
    sys.exit(main())
