"""Flows as clumsy and as hostile people write them: each is answered by a sentence with its line, and counted."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.apps import Recorder
from tests.e2e.conftest import Command, Ended, start

pytestmark = pytest.mark.e2e

HEAD = "import os, sys, threading\nfrom penstock.script import *\nfrom penstock.script import websocket\n\n"
LINE = HEAD.count("\n") + 2
"""The line under `async def journey(user):`."""


@pytest.fixture(scope="module")
def target() -> Iterator[Recorder]:
    with Recorder() as recorder:
        yield recorder


JOURNEYS = [
    ("a forgotten await", "http.get('/b')", "http.get(...) is not awaited, so it does nothing"),
    ("of another method", "http.post('/b', json={})", "http.post(...) is not awaited"),
    ("of a thought", "sleep(1)", "sleep(...) is not awaited"),
    ("of a page", "http.page('/')", "http.page(...) is not awaited"),
    ("of a socket", "websocket.connect('/')", "websocket.connect(...) is not awaited"),
    ("of a coroutine of one's own", "mine()", "mine(...) is not awaited"),
    ("awaited twice", "asked = http.get('/b'); await asked; await asked", "cannot reuse already awaited coroutine"),
    ("for over a request", "[1 async for _ in http.get('/b')]", "requires an object with __aiter__"),
    ("parallel with a thought", "await http.parallel([http.get('/b'), sleep(1)])", "parallel takes requests"),
    ("an exit", "sys.exit(3)", "SystemExit: 3; a journey cannot end the program"),
    ("a Ctrl-C of its own", "raise KeyboardInterrupt", "KeyboardInterrupt"),
    ("what is no Exception", "raise Odd('x')", "Odd: x"),
    ("an end of a generator", "raise GeneratorExit", "GeneratorExit"),
    ("an end of an iterator", "raise StopIteration", "coroutine raised StopIteration"),
    ("recursion without end", "deep()", "RecursionError"),
    ("an exception without a text", "raise Silent", "Silent: (its text cannot be read)"),
    ("a check by no name", "check(True, None)", "check: the name must be a str, not NoneType"),
    ("a failure for no reason", "fail(5)", "fail: the reason must be a str, not int"),
    ("a group by no name", "group(5)", "group: the name must be a str, not int"),
]


OTHERS = """
async def mine():
    pass


def deep():
    deep()


class Odd(BaseException):
    pass


class Silent(Exception):
    def __str__(self):
        raise ValueError
