"""The console script. What it imports before it knows the command delays every command."""

from __future__ import annotations

import contextlib
import os
import sys
from typing import NoReturn

from penstock import app


def entry() -> NoReturn:
    """Run the command line of this process."""
    arguments = sys.argv[1:]
    begins_a_run = arguments[:1] == ["run"] and "--help" not in arguments
    with app.early_agent() if begins_a_run else contextlib.nullcontext():
        from penstock.cli.main import main
        from penstock.cli.process import Process

        code = main(arguments, Process.real(os.environ, tuple(sys.argv)))
    sys.exit(code)
