"""Small load tests for the server's tests."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import httpx

from tests.apps.penstock_server import wait_until

FINAL = ("passed", "failed", "stopped", "error")


def configuration(url: str, **keys: Any) -> str:
    """Return a Loadmill configuration: one user, five quick iterations of one request, unless told otherwise."""
    given = {
        "meta": {"description": "shop"},
        "duration": 60_000,
        "concurrency": 1,
        "rampUp": 0,
        "maxIterations": 5,
        "iterationDelay": 1,
        "requests": [{"url": f"{url}/items", "description": "items", "delay": 50}],
    }
    return json.dumps({**given, **keys})


def source(url: str, **keys: Any) -> dict[str, Any]:
    """Return the same as the source of a run."""
    return {"entry": "test.json", "files": [{"name": "test.json", "text": configuration(url, **keys)}]}


def launch(client: httpx.Client, url: str, *, changes: dict[str, Any] | None = None, **keys: Any) -> str:
    """Launch a run and return its id."""
    answer = client.post("/runs", json={"source": source(url, **keys), "changes": changes or {}})
    assert answer.status_code == 202, answer.text
    return str(answer.json()["id"])


def until(client: httpx.Client, run: str, *states: str, timeout_s: float = 30) -> dict[str, Any]:
    """Return the run once it is in one of the states (any final one, unless told)."""
    wanted = states or FINAL

    def there() -> Any:
        found = client.get(f"/runs/{run}").json()
        assert found["state"] in wanted or found["state"] not in FINAL, found
        return found if found["state"] in wanted else None

    found: dict[str, Any] = wait_until(there, timeout_s)  # type: ignore[assignment]
    return found


def measured(client: httpx.Client, run: str, at_least: int = 1) -> Callable[[], object]:
    """Return whether so many requests of the run are kept."""
    return lambda: sum(point["count"] for point in client.get(f"/runs/{run}/progress").json()["points"]) >= at_least
