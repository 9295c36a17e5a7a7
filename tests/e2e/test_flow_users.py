"""Everything that a flow.py can say, from the command line to what a real server sees."""

from __future__ import annotations

import json
import shlex
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.apps import Recorder
from tests.e2e.conftest import Command

pytestmark = pytest.mark.e2e

HEAD = """
import time
from penstock.script import *
from penstock.script import Options, Run, StopUser, UserClass, between, check, data, http, metric, shared, sleep, task
"""


@pytest.fixture
def target() -> Iterator[Recorder]:
    with Recorder() as recorder:
        yield recorder


def run(penstock: Command, folder: Path, target: Recorder, body: str, options: str = "", expect: int = 0) -> Any:
    flow = folder / "flow.py"
    flow.write_text(HEAD + body)
    ended = penstock("run", flow, "--base-url", target.url, "--json", "-", *shlex.split(options), expect=expect)
    return json.loads(ended.stdout) if ended.stdout else ended.stderr


CLASSES = """
class Reader(UserClass):
    weight = 3
    @task(2)
    async def read(self):
        await http.get(f"/read?user={self.user.index}", name="read")
    @task
    async def search(self):
        await http.get(f"/search?user={self.user.index}", name="search")

class Buyer(UserClass):
    pause = 0.01
    async def on_start(self):
        self.visits = 0
        await http.get("/login", name="login")
    async def on_stop(self):
        await http.get(f"/bye/{self.visits}", name="bye")
    @task(tags=("pay",))
    async def buy(self):
        self.visits += 1
        await http.get("/buy", name="buy", tags=("slow",))
"""


def paths(target: Recorder) -> Counter[str]:
    return Counter(request.path for request in target.requests)


@pytest.mark.parametrize("workers", [1, 2])
def test_user_classes_share_users_by_weight_and_tasks_iterations(
    penstock: Command, tmp_path: Path, target: Recorder, workers: int
) -> None:
    report = run(penstock, tmp_path, target, CLASSES, f"--users 8 --iterations 6 --agents {workers}")
    seen = paths(target)
    readers = {request.target.partition("?")[2] for request in target.requests if request.path in ("/read", "/search")}
    assert len(readers) == 6, "three of four users read and search"
    assert (seen["/read"], seen["/search"], seen["/buy"]) == (24, 12, 12)
    assert (seen["/login"], seen["/bye/6"]) == (2, 2)
    assert report["iterations"]["finished"] == 48
    assert {row["name"]: row["count"] for row in report["journeys"]} == {
        "Buyer.buy": 12,
        "Buyer.on_start": 2,
        "Buyer.on_stop": 2,
        "Reader.read": 24,
        "Reader.search": 12,
    }


@pytest.mark.parametrize(
    ("options", "asked"),
    [
        ("--tags pay", {"/login", "/buy", "/bye/3"}),
        ("--exclude-tags pay", {"/read", "/search"}),
    ],
)
def test_tasks_are_chosen_by_tags(
    penstock: Command, tmp_path: Path, target: Recorder, options: str, asked: set[str]
) -> None:
    run(penstock, tmp_path, target, CLASSES, f"--users 4 --iterations 3 {options}")
    assert set(paths(target)) == asked
    assert "leave no task" in run(penstock, tmp_path, target, CLASSES, "--tags nothing", expect=104)


def test_tags_can_be_asked_for_in_thresholds(penstock: Command, tmp_path: Path, target: Recorder) -> None:
    options = "--users 4 --iterations 3 --threshold 'count[tag:pay] <= 2' --threshold 'failed[tag:slow] < 1%'"
    report = run(penstock, tmp_path, target, CLASSES, options, expect=99)
    pay, slow = report["verdict"]["thresholds"]
    assert (pay["observed"], pay["passed"], slow["passed"]) == (3, False, True)
    assert report["totals"]["requests"]["count"] == 9 + 3 + 2, "a tag counts nothing twice"


SEQUENCE = """
class Shopper(UserClass):
    order = "sequence"
    @task
    async def first(self): await http.get("/first")
    @task
    async def second(self): await http.get("/second")
    @task
    async def third(self): await http.get("/third")
"""


def test_tasks_in_sequence_keep_the_order_of_the_file(penstock: Command, tmp_path: Path, target: Recorder) -> None:
    run(penstock, tmp_path, target, SEQUENCE, "--users 1 --iterations 5")
    assert [request.path for request in target.requests] == ["/first", "/second", "/third", "/first", "/second"]


DATA = """
rows = data.csv("rows.csv", pick="{pick}")
async def journey(user):
    row = rows.next()
    await http.get(f"/row/{{row['id']}}", name="row")
"""


