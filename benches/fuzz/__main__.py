"""`python -m benches.fuzz`: fuzz every reader of other people's files, and say which input broke one.

python -m benches.fuzz --seconds 60              a minute each
python -m benches.fuzz --only loadtest archive
python -m benches.fuzz --runs 500 --seed 7       the same inputs each time: what the tests do
python -m benches.fuzz --input FILE --only NAME  hand one input to a reader again
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
from pathlib import Path

from benches.fuzz.targets import TARGETS, TOGETHER, run, target_named

_LONGEST_INPUT_S = 10
_MOST_MEMORY_MB = 2048


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benches.fuzz", description=__doc__)
    parser.add_argument("--only", nargs="+", choices=[*TARGETS, TOGETHER], default=list(TARGETS), metavar="NAME")
    parser.add_argument("--seconds", type=int, default=30, help="how long each (default 30)")
    parser.add_argument("--runs", type=int, help="how many inputs each, instead of a time")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--folder", type=Path, help="keeps corpus and broken inputs (default: a new one)")
    parser.add_argument("--input", type=Path, help="one input, for the readers of --only")
    given = parser.parse_args()
    if given.input is not None:
        for name in given.only:
            run(target_named(name), given.input.read_bytes())
        return 0
    folder = given.folder or Path(tempfile.mkdtemp(prefix="penstock-fuzz-"))
    limit = [f"-runs={given.runs}"] if given.runs else [f"-max_total_time={given.seconds}"]
    broken = [name for name in given.only if not _survives(name, folder, limit, given.seed)]
    print(f"broken: {', '.join(broken)}; the inputs are in {folder}" if broken else "nothing broke")
    return 1 if broken else 0


def _survives(name: str, folder: Path, limit: list[str], seed: int) -> bool:
    options = [*limit, f"-seed={seed}", f"-timeout={_LONGEST_INPUT_S}", f"-rss_limit_mb={_MOST_MEMORY_MB}"]
    command = [sys.executable, "-m", "benches.fuzz.round", name, str(folder), "-verbosity=0", *options]
    ended = subprocess.run(command, capture_output=True, text=True, errors="replace", check=False)
    print(f"{name}: {'survived' if ended.returncode == 0 else 'BROKE'}", flush=True)
    if ended.returncode:
        told = [line for line in ended.stderr.splitlines() if not line.startswith(("INFO:", "WARNING:"))]
        print("\n".join([ended.stdout[-4000:], *told[-60:]]), file=sys.stderr)
    return ended.returncode == 0


if __name__ == "__main__":
    sys.exit(main())