"""


@pytest.fixture(scope="module")
def clumsy(target: Recorder, tmp_path_factory: pytest.TempPathFactory) -> Ended:
    """Let two users make all mistakes, one after the other: a task each."""
    tasks = "".join(
        f"    @task\n    async def task_{at}(self):\n        {body}\n" for at, (_, body, _) in enumerate(JOURNEYS)
    )
    folder = tmp_path_factory.mktemp("clumsy")
    (folder / "flow.py").write_text(f"{HEAD}class Clumsy(UserClass):\n    order = 'sequence'\n{tasks}{OTHERS}")
    load = ("--users", "2", "--iterations", str(len(JOURNEYS)), "--duration", "30s")
    return start(folder, "run", "flow.py", "--base-url", target.url, *load, "--json", "-", expect=99)


@pytest.mark.parametrize("at", range(len(JOURNEYS)), ids=[reason for reason, _, _ in JOURNEYS])
def test_a_mistake_in_a_journey_is_counted_with_its_line(at: int, clumsy: Ended) -> None:
    reason, body, message = JOURNEYS[at]
    told = [error for error in clumsy.json()["errors"] if message in error["message"]]
    line = LINE + 1 + 3 * at + 2
    of_it = {error["message"]: error["count"] for error in told if error["message"].endswith(f"(flow.py:{line})")}
    if "deep" in body or "Stop" in body:  # its line is the innermost one; Python raises something else instead
        of_it = {error["message"]: error["count"] for error in told}
    assert list(of_it.values()) == [2], (reason, told)


def test_mistakes_stop_neither_other_tasks_nor_the_run(clumsy: Ended) -> None:
    iterations = clumsy.json()["iterations"]
    assert (iterations["finished"], iterations["failed"], iterations["interrupted"]) == (
        2 * len(JOURNEYS),
        2 * len(JOURNEYS),
        0,
    )
    assert "Exception ignored" not in clumsy.stderr


def test_an_answer_is_no_pause(penstock: Command, tmp_path: Path, target: Recorder) -> None:
    (tmp_path / "flow.py").write_text(f"{HEAD}async def journey(user):\n    return True\n")
    ended = penstock("run", "flow.py", "--base-url", target.url, "--json", "-", expect=99)
    (error,) = ended.json()["errors"]
    assert error["message"].startswith("TypeError: a journey returns None, or seconds")


FILES = [
    ("users in words", "options = Options(users='many')", "Options(users='many'): give a whole number"),
    ("users that are no number", "options = Options(users=float('nan'))", "Options(users=nan): give a whole number"),
    ("users that are an answer", "options = Options(users=True)", "Options(users=True): give a whole number"),
    ("a base URL that is a number", "options = Options(base_url=5)", "Options(base_url=5): give a text"),
    ("thresholds that are one", "options = Options(thresholds='p95 < 1s')", "give a tuple of texts"),
    ("no time at all", "options = Options(timeout=0)", "Options(timeout=0): give seconds, more than 0"),
    ("failures in words", "options = Options(max_failures='few')", "Options(max_failures='few'): give a number"),
    ("a duration that is a list", "options = Options(duration=[])", "Options(duration=[]): give a text or a number"),
    ("addresses that are a list", "options = Options(resolve=[])", "Options(resolve=[]): give a dict"),
    ("a request at the top", "http.get('/')", "http.get(...) does nothing outside of a journey"),
    ("a pause in words", "between('a', 'b')", "between('a', 'b'): give two numbers of seconds"),
    ("a metric by a number", "metric(5)", "metric(5, 'trend'): give a name"),
    ("data that is not there", "data.csv('none.csv')", "none.csv"),
    (
        "data in another encoding",
        "open('l.csv', 'wb').write(b'a\\n\\xe9'); data.csv('l.csv')",
        "line 2: this is not UTF-8",
    ),
    ("what is no Exception", "raise BaseException('x')", "the file fails while it is loaded: BaseException: x"),
]


@pytest.mark.parametrize(("reason", "line", "message"), FILES)
def test_a_mistake_in_the_file_is_refused_with_its_line(
    reason: str, line: str, message: str, penstock: Command, tmp_path: Path
) -> None:
    (tmp_path / "flow.py").write_text(f"{HEAD}{line}\n\n\nasync def journey(user):\n    await http.get('/')\n")
    ended = penstock("check" if "data" in reason else "run", "flow.py", expect=104)
    told = ended.stderr + ended.stdout
    assert message in told, reason
    assert f"flow.py:{LINE - 1}" in told, reason


AROUND = [
    ("an exit of setup", "setup", "sys.exit(3)", 104, "setup failed: SystemExit: 3 (flow.py:5)"),
    ("an exit of teardown", "teardown", "sys.exit(3)", None, "teardown failed: SystemExit: 3 (flow.py:5)"),
    ("what is no Exception", "setup", "raise BaseException('x')", 104, "setup failed: BaseException: x (flow.py:5)"),
    ("a request in setup", "setup", "http.get('/')", 0, "http.get(...) does nothing outside of a journey"),
]


@pytest.mark.parametrize(("reason", "function", "body", "code", "message"), AROUND)
def test_a_mistake_before_or_after_the_load_is_told_with_its_line(
    reason: str,
    function: str,
    body: str,
    code: int | None,
    message: str,
    penstock: Command,
    tmp_path: Path,
    target: Recorder,
) -> None:
    (tmp_path / "flow.py").write_text(
        f"{HEAD}def {function}(run): {body}\n\n\nasync def journey(user):\n    await http.get('/')\n"
    )
    ended = penstock("run", "flow.py", "--base-url", target.url, expect=code)
    assert message in " ".join((ended.stdout + ended.stderr).split()), (reason, ended)


def test_a_pause_that_fails_has_the_line_of_its_task(penstock: Command, tmp_path: Path, target: Recorder) -> None:
    (tmp_path / "flow.py").write_text(
        f"{HEAD}class Visitor(UserClass):\n    pause = lambda self: 1\n\n    @task\n    async def look(self):\n"
        "        await http.get('/')\n"
    )
    ended = penstock("run", "flow.py", "--base-url", target.url, "--json", "-", expect=99)
    (error,) = ended.json()["errors"]
    assert error["message"].endswith("(flow.py:8)"), error


TALK = [
    ("of a destructor", "Falls()", "ValueError: fallen (flow.py:11), raised in Falls.__del__ where nothing catches it"),
    (
        "of a thread",
        "thread = threading.Thread(target=falls); thread.start(); thread.join()",
        "ValueError: fallen (flow.py:15), and its thread has ended by it",
    ),
]


@pytest.mark.parametrize(("reason", "body", "message"), TALK)
def test_an_exception_that_nothing_catches_is_told_once_with_its_number(
    reason: str, body: str, message: str, penstock: Command, tmp_path: Path, target: Recorder
) -> None:
    (tmp_path / "flow.py").write_text(
        f"{HEAD}async def journey(user):\n    {body}\n    await http.get('/')\n\n"
        "class Falls:\n    def __del__(self):\n        raise ValueError('fallen')\n\n\n"
        "def falls():\n    raise ValueError('fallen')\n"
    )
    ended = penstock("run", "flow.py", "--base-url", target.url, "--users", "2", "--iterations", "20")
    assert f"penstock: {message}\n" in ended.stderr, (reason, ended.stderr)
    assert f"penstock: 40 times in all: {message}\n" in ended.stderr, (reason, ended.stderr)
    assert ended.stderr.count("fallen") == 2, ended.stderr


def test_a_journey_that_will_not_end_is_told_with_its_line(penstock: Command, tmp_path: Path, target: Recorder) -> None:
    (tmp_path / "flow.py").write_text(
        f"{HEAD}async def journey(user):\n    while True:\n        try:\n            await sleep(9)\n"
        "        except BaseException:\n            pass\n"
    )
    load = ("--users", "1", "--duration", "1s", "--cool-down", "0s")
    ended = penstock("run", "flow.py", "--base-url", target.url, *load, "--json", "-", expect=None)
    assert "a journey goes on after it was told to end" in ended.stderr, ended
    assert "(flow.py:8)" in ended.stderr, ended


def test_a_trial_tells_of_a_forgotten_await(penstock: Command, tmp_path: Path, target: Recorder) -> None:
    (tmp_path / "flow.py").write_text(
        f"{HEAD}async def journey(user):\n    asked = http.get('/b')\n    await sleep(0)\n"
    )
    ended = penstock("trial", "flow.py", "--base-url", target.url, expect=None)
    assert ended.code not in (0, None)
    assert f"http.get(...) is not awaited, so it does nothing: write `await http.get(...)` (flow.py:{LINE})" in (
        " ".join((ended.stdout + ended.stderr).split())
    ), ended


TRIED = [
    ("an exception without a text", "raise Silent", "Silent: (its text cannot be read)"),
    ("what cannot be awaited", "await Foreign()", "this cannot be awaited in a journey"),
    ("a URL that is a number", "await http.get(5)", "url must be a str, not int"),
    ("an exit", "sys.exit(3)", "SystemExit: 3"),
]


@pytest.mark.parametrize(("reason", "body", "message"), TRIED)
def test_a_trial_tells_what_is_wrong(
    reason: str, body: str, message: str, penstock: Command, tmp_path: Path, target: Recorder
) -> None:
    foreign = "class Foreign:\n    def __await__(self):\n        yield 5\n"
    (tmp_path / "flow.py").write_text(f"{HEAD}async def journey(user):\n    {body}\n{OTHERS}\n\n{foreign}")
    ended = penstock("trial", "flow.py", "--base-url", target.url, expect=99)
    assert message in " ".join((ended.stdout + ended.stderr).split()), (reason, ended)
