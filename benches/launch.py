"""Run one command on one core and wait for every process that comes of it: `launch.py CORE REPORT COMMAND...`.

Linux hands orphans to the nearest ancestor that asked for them (a *subreaper*). This process asks, so that the
rusage of its children covers the whole tree, agents and workers included, whoever forgot to wait for them.
The report is JSON: exit code, user and system seconds.
"""

import ctypes
import os
import resource
import signal
import sys
import time
from pathlib import Path

PR_SET_CHILD_SUBREAPER = 36
STRAGGLERS_S = 10.0


def main() -> int:
    core, report, command = int(sys.argv[1]), sys.argv[2], sys.argv[3:]
    if ctypes.CDLL(None, use_errno=True).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) != 0:
        sys.stderr.write("launch.py: this kernel has no subreapers\n")
        return 70
    first = os.fork()
    if first == 0:
        try:
            os.setpgid(0, 0)
            os.sched_setaffinity(0, {core})
            os.execv(command[0], command)
        except OSError as error:
            sys.stderr.write(f"launch.py: {command[0]}: {error.strerror}\n")
        os._exit(71)
    signal.signal(signal.SIGTERM, lambda *_: kill_children())
    _, status = os.waitpid(first, 0)
    stragglers = await_rest()
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    Path(report).write_text(
        f'{{"exit_code": {os.waitstatus_to_exitcode(status)}, "user_s": {used.ru_utime}, '
        f'"system_s": {used.ru_stime}, "stragglers": {"true" if stragglers else "false"}}}',
        encoding="ascii",
    )
    return 0


def kill_children() -> None:
    """End the children of this process; theirs become its own and are ended by the next call."""
    children = Path(f"/proc/self/task/{os.getpid()}/children").read_text(encoding="ascii")
    for pid in map(int, children.split()):
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            continue


def await_rest() -> bool:
    """Wait for what outlives the first process; true when some of it had to be ended."""
    patience_ends = time.monotonic() + STRAGGLERS_S
    ended = False
    while True:
        try:
            pid, _ = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return ended
        if pid == 0:
            if time.monotonic() > patience_ends:
                ended = True
                kill_children()
            time.sleep(0.02)


if __name__ == "__main__":
    sys.exit(main())
