"""The clients under comparison."""

from benches.tools.absent import Absent
from benches.tools.base import Tool
from benches.tools.commands import H2load, Hey, Oha, Vegeta
from benches.tools.jvm import Gatling, JMeter
from benches.tools.k6 import K6
from benches.tools.locust import Locust
from benches.tools.penstock import Penstock
from benches.tools.wrk import Wrk

BASE = Wrk()
"""The client that ratios are taken to."""

H2_BASE = H2load()
"""The client that ratios of HTTP/2 are taken to: wrk does not speak it."""

CONTENDERS: tuple[Tool, ...] = (
    BASE,
    Wrk("wrk + Lua (not equivalent)", "wrk_scenario.lua"),
    Penstock("Penstock (flow.py)", "flow_{}.py"),
    Penstock("Penstock (Loadmill file)", "{}.loadmill.json"),
    H2_BASE,
)
"""Near enough to each other that every round counts; the others are several times dearer, and run less often."""

TOOLS: tuple[Tool, ...] = (
    *CONTENDERS,
    Oha(),
    Hey(),
    Vegeta(),
    K6(),
    Locust("FastHttpUser"),
    Locust("HttpUser"),
    JMeter(),
    Gatling(),
    Absent("wrk2", "in no registry that the benches install from", "open"),
)

__all__ = ["BASE", "CONTENDERS", "H2_BASE", "TOOLS", "Tool"]
