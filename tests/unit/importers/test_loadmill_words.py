"""Expressions, paths and URLs of Loadmill as they are read, and that importer and dialect know the same words."""

from __future__ import annotations

import re
from pathlib import Path
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from penstock.importers import registry
from penstock.importers.base import Files
from penstock.importers.loadmill import keys
from penstock.importers.loadmill.expressions import parse_text
from penstock.importers.loadmill.functions import ANY, BUILT_INS, FUNCTIONS
from penstock.importers.loadmill.patterns import is_regexp, path_fault
from penstock.importers.loadmill.requests import path_of
from penstock.model import Call, Hole, Literal, Operation, Text, Variable, codec
from penstock.program.journeys import compile as compile_scenario
from penstock.program.values.javascript.regexp import InvalidPattern, compile_pattern
from penstock.program.values.jsonpath import InvalidPath, compile_path
from penstock.program.values.loadmill import builtins
from penstock.program.values.loadmill.functions import functions
from penstock.program.values.loadmill.functions.registry import ANY as NO_LIMIT

SAMPLES = Path(__file__).parents[4] / "shared" / "samples" / "loadmill"
"""Files of the vendor, which are not part of the project."""


def test_importer_and_dialect_know_the_same_functions() -> None:
    known = {name: (each.least, each.most) for name, each in functions(Random(1)).items()}
    assert known == FUNCTIONS
    assert ANY == NO_LIMIT


def test_importer_and_dialect_know_the_same_built_ins() -> None:
    assert builtins.NAMES == BUILT_INS


def test_operators_are_of_one_rank_and_bind_to_the_right() -> None:
    (hole,) = parse_text("${ a * 'b'  +  __f(c,'d') }").holes
    assert hole.expr == Operation(
        "*", Variable("a"), Operation("+", Literal("b"), Call("__f", (Variable("c"), Literal("d"))))
    )


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("a${b}c", ("a", Hole(Variable("b"), "${b}"), "c")),
        ("${'}'}${''}", (Hole(Literal("}"), "${'}'}"), Hole(Literal(""), "${''}"))),
        ("${${a}}", ("${", Hole(Variable("a"), "${a}"), "}")),
        ("${a", ("${a",)),
        ("", ()),
        ("$ {a}", ("$ {a}",)),
        ("${f()}", (Hole(Call("f"), "${f()}"),)),
        ("${f(a, b)}", ("${f(a, b)}",)),
        ("${a\u00a0+ b}", ("${a\u00a0+ b}",)),
    ],
)
def test_usages_become_holes(text: str, parts: tuple[str | Hole, ...]) -> None:
    assert parse_text(text) == Text(parts)


@given(st.text(alphabet="${}ab_1' +-<>=&|(),\t\u00a0é", max_size=40))
def test_no_part_of_a_text_is_lost(source: str) -> None:
    assert parse_text(source).source == source


def test_endless_expressions_stay_text() -> None:
    source = "${" + " + ".join(["a"] * 61) + "}"
    assert parse_text(source) == Text((source,))


@pytest.mark.parametrize(
    ("url", "path"),
    [
        ("http://h/a/b?c#d", "/a/b"),
        ("h/a", "/a"),
        ("h:80", "/"),
        ("https://u:p@h", "/"),
        ("${base}/a/${id}?x=/y", "/a/${id}"),
        ("${scheme}://${host}:${port}/a", "/a"),
        ("https://${host}/a/${b}", "/a/${b}"),
        ("${url}", "${url}"),
        ("${url}?a=1", "${url}"),
        ("h?x=/y", "/"),
    ],
)
def test_requests_are_named_by_their_path(url: str, path: str) -> None:
    assert path_of(parse_text(url)) == path


@given(
    st.lists(st.sampled_from(["a", "(", ")", "[", "]", "\\", "*", "?", "{1,2}", "{", "|", "^", "(?:", "-"]), max_size=6)
)
def test_a_regular_expression_that_is_let_through_can_be_run(pieces: list[str]) -> None:
    source = "".join(pieces)
    try:
        compile_pattern(source)
    except InvalidPattern:
        assert not is_regexp(source)
    else:
        assert is_regexp(source)


@given(
    st.lists(
        st.sampled_from(
            ["$", ".a", "..", "b", "[0]", "['a b']", "[?(@.a>1)]", "[?(@.n.match(/x/))]", "[(@.length-1)]", "[*]", ".*",
             "[1:2]", "[", "]", "[0,1]", "[?(@.f())]", "['", "?("]
        ),
        max_size=5,
    )
)  # fmt: skip
def test_a_jsonpath_that_is_let_through_can_be_run(pieces: list[str]) -> None:
    source = "".join(pieces)
    if path_fault(source):
        return
    try:
        compile_path(source)
    except InvalidPath as error:
        pytest.fail(f"{source!r} is let through but cannot be run: {error}")


def test_no_key_has_two_meanings() -> None:
    for groups in (
        (keys.READ_BY_CONFIGURATION, keys.NOTED, keys.WARNED, keys.UNAVAILABLE),
        (keys.READ_BY_STEPS, keys.STEP_NOTED, keys.STEP_UNAVAILABLE),
    ):
        names = [name for group in groups for name in group]
        assert len(names) == len(set(names))


def test_the_table_of_words_names_every_key() -> None:
    table = (Path(keys.__file__).parent / "words.md").read_text()
    named = set(re.findall(r"`(\w+)`", table))
    known = keys.READ_BY_CONFIGURATION | keys.NOTED.keys() | keys.WARNED.keys() | keys.UNAVAILABLE.keys()
    known |= keys.READ_BY_STEPS | keys.STEP_NOTED.keys() | keys.STEP_UNAVAILABLE.keys()
    known |= keys.READ_BY_SUITES | keys.READ_BY_CONFS_OF_SUITES | keys.READ_BY_FLOWS
    assert known - named == set()


EXAMPLES = sorted((Path(__file__).parents[3] / "examples").glob("*.loadmill.json"))


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.name)
def test_an_example_can_be_run_as_it_is(path: Path) -> None:
    result = registry.compile(*Files.from_path(path))
    assert {finding.code for finding in result.findings} <= {"vendor-limit"}
    assert result.scenario is not None
    assert compile_scenario(codec.decode(codec.encode(result.scenario)))


@pytest.mark.skipif(not SAMPLES.is_dir(), reason="the vendor's own files are not part of the project")
@pytest.mark.parametrize("name", ["load-test-example_2020-11", "load-test-example_HEAD", "minimal_load_config"])
def test_files_of_the_vendor_can_be_run(name: str) -> None:
    (path,) = SAMPLES.glob(f"*{name}*.json")
    result = registry.compile(*Files.from_path(path))
    assert [finding for finding in result.findings if finding.severity != "note"] == []
    assert result.scenario is not None
    assert compile_scenario(result.scenario)
