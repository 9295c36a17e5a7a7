"""The built-in sample shop, as its command serves it."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def sample_shop(*options: str) -> Iterator[str]:
    """Serve the shop at a free port; gives its address."""
    command = [sys.executable, "-m", "penstock", "target", "--port", "0", *options]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    try:
        assert process.stderr is not None
        found = re.search(r"http://\S+:\d+", process.stderr.readline())
        assert found
        yield found[0]
    finally:
        process.terminate()
        process.communicate(timeout=10)
