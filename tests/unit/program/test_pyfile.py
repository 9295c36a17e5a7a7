"""A user's own file: every mistake has its file, its line and a way out."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from textwrap import dedent

import pytest

from penstock.errors import InvalidFlow
from penstock.program import pyfile
from penstock.program.pyfile import LoadedFlow
from penstock.script import Options
from tests.engine.fake_http import Answer
from tests.engine.fake_loop import FakeLoop


@pytest.fixture(autouse=True)
def _forget_flows() -> Iterator[None]:
    yield
    for name in [name for name in sys.modules if name.startswith("penstock_flow_")]:
        del sys.modules[name]


def write(folder: Path, source: str, name: str = "flow.py") -> Path:
    path = folder / name
    path.write_text(dedent(source))
    return path


def run(flow: LoadedFlow) -> FakeLoop:
    load = {"phases": [{"start": 1, "end": 1, "duration_s": 9}], "iterations_per_user": 1}
    journeys = [{"name": journey.name} for journey in flow.journeys]
    loop = FakeLoop({"load": load, "journeys": journeys}, lambda *_: Answer())
    return loop.run([journey.function for journey in flow.journeys])


def test_a_flow_is_loaded_and_runs(tmp_path: Path) -> None:
    source = """
        from penstock.script import Options, http

        options = Options(users=5, duration="30s")

        async def journey(user):
            await http.get(f"http://shop/{user.index}")
    """
    flow = pyfile.load(write(tmp_path, source))
    assert flow.options == Options(users=5, duration="30s")
    assert [journey.name for journey in flow.journeys] == ["flow"]
    assert [url for _, url, _, _ in run(flow).requests] == ["http://shop/0"]


@pytest.mark.parametrize(
    "signature", ["", "user", "user, /", "anyone, times=2", "*everything", "user, *, times=2", "*, times=2"]
)
def test_a_journey_takes_the_user_or_nothing(tmp_path: Path, signature: str) -> None:
    source = f"""
        from penstock.script import http

        async def journey({signature}):
            await http.get("http://shop/")
    """
    flow = pyfile.load(str(write(tmp_path, source)))
    assert flow.options == Options()
    assert run(flow).iterations == {"started": 1, "finished": 1, "failed": 0}


def test_modules_beside_the_file_can_be_imported(tmp_path: Path) -> None:
    write(tmp_path, "PATH = '/x'", "beside_the_flow.py")
    before = list(sys.path)
    source = """
        from dataclasses import dataclass

        from beside_the_flow import PATH
        from penstock.script import http

        @dataclass
        class Shop:
            path: str

        async def journey():
            await http.get(f"http://shop{Shop(PATH).path}")
    """
    try:
        assert [url for _, url, _, _ in run(pyfile.load(write(tmp_path, source))).requests] == ["http://shop/x"]
        assert sys.path == before
    finally:
        del sys.modules["beside_the_flow"]


MISTAKES = [
    ("async def journey(user)\n    pass\n", "flow.py:1: this is not valid Python: expected ':'", "a syntax error"),
    ("\n\nx = 'abc\n", "flow.py:3: this is not valid Python: unterminated string literal", "an open string"),
    ("x = 1\0\n", "flow.py", "zero bytes"),
    ("\n\nopen('/no/such/file')\n", "flow.py:3: the file fails while it is loaded: FileNotFoundError", "an exception"),
    (
        "def f():\n    return 1 / 0\n\nf()\n",
        "flow.py:2: the file fails while it is loaded: ZeroDivisionError",
        "inside",
    ),
    ("import json\njson.loads('{')\n", "flow.py:2: the file fails while it is loaded: JSONDecodeError", "in a library"),
    ("import there_is_none\n", "flow.py:1: there is no module 'there_is_none'; put it beside flow.py", "no module"),
    ("import sys\nsys.exit(3)\n", "flow.py:2: the file ends the program while it is loaded", "an exit"),
    ("raise ValueError\n", "flow.py:1: the file fails while it is loaded: ValueError; correct", "no text"),
    ("x = 1\n", "flow.py: there is no journey; write `async def journey(user):`", "no journey"),
    ("\ndef journey(user): pass\n", "flow.py:2: journey is a plain function; write `async def", "not async"),
    ("async def journey(user):\n    yield 1\n", "flow.py:1: journey holds `yield`", "a generator"),
    ("journey = 5\n", "flow.py: journey is a int; write", "no function"),
    ("class journey: pass\n", "flow.py: journey is a plain function", "a class"),
    ("async def journey(a, b): pass\n", "flow.py:1: journey(a, b) takes too much; it is given the user", "too much"),
    ("async def journey(a, *, b): pass\n", "flow.py:1: journey(a, b) takes too much", "a needed keyword"),
    ("options = {}\nasync def journey(): pass\n", "flow.py: `options` is a dict; write `options = Options(", "options"),
]


@pytest.mark.parametrize(("source", "message", "why"), MISTAKES, ids=[mistake[2] for mistake in MISTAKES])
def test_a_mistake_is_told_with_its_place(tmp_path: Path, source: str, message: str, why: str) -> None:
    path = write(tmp_path, source)
    with pytest.raises(InvalidFlow) as refusal:
        pyfile.load(path)
    assert f"{tmp_path}/{message}" in str(refusal.value), why
    assert "penstock_flow_flow" not in sys.modules, "nothing of it is left behind"


def test_a_mistake_in_a_module_beside_it_is_told_there(tmp_path: Path) -> None:
    write(tmp_path, "x = (\n", "broken_beside.py")
    path = write(tmp_path, "import broken_beside\n")
    with pytest.raises(InvalidFlow, match=r"broken_beside\.py:1: this is not valid Python"):
        pyfile.load(path)


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidFlow, match=r"none\.py: cannot be read: No such file"):
        pyfile.load(tmp_path / "none.py")


def test_a_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidFlow, match="cannot be read: Is a directory"):
        pyfile.load(tmp_path)


def test_bytes_that_are_no_text_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "flow.py"
    path.write_bytes(b"x = '\xff'\n")
    with pytest.raises(InvalidFlow, match="this is not valid Python"):
        pyfile.load(path)


def test_deep_nesting_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidFlow, match=r"flow\.py"):
        pyfile.load(write(tmp_path, f"x = {'(' * 5000}1{')' * 5000}\n"))