@pytest.mark.parametrize("workers", [1, 3])
def test_unique_rows_are_given_once_over_all_agents_and_end_their_users(
    penstock: Command, tmp_path: Path, target: Recorder, workers: int
) -> None:
    (tmp_path / "rows.csv").write_text("id,name\n" + "".join(f"{number},n\n" for number in range(20)))
    report = run(
        penstock,
        tmp_path,
        target,
        DATA.format(pick="unique"),
        f"--users 4 --duration 30s --no-think --agents {workers}",
    )
    assert paths(target) == {f"/row/{number}": 1 for number in range(20)}
    assert report["run"]["duration_s"] < 20
    assert report["iterations"]["failed"] == 0
    (asked,) = report["metrics"]
    assert (asked["name"], asked["total"]) == ("rows.csv: no row left", 4), "each user found it out"


def test_sequential_rows_go_round_and_random_ones_are_of_the_file(
    penstock: Command, tmp_path: Path, target: Recorder
) -> None:
    (tmp_path / "rows.csv").write_text("id,name\n0,a\n1,b\n2,c\n")
    run(penstock, tmp_path, target, DATA.format(pick="sequential"), "--users 1 --iterations 7")
    assert [request.path for request in target.requests] == [f"/row/{number % 3}" for number in range(7)]
    target.clear()
    run(penstock, tmp_path, target, DATA.format(pick="random"), "--users 1 --iterations 30")
    assert set(paths(target)) == {"/row/0", "/row/1", "/row/2"}


METRICS = """
queue = metric("queue length", "gauge")
orders = metric("orders", "counter")
sizes = metric("sizes")
async def journey(user):
    await http.get("/a", name="a")
    queue.add(user.iteration - 1)
    orders.add(2)
    sizes.add(10 * (user.iteration + 1))
"""


@pytest.mark.parametrize("workers", [1, 2])
def test_own_metrics_are_reported_and_judged_over_all_agents(
    penstock: Command, tmp_path: Path, target: Recorder, workers: int
) -> None:
    options = (
        f"--users 4 --iterations 10 --agents {workers} --threshold 'total[metric:orders] >= 80' "
        "--threshold 'p50[metric:sizes] < 60' --threshold 'min[metric:queue length] < 0'"
    )
    report = run(penstock, tmp_path, target, METRICS, options)
    orders, queue, sizes = report["metrics"]
    assert (orders["name"], orders["total"], orders["count"]) == ("orders", 80, 40)
    assert (queue["min"], queue["max"], queue["last"]) == (-1, 8, 8)
    assert (sizes["count"], sizes["min"], sizes["avg"], sizes["max"]) == (40, 10, 55, 100)
    assert sizes["p50"] == pytest.approx(50, rel=0.01)


AROUND = """
def setup(run):
    import urllib.request
    urllib.request.urlopen(run.base_url + "/setup").read()
    return {"product": 7}
def teardown(run):
    import urllib.request
    urllib.request.urlopen(f"{run.base_url}/teardown/{run.shared['product']}").read()
async def on_start(user):
    user.state["mine"] = shared()["product"]
async def journey(user):
    await http.get(f"/product/{user.state['mine']}", name="product")
"""


@pytest.mark.parametrize("workers", [1, 2])
def test_setup_and_teardown_are_done_once_around_the_load(
    penstock: Command, tmp_path: Path, target: Recorder, workers: int
) -> None:
    report = run(penstock, tmp_path, target, AROUND, f"--users 4 --iterations 2 --agents {workers}")
    asked = [request.path for request in target.requests]
    assert (asked[0], asked[-1]) == ("/setup", "/teardown/7")
    assert asked[1:-1] == ["/product/7"] * 8
    assert report["totals"]["requests"]["count"] == 8, "they are no part of the load"


def test_what_fails_around_the_load_is_named(penstock: Command, tmp_path: Path, target: Recorder) -> None:
    failing = "def setup(run):\n    raise ValueError('no shop')\nasync def journey(user):\n    await http.get('/a')\n"
    assert "setup failed: ValueError: no shop (flow.py:6)" in run(penstock, tmp_path, target, failing, expect=104)
    assert not target.requests
    failing = failing.replace("setup", "teardown")
    report = run(penstock, tmp_path, target, failing, expect=103)
    assert "teardown failed: ValueError: no shop (flow.py:6)" in report["run"]["message"]


SHAPE = """
import math
def load(t):
    return None if t > 3 else 4 + 3 * math.sin(t)
async def journey(user):
    await http.get("/a", name="a")
    await sleep(0.05)
"""


def test_a_load_is_a_function_of_time(penstock: Command, tmp_path: Path, target: Recorder) -> None:
    report = run(penstock, tmp_path, target, SHAPE)
    assert report["scenario"]["duration_s"] == 3
    assert report["users"]["peak"] == 7  # 4 + 3 sin 2
    both = SHAPE + "\noptions = Options(users=3)\n"
    assert "leave out one" in run(penstock, tmp_path, target, both, expect=104)


