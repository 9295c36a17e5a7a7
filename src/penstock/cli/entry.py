"""The console script. What it imports before it knows the command delays every command."""

from __future__ import annotations

import contextlib
import gc
import os
import sys
from typing import NoReturn

from penstock import app
from penstock.cli.streams import occupy

_SELDOM = 50_000
"""After how many new objects Python looks for garbage: what is loaded is none, and its own 700 are a module's."""


def entry() -> NoReturn:
    """Run the command line of this process."""
    try:
        code = _run()
    except KeyboardInterrupt:  # while the command is being loaded; from then on it sees to that itself
        from penstock.cli.exits import Exit

        with contextlib.suppress(OSError):
            os.write(2, b"interrupted\n")
        code = Exit.INTERRUPTED
    gc.freeze()  # what is left goes with the process, and need not be looked through before
    sys.exit(code)


def _run() -> int:
    arguments = sys.argv[1:]
    if arguments[:1] != ["serve"]:  # a server stays, and what it leaves behind must not pile up
        gc.set_threshold(_SELDOM)
    occupy()
    begins_a_run = arguments[:1] == ["run"] and not {"--help", "ray", "--runner=ray"} & set(arguments)
    with app.early_agent() if begins_a_run else contextlib.nullcontext():
        from penstock.cli.main import main
        from penstock.cli.process import Process

        return main(arguments, Process.real(os.environ, tuple(sys.argv)))
