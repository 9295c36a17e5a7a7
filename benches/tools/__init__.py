"""The clients under comparison."""

from benches.tools.base import Tool
from benches.tools.commands import H2load, Hey, Oha, Vegeta
from benches.tools.k6 import K6
from benches.tools.locust import Locust
from benches.tools.penstock import Penstock
from benches.tools.wrk import Wrk

BASE = Wrk()
"""The client that ratios are taken to."""

TOOLS: tuple[Tool, ...] = (
    BASE,
    Wrk("wrk + Lua (not equivalent)", "wrk_scenario.lua"),
    Penstock("Penstock (flow.py)", "flow_{}.py"),
    Penstock("Penstock (Loadmill file)", "{}.loadmill.json"),
    H2load(),
    Oha(),
    Hey(),
    Vegeta(),
    K6(),
    Locust("FastHttpUser"),
    Locust("HttpUser"),
)

__all__ = ["BASE", "TOOLS", "Tool"]
