"""Parameters that are given to a test: on the command line, in files, and from the environment."""

from __future__ import annotations

import base64
import json
from pathlib import Path

import pytest

from tests.apps import Recorder
from tests.e2e.conftest import Command
from tests.e2e.test_web_tests import request, write

pytestmark = pytest.mark.e2e

FLOW = "meta: {{description: P}}\nparameters: [{{password: none}}]\nrequests: [{{url: '{url}/${{password}}'}}]\n"
CONTEXT = '<ContextParameters><ContextParameter Name="password" Value="none" /></ContextParameters>'
LOAD_TEST = """<?xml version="1.0" encoding="utf-8"?>
<LoadTest Name="Shop" CurrentRunConfig="One" xmlns="http://microsoft.com/schemas/VisualStudio/TeamTest/2010">
<Scenarios><Scenario Name="Buyers" TestMixType="PercentageOfTestsStarted">
<LoadProfile Pattern="Constant" InitialUsers="1" /><TestMix>
<TestProfile Name="Shop" Path="shop.webtest" Percentage="100"
 Type="Microsoft.VisualStudio.TestTools.WebStress.DeclarativeWebTestElement" /></TestMix></Scenario></Scenarios>
<RunConfigurations><RunConfiguration Name="One" RunDuration="5"><ContextParameters>
<ContextParameter Name="password" Value="of the settings" /></ContextParameters></RunConfiguration></RunConfigurations>
</LoadTest>"""
SECRET = "hunter2-of-the-environment"


def flow(folder: Path, url: str) -> Path:
    path = folder / "flow.yaml"
    path.write_text(FLOW.format(url=url))
    return path


ELSEWHERE = ("--parameter-env", "password=SHOP_PASSWORD")
SAME = ("--parameter-env", "password")
SET = ("--parameters-file", "set.txt")


@pytest.mark.parametrize(
    ("kind", "reason", "options", "asked"),
    [
        ("flow", "a variable of another name", ELSEWHERE, SECRET),
        ("flow", "an empty variable that is there", ("--parameter-env", "password=EMPTY"), ""),
        ("flow", "the environment wins over a set", (*SET, *SAME), "same"),
        ("flow", "what is written wins over both", ("password=told", *SET, *SAME), "told"),
        ("load", "a flow as a load", SAME, "same"),
        ("trial", "a trial", ELSEWHERE, SECRET),
        ("trial", "a set in a trial", SET, "set"),
        ("web test", "a variable of another name", ELSEWHERE, SECRET),
        ("web test", "a set, which is no matter of one format", SET, "set"),
        ("web test", "the environment wins over a set", (*SET, *SAME), "same"),
        ("web test", "what is written wins over both", ("password=told", *SET, *SAME), "told"),
        ("web test", "the later of two", ("password=first", "password=second"), "second"),
        ("web test with a variable", "what mstest takes", (), "mstest"),
        ("web test with a variable", "what mstest takes wins over a set", SET, "mstest"),
        ("web test with a variable", "what is asked for wins over it", SAME, "same"),
        ("web test with a variable", "what is written wins over it", ("password=told",), "told"),
        ("load test", "what is written wins over the run settings", ("password=told",), "told"),
    ],
)
def test_a_parameter_is_taken_from_where_it_is_given(
    penstock: Command,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    kind: str,
    reason: str,
    options: tuple[str, ...],
    asked: str,
) -> None:
    monkeypatch.setenv("SHOP_PASSWORD", SECRET)
    monkeypatch.setenv("EMPTY", "")
    monkeypatch.setenv("password", "same")
    (tmp_path / "set.txt").write_text("password=set\n")
    with Recorder() as target:
        file = flow(tmp_path, target.url)
        load: tuple[str, ...] = ("--no-think", "--quiet")
        if kind == "load":
            load = (*load, "--users", "1", "--iterations", "1")
        if "web test" in kind or kind == "load test":
            file = write(tmp_path, request("/{{password}}"), CONTEXT)
            load = (*load, "--base-url", target.url)
        if kind == "web test with a variable":
            monkeypatch.setenv("Test.password", "mstest")
        if kind == "load test":
            file = tmp_path / "shop.loadtest"
            file.write_text(LOAD_TEST)
            load = (*load, "--users", "1", "--total-iterations", "1")
        penstock("trial" if kind == "trial" else "run", file, *options, *load)
        assert [request.target for request in target.requests] == [f"/{asked}"], reason


def test_a_secret_of_the_environment_stands_in_no_report(
    penstock: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SHOP_PASSWORD", SECRET)
    text = base64.b64encode("{{password}}".encode("utf-16-le")).decode()
    body = f'<StringHttpBody ContentType="text/plain">{text}</StringHttpBody>'
    path = write(tmp_path, request("/sign-in", body, Method="POST"), CONTEXT)
    with Recorder() as target:
        results = ("--json", "run.json", "--html", "run.html", "--junit", "run.xml", "--csv", "csv")
        given = ("--parameter-env", "password=SHOP_PASSWORD", "--base-url", target.url)
        ended = penstock("run", path, *given, *results)
        sent = [request.body.decode() for request in target.requests]
    assert any(SECRET in body for body in sent), sent
    written = [each for each in tmp_path.rglob("*") if each.is_file()]
    assert len(written) > 4
    assert [each.name for each in written if SECRET.encode() in each.read_bytes()] == []
    assert SECRET not in ended.stdout + ended.stderr
    assert "password=SHOP_PASSWORD" in json.loads((tmp_path / "run.json").read_text())["run"]["arguments"]


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ("password=SHOP_PASSWROD", "the environment variable SHOP_PASSWROD is not set; SHOP_PASSWORD is"),
        ("no-such-thing-anywhere", "the environment variable no-such-thing-anywhere is not set"),
        ("=SHOP_PASSWORD", "write it like password or password=SHOP_PASSWORD"),
        ("password=", "write it like password or password=SHOP_PASSWORD"),
    ],
)
def test_a_variable_that_is_not_there_is_an_error_and_nothing_runs(
    penstock: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, given: str, message: str
) -> None:
    monkeypatch.setenv("SHOP_PASSWORD", SECRET)
    with Recorder() as target:
        ended = penstock("run", flow(tmp_path, target.url), "--parameter-env", given, expect=104)
        assert target.requests == []
    assert f"--parameter-env {given!r}: {message}" in ended.stderr or f"{given}: {message}" in ended.stderr
    assert SECRET not in ended.stderr


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("set.txt", "password\n", "set.txt:1: 'password': write name=value"),
        ("set.yaml", "parameters: [{password: [a, b]}]\n", "'password' has 2 values; a parameter of this test has one"),
        ("set.json", "[1]", "a set of parameters is an object with `parameters`"),
    ],
)
def test_a_set_that_cannot_be_used_is_named(
    penstock: Command, tmp_path: Path, name: str, content: str, message: str
) -> None:
    (tmp_path / name).write_text(content)
    path = write(tmp_path, request("/{{password}}"), CONTEXT)
    assert message in penstock("run", path, "--parameters-file", name, expect=104).stderr


def test_a_flow_in_python_takes_no_parameters_and_says_so(penstock: Command, tmp_path: Path) -> None:
    (tmp_path / "set.txt").write_text("a=b\n")
    (tmp_path / "flow.py").write_text("async def journey(user):\n    pass\n")
    for given in (("a=b",), ("--parameters-file", "set.txt"), ("--parameter-env", "PATH")):
        said = penstock("run", "flow.py", *given, expect=104).stderr
        assert "is for imported tests; a flow.py reads its own data and settings" in said
