"""Small target servers for tests, and by hand: `python -m tests.apps`.

Each is a context manager on a free port of the loopback interface and ends with its block, whatever its clients
do. A server is a function that is given one connection after the other (`tests.apps.server`), so a new one is a
few lines.

    with Recorder() as target:
        ...                                    # requests to target.url
    assert target.requests[0].header("accept") == "application/json"
"""

from tests.apps.chunks import Chunks
from tests.apps.faults import FAULTS, Faulty
from tests.apps.http import Answer, Request
from tests.apps.recorder import Recorder
from tests.apps.redirects import Redirects
from tests.apps.server import Connection, Server
from tests.apps.slow import Slow
from tests.apps.tls import Authority

__all__ = [
    "FAULTS",
    "Answer",
    "Authority",
    "Chunks",
    "Connection",
    "Faulty",
    "Recorder",
    "Redirects",
    "Request",
    "Server",
    "Slow",
]
