"""Networks by name: from the command line, from the options of a flow.py, in place of those of a scenario."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.apps import Recorder
from tests.apps.http import Answer, Request
from tests.apps.sockets import echoing
from tests.e2e.conftest import Command

FLOW = "from penstock.script import Options, http\n{options}\nasync def journey(user):\n    await http.get('/')\n"
BODY = b"x" * 8_000


@pytest.fixture
def flow(tmp_path: Path) -> Path:
    path = tmp_path / "flow.py"
    path.write_text(FLOW.format(options=""))
    return path


def answer(request: Request) -> Answer:
    return Answer(body=BODY)


def test_a_named_network_slows_every_exchange(penstock: Command, flow: Path) -> None:
    least_ms = 4 * 150 + len(BODY) * 8 / 1_500  # connecting, the exchange, and the bytes
    given = ("--network", "intercontinental wan 1.5Mbps", "--threshold", f"min >= {least_ms}ms")
    with Recorder(answer) as server:
        penstock("run", flow, "--base-url", server.url, *given)


def test_a_named_network_slows_sockets(penstock: Command, tmp_path: Path) -> None:
    path = tmp_path / "talk.py"
    path.write_text(
        "from penstock.script import group, websocket\n\n\nasync def journey(user):\n"
        "    async with group('talk'):\n"
        "        async with websocket.connect('/', name='connect') as socket:\n"
        "            await socket.send('hello')\n"
        "            await socket.receive(name='reply', timeout=5)\n"
    )
    slow = (
        "min[message:reply] >= 300ms",
        "min[connect] >= 600ms",
        "min[group:talk] >= 900ms",
        "count[message:reply] >= 2",
    )
    given = ("--users", "2", "--network", "Intercontinental WAN 1.5 Mbps")
    with echoing() as url:
        penstock("run", path, "--base-url", url, *given, *(word for text in slow for word in ("--threshold", text)))


def test_networks_are_spread_by_share(penstock: Command, flow: Path) -> None:
    given = ("--network", "Intercontinental WAN 1.5 Mbps:30%", "--network", "LAN:70%", "--users", "10")
    with Recorder(answer) as server:
        penstock(
            "run", flow, "--base-url", server.url, *given, "--threshold", "p60 < 600ms", "--threshold", "p80 > 600ms"
        )


def test_a_flow_says_its_network_and_the_command_line_another(penstock: Command, flow: Path) -> None:
    flow.write_text(FLOW.format(options="options = Options(network='Intra-continental WAN 1.5 Mbps')"))
    with Recorder(answer) as server:
        penstock("run", flow, "--base-url", server.url, "--threshold", "min > 200ms")
        penstock("run", flow, "--base-url", server.url, "--network", "LAN", "--threshold", "min < 200ms")


@pytest.mark.parametrize(
    ("given", "told"),
    [
        (["5G"], "network '5G' is not known; there are LAN, "),
        (["3G:30%", "LAN"], "give every network a share"),
        (["3G:30%", "LAN:60%"], "the shares add up to 90%; make that 100%"),
        (["3G:x"], "write the share like 30% or 0.3"),
        (["3G:50%", "3g:50%"], "network '3G' is given twice"),
    ],
    ids=["unknown", "half said", "not the whole", "no number", "twice"],
)
def test_what_is_no_mix_of_networks_is_refused(penstock: Command, flow: Path, given: list[str], told: str) -> None:
    ended = penstock("run", flow, *(word for text in given for word in ("--network", text)), expect=104)
    assert told in ended.stderr
