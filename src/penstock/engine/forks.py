"""Processes that the code of a flow forks off its agent before the load and after it.

One that goes on would speak to the runner as a second agent. While journeys are stepped the native loop sees to that.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator


@contextlib.contextmanager
def agent_alone(what: str) -> Iterator[None]:
    """Run code of a flow; a process that it forked, and in which it comes to its end too, ends here at once."""
    agent = os.getpid()
    try:
        yield
    finally:
        if os.getpid() != agent:
            text = (
                f"penstock: a process that {what} forked went on into the load generator and was ended; end a forked "
                "process with os._exit, or start it by subprocess or multiprocessing\n"
            )
            os.write(2, text.encode())
            os._exit(1)  # what the agent has yet to write is not this process's to write
