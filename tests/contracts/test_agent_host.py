"""What owns an agent on another machine, without Ray around it: it relays all, and leaves nothing when it is alone."""

from __future__ import annotations

import asyncio
import os
import tempfile
from collections import defaultdict
from pathlib import Path

import orjson
import pytest

from penstock.engine import orders
from penstock.model import Load, Phase, Population
from penstock.runners.ray.host import AgentHost
from penstock.runners.shipping import moved, pack
from penstock.runs.plan import FlowWork, Plan
from penstock.runs.segment import Segment


@pytest.fixture(autouse=True)
def node(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the machine keeps temporary files."""
    folder = tmp_path / "node"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    return folder


def test_what_an_agent_says_and_prints_is_fetched_in_order_and_nothing_stays(node: Path, tmp_path: Path) -> None:
    test = tmp_path / "test"
    test.mkdir()
    (test / "flow.py").write_text("print('said by a test', flush=True)\nasync def journey(user):\n    pass\n")
    everyone = Population("all", Load((Phase(1, 1, 60),)))
    plan = Plan("test", FlowWork(str(test / "flow.py")), (everyone,))

    async def relay() -> tuple[dict[str, list[bytes]], str]:
        host = AgentHost()
        folder = await host.begin(0, 1, pack(test))
        await host.send(orjson.dumps(orders.encode(moved(plan, folder, ()), Segment(0, 1))))
        got, heard = 0, defaultdict(list)
        while {"frame", "talk"} - heard.keys():
            for number, kind, content in await host.fetch(got):
                assert number == got + 1
                got = number
                heard[kind].append(content)
        how, _, _ = await host.end(got)
        return heard, how

    heard, how = asyncio.run(relay())
    assert b"".join(heard["talk"]) == b"said by a test\n"
    assert [orjson.loads(frame)["type"] for frame in heard["frame"]] == ["ready"]
    assert how == "exit code 0"
    assert list(node.iterdir()) == []


def test_a_host_that_nobody_asks_any_more_ends_its_agent_and_itself(
    node: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ended: list[int] = []
    monkeypatch.setattr(os, "_exit", ended.append)

    async def alone() -> bool:
        host = AgentHost()
        await host.begin(0, 1, None)
        assert host._agent is not None
        before = host._agent.gone
        host._patient_until_s = 0.0
        await host._fence()
        return not before and host._agent.gone

    assert asyncio.run(alone())
    assert ended == [1]
    assert list(node.iterdir()) == []


def test_addresses_are_those_of_the_machine() -> None:
    asked = ("127.0.0.1", "203.0.113.9", "127.0.0.77", "::1", "2001:db8::9")
    found = asyncio.run(AgentHost().own(asked))
    assert set(found) <= {"127.0.0.1", "127.0.0.77", "::1"}
    assert found[:2] == ("127.0.0.1", "127.0.0.77")
