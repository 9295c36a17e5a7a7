"""The run as a whole: what is done once before the load and once after it.

def setup(run):
    return {"product": create_product(run.base_url)}

def teardown(run):
    delete_product(run.base_url, run.shared["product"])

async def journey(user):
    await http.get(f"/products/{shared()['product']}", name="product")
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from penstock.script import binding


@dataclass(frozen=True, slots=True)
class Run:
    """The argument of `setup` and `teardown`. In `teardown`, `shared` is what `setup` returned."""

    base_url: str | None
    shared: Any = None


def shared() -> Any:
    """Return what `setup` returned, in every agent and as JSON carries it. None without a `setup`."""
    return binding.shared