def test_a_load_function_is_shared_by_classes_and_may_be_a_rate(
    penstock: Command, tmp_path: Path, target: Recorder
) -> None:
    rate = CLASSES + "\noptions = Options(arrivals='even')\ndef load(t):\n    return None if t > 2 else 20\n"
    report = run(penstock, tmp_path, target, rate)
    assert report["iterations"]["started"] == 40
    assert paths(target)["/buy"] == 10


def test_a_user_can_go_for_good(penstock: Command, tmp_path: Path, target: Recorder) -> None:
    body = """
async def journey(user):
    if user.iteration == user.index:
        raise StopUser
    await http.get(f"/{user.index}", name="a")
"""
    report = run(penstock, tmp_path, target, body, "--users 3 --duration 30s")
    assert paths(target) == {"/1": 1, "/2": 2}
    assert (report["iterations"]["failed"], report["run"]["end"]) == (0, "finished")


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ("class A(UserClass):\n    pass\n", "flow.py:1: A does nothing"),
        ("class A(UserClass):\n    weight = 0\n    @task\n    async def a(self): pass\n", "weight of A is 0"),
        ("class A(UserClass):\n    @task\n    def a(self): pass\n", "A.a is not `async def a(self):`"),
        ("class A(UserClass):\n    @task(-1)\n    async def a(self): pass\n", "a weight is a number above 0"),
        ("class A(UserClass):\n    order='any'\n    @task\n    async def a(self): pass\n", "'weights' or 'sequence'"),
        ("class A(UserClass):\n    pause='1s'\n    @task\n    async def a(self): pass\n", "the pause of A"),
        ("rows = data.csv('none.csv')\nasync def journey(user): pass\n", "none.csv"),
        ("rows = data.csv('rows.csv', pick='any')\nasync def journey(user): pass\n", "sequential, random or unique"),
        ("async def setup(): pass\nasync def journey(user): pass\n", "write a plain `def setup(...):`"),
        ("def load(t): return -1\nasync def journey(user): pass\n", "load(0.0) gave -1"),
        ("def load(t): return 1\nasync def journey(user): pass\n", "never returns None"),
        ("m = metric('')\nasync def journey(user): pass\n", "give a name"),
        ("class A(UserClass):\n    @task\n    async def a(self): pass\nasync def journey(user): pass\n", "one of them"),
    ],
)
def test_mistakes_are_told_with_what_to_do(
    penstock: Command, tmp_path: Path, target: Recorder, body: str, words: str
) -> None:
    assert words in run(penstock, tmp_path, target, body, expect=104)


def test_a_login_that_fails_before_the_iterations_fails_the_run(
    penstock: Command, tmp_path: Path, target: Recorder
) -> None:
    body = "async def on_start(user):\n    raise ValueError('no account')\n"
    body += "async def journey(user):\n    await http.get('/a')\n"
    report = run(penstock, tmp_path, target, body, "--users 2", expect=99)
    assert report["iterations"]["failed"] == 0
    assert report["verdict"]["reasons"] == ["flow.on_start, which users do once, failed in 100% of 2 passes"]


def test_the_number_of_agents_is_chosen_and_said(penstock: Command, tmp_path: Path, target: Recorder) -> None:
    report = run(penstock, tmp_path, target, "async def journey(user): await http.get('/a')\n", "--users 2")
    assert report["run"]["workers"] == 1
    assert report["run"]["workers_why"].startswith("enough for 2 users; ")


@pytest.mark.parametrize(("body", "users"), [("async def journey(user): await http.get('/a')\n", 1), (CLASSES, 2)])
def test_without_a_number_there_is_one_user_of_each_kind(
    penstock: Command, tmp_path: Path, target: Recorder, body: str, users: int
) -> None:
    report = run(penstock, tmp_path, target, body)
    assert (report["iterations"]["finished"], report["scenario"]["users"]) == (users, users)


def test_what_a_task_does_wrong_is_named_with_its_line_and_stops_nobody(
    penstock: Command, tmp_path: Path, target: Recorder
) -> None:
    body = """
class Good(UserClass):
    @task
    async def a(self): await http.get("/a", name="a")
class Bad(UserClass):
    @task
    async def b(self):
        time.sleep(0.1)
        raise ValueError("broken")
class Foreign(UserClass):
    @task
    async def c(self):
        import asyncio
        await asyncio.sleep(1)
"""
    report = run(penstock, tmp_path, target, body, "--users 3 --iterations 3", expect=99)
    assert paths(target) == {"/a": 3}
    messages = {error["message"] for error in report["errors"]}
    assert "ValueError: broken (flow.py:13)" in messages
    assert any("loop is not asyncio" in message and "flow.py:18" in message for message in messages), messages
    assert report["generator"]["slow_steps"][0]["where"].startswith("flow.py:")
    assert report["generator"]["slow_steps"][0]["count"] == 3
