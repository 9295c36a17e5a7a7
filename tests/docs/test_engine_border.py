"""The document of the engine's border names every operation, method, kind of failure and key that cross it."""

from __future__ import annotations

import re

import pytest

from penstock.script import operations
from tests.e2e.conftest import ROOT

BORDER = (ROOT / "docs" / "spec" / "engine-border.md").read_text()
CORE = ROOT / "crates" / "penstock-core" / "src"
PLAN = (CORE / "plan.rs").read_text()
SECTIONS = dict(re.findall(r"^## (\d)[^\n]*\n(.*?)(?=^## |\Z)", BORDER, re.MULTILINE | re.DOTALL))


def test_every_operation_has_its_layout() -> None:
    numbers = {name: value for name, value in vars(operations).items() if name.isupper() and isinstance(value, int)}
    assert len(numbers) > 8
    assert {name for name, value in numbers.items() if f"`({value}, " not in SECTIONS["1"]} == set()


@pytest.mark.parametrize(
    "fields", [operations.RequestOptions._fields, operations.Handling._fields, operations.Transport._fields]
)
def test_every_setting_of_a_request_is_there(fields: tuple[str, ...]) -> None:
    words = {word for text in re.findall(r"`([^`]+)`", SECTIONS["1"]) for word in re.findall(r"\w+", text)}
    assert set(fields) - words == set()


def test_every_method_of_the_loop_is_there() -> None:
    stub = (ROOT / "src" / "penstock" / "engine" / "_native.pyi").read_text()
    (loop,) = re.findall(r"^class Loop:\n(.*?)^@final", stub, re.MULTILINE | re.DOTALL)
    methods = set(re.findall(r"def ([a-z]\w+)\(", loop))
    assert len(methods) > 10
    assert {name for name in methods if not re.search(rf"`{name}\(|\b{name}\b", SECTIONS["2"] + SECTIONS["6"])} == set()


def test_every_kind_of_failure_is_in_the_table() -> None:
    rust = "".join(file.read_text() for file in CORE.rglob("*.rs"))
    kinds = set(re.findall(r'(?:Failure|Self)::new\(\s*"([a-z]+)", ', rust))
    assert len(kinds) > 10
    told = {
        kind
        for row in re.findall(r"^\| (`[^|]+`) \|", SECTIONS["1"], re.MULTILINE)
        for kind in row.strip("`").split("`, `")
    }
    assert kinds - told == set()


def test_every_key_of_a_plan_is_there() -> None:
    keys = re.findall(r"^    pub (\w+): ", PLAN, re.MULTILINE)
    assert len(keys) > 60
    assert {key for key in keys if f'"{key}"' not in SECTIONS["4"]} == set()


def test_every_kind_of_series_is_there() -> None:
    kinds = re.findall(r'Self::\w+ => "([a-z]+)"', (CORE / "series.rs").read_text())
    assert len(kinds) == 6
    (told,) = re.findall(r'"kind": "request", +// ([\w |]+)\n', SECTIONS["5"])
    assert set(told.split(" | ")) == set(kinds)
