"""Test plans of JMeter from the command line, against the sample shop and a server that keeps what it was asked."""

from __future__ import annotations

import re
import shutil
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.apps import Answer, Recorder
from tests.apps.shop import sample_shop
from tests.e2e.conftest import ROOT, Command
from tests.jmeter.case import shop as plan_of
from tests.jmeter.jmx import get, threads

pytestmark = pytest.mark.e2e

EXAMPLE = ROOT / "examples" / "shop.jmx"


@pytest.fixture(scope="module")
def port() -> Iterator[str]:
    """Serve the sample shop; gives its port."""
    with sample_shop() as address:
        yield address.rpartition(":")[2]


def test_a_plan_runs_with_the_properties_that_are_given(penstock: Command, port: str) -> None:
    given = (f"port={port}", "pause=0", "threads=2", "loops=2", "ramp=0")
    report = penstock("run", EXAMPLE, *given, "--no-think", "--json", "-").json()
    counts = {one["name"]: (one["count"], one["failed"]) for one in report["requests"]}
    assert counts == {
        "health": (1, 0),
        "log in": (2, 0),  # once a user
        "list": (4, 0),
        "item": (4, 0),
        "put into the cart": (1, 0),  # one in four
    }
    assert report["verdict"]["passed"]
    assert report["iterations"]["failed"] == 0


def test_what_becomes_of_a_plan_is_told_before_it_runs(penstock: Command) -> None:
    ended = penstock("check", EXAMPLE)
    assert re.search(r"HTTPSamplerProxy +5 +- +-", ended.stdout)
    assert "results are reported by Penstock itself" in ended.stdout
    assert "5 users, 4 iterations each" in ended.stdout


def test_one_iteration_of_a_plan_is_recorded(penstock: Command, port: str) -> None:
    ended = penstock("trial", EXAMPLE, f"port={port}", "--journey", "Shoppers", "--no-think")
    assert [line for line in ("log in", "list", "item") if line not in ended.stdout + ended.stderr] == []


def test_an_archive_with_a_plan_and_its_data_runs(penstock: Command, port: str, tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "tests.zip", "w") as archive:
        archive.write(EXAMPLE, "plans/shop.jmx")
        archive.write(ROOT / "examples" / "shop_accounts.csv", "plans/shop_accounts.csv")
    penstock("run", "tests.zip", f"port={port}", "threads=1", "loops=1", "--no-think")


def test_set_up_comes_before_and_tear_down_behind_all_others(penstock: Command, tmp_path: Path) -> None:
    with Recorder(lambda _: Answer(200, (), b"ok")) as server:
        case = plan_of(
            threads(get("/load"), users=3, loops=2),
            threads(get("/after"), kind="PostThreadGroup", name="after"),
            threads(get("/before"), kind="SetupThreadGroup", name="before"),
        )
        (tmp_path / "plan.jmx").write_bytes(case.plan.replace(b"@PORT@", str(server.port).encode()))
        penstock("run", "plan.jmx")
        asked = [request.target for request in server.requests]
    assert asked == ["/before", *["/load"] * 6, "/after"]


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"<jmeterTestPlan><hashTree>", "plan.jmx:1: column 27: not well-formed XML"),
        (b"<jmeterTestPlan version='1.2'/>", "plan.jmx:1: there is no hashTree in the test plan: it is empty"),
        (b"<jmeterTestPlan><hashTree/></jmeterTestPlan>", "no thread group of the plan is switched on"),
        (b"<!DOCTYPE x><jmeterTestPlan/>", "plan.jmx:1: a document type declaration is refused"),
    ],
)
def test_a_plan_that_is_none_is_refused_in_a_sentence(
    penstock: Command, tmp_path: Path, content: bytes, says: str
) -> None:
    (tmp_path / "plan.jmx").write_bytes(content)
    assert says in penstock("run", "plan.jmx", expect=None).stderr


def test_a_plan_becomes_users_in_python(penstock: Command, port: str, tmp_path: Path) -> None:
    shutil.copy(ROOT / "examples" / "shop_accounts.csv", tmp_path)
    shutil.copy(EXAMPLE, tmp_path)
    penstock("convert", "shop.jmx", f"port={port}", "-o", "flow.py")
    report = penstock("run", "flow.py", "--users", "2", "--iterations", "2", "--no-think", "--json", "-").json()
    failed = {one["name"]: one["failed"] for one in report["requests"] if one["failed"]}
    assert failed == {}


def test_websocket_samplers_talk_to_a_server(penstock: Command, port: str) -> None:
    plan = ROOT / "tests" / "imports" / "cases" / "jmeter" / "web_sockets" / "input.jmx"
    report = penstock("run", plan, "host=127.0.0.1", f"port={port}", "--json", "-").json()
    assert {one["name"]: (one["count"], one["failed"]) for one in report["messages"]} == {"ask": (1, 0), "hear": (1, 0)}
    assert report["iterations"]["failed"] == 0
