"""A scenario written as a flow.py sends the same requests, and says what it does not do."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from penstock.exporters import flow
from penstock.exporters.flow.answers import keys_of
from penstock.exporters.flow.lines import Lines
from penstock.exporters.flow.loads import added, written
from penstock.exporters.flow.texts import literal, text
from penstock.importers import registry
from penstock.importers.base import Files
from penstock.model import Finding, Hole, Load, Origin, Phase, Population, Scenario, Share, Text, Variable
from penstock.model.timeline import parse_phases
from penstock.program import pyfile
from penstock.program.journeys import compile as compile_scenario
from tests.engine.fake_http import Answer
from tests.engine.fake_loop import FakeLoop

LOAD = {"phases": [{"start": 1, "end": 1, "duration_s": 1e6}], "iterations_per_user": 2, "thinks": "off"}


def imported(configuration: dict[str, Any]) -> Scenario:
    content = json.dumps(configuration).encode()
    scenario = registry.compile(Files.from_dict({"t.json": content}), "t.json").scenario
    assert scenario is not None
    return scenario


def loaded(scenario: Scenario) -> tuple[pyfile.LoadedFlow, tuple[Finding, ...], str]:
    content, findings = flow.write(scenario)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "flow.py"
        path.write_bytes(content)
        return pyfile.load(path), findings, content.decode()


def server(method: str, url: str, headers: dict[str, str], body: bytes) -> Answer:
    if "fail" in url:
        return Answer(500)
    return Answer(200, (("X-Id", "h-7"),), b'{"a": {"b": ["x y", 2]}, "token": "t&1", "list": [1, 2, 3]}')


def sent(functions: list[Any]) -> list[tuple[str, str, dict[str, str], bytes]]:
    loop = FakeLoop({"load": LOAD, "journeys": [{"name": "main"}]}, server)
    return loop.run(functions).requests


def both(scenario: Scenario) -> tuple[list[Any], list[Any]]:
    original = sent([journey.function for journey in compile_scenario(scenario, seed=1)])
    converted, _, _ = loaded(scenario)
    return original, sent([journey.function for journey in converted.journeys])


CONFIGURATION = {
    "parameters": [{"user": "ann"}, {"greeting": "hello ${user}"}],
    "requests": [
        {
            "method": "POST",
            "url": "http://h/login?u=${user}",
            "headers": [{"X-By": "${user}/1"}],
            "postData": {"mimeType": "application/json", "text": '{"user": "${user}", "say": "${greeting}"}'},
            "extract": [{"token": {"jsonPath": "$.token"}, "first": {"jsonPath": "a.b[0]"}}, {"copy": "${token}!"}],
            "assert": [{"check": "token", "equals": "t&1"}, {"check": "__status", "equals": "200"}],
        },
        {
            "url": "http://h/items/${copy}",
            "headers": [{"Authorization": "Bearer ${token}"}],
            "extract": [{"id": {"header": "X-Id"}, "digits": {"header": "X-Id", "regex": "h-(\\d+)"}}],
        },
        {"method": "PUT", "url": "http://h/${id}/${digits}/${__encode_url(first)}"},
    ],
}


def test_a_configuration_sends_the_same_from_python() -> None:
    original, converted = both(imported(CONFIGURATION))
    assert len(original) == 6
    assert converted == original


def test_it_reads_as_a_person_would_write_it() -> None:
    _, findings, source = loaded(imported(CONFIGURATION))
    assert "response = await http.post(" in source
    assert 'headers={"Authorization": f"Bearer {v[\'token\']}"}' in source
    assert 'take(v, "first", path(response, "a", "b", 0))' in source
    assert [finding.severity for finding in findings] == ["note"], "only that Accept-Encoding is another"


SEVERAL = [
    ([{"a": {"jsonPath": "token"}}, {"a": {"jsonPath": "$.gone"}}], "what is not found keeps its value"),
    ([{"a": {"jsonPath": "$.gone"}, "b": {"header": "Nope"}}], "what never was found is empty"),
    ([{"a": "1", "b": "2"}, {"a": "${b}", "b": "${a}"}], "a set sees what was before it"),
    ([{"a": "1"}, {"a": {"jsonPath": "token"}, "b": "${a}"}], "texts of a set see what was before it, too"),
]


@pytest.mark.parametrize(("extracts", "why"), SEVERAL, ids=[why for _, why in SEVERAL])
def test_values_are_taken_as_the_language_says(extracts: list[dict[str, Any]], why: str) -> None:
    requests = [{"url": "http://h/a", "extract": extracts}, {"url": "http://h/${a}/${b}"}]
    original, converted = both(imported({"requests": requests}))
    assert converted == original, why


NAMES = st.sampled_from(["a", "b", "token", "id"])
PIECES = st.sampled_from(
    ["", "x", "a b", "ü", '"', "'", "{", "}", "\\", "\n", "&=", "%41", "${a}", "${token}", "${gone}"]
)
TEXTS = st.lists(PIECES, max_size=4).map("".join)
CHECKS = st.fixed_dictionaries(
    {"check": st.sampled_from(["a", "token", "__status"])},
    optional={"equals": TEXTS, "contains": st.sampled_from(["", "t", "2"]), "falsy": st.just(True)},
)
EXTRACTS = st.dictionaries(
    NAMES,
    TEXTS
    | st.fixed_dictionaries({"jsonPath": st.sampled_from(["token", "$.a.b[0]", "$.gone", "list.length", "$.a"])})
    | st.fixed_dictionaries({"header": st.sampled_from(["X-Id", "Nope"])}),
    max_size=2,
)
REQUESTS = st.fixed_dictionaries(
    {"url": st.sampled_from(["http://h/a", "http://h/${a}/x", "http://h/fail", "http://h/?q=${token}"])},
    optional={
        "method": st.sampled_from(["GET", "POST", "DELETE"]),
        "headers": st.dictionaries(st.sampled_from(["X-A", "X-B"]), st.sampled_from(["1", "${a}", "p${token}q"])).map(
            lambda given: [{key: value} for key, value in given.items()]
        ),
        "postData": st.fixed_dictionaries({"mimeType": st.sampled_from(["text/plain", ""]), "text": TEXTS}),
        "extract": st.lists(EXTRACTS, max_size=2),
        "assert": st.lists(CHECKS, max_size=2),
        "expectedStatus": st.sampled_from(["SUCCESS", "ERROR", "ANY"]),
    },
)


@settings(max_examples=150, deadline=None)
@given(st.lists(REQUESTS, min_size=1, max_size=3), st.dictionaries(NAMES, TEXTS, max_size=2))
def test_any_plain_configuration_sends_the_same_from_python(
    requests: list[dict[str, Any]], parameters: dict[str, str]
) -> None:
    scenario = imported({"parameters": [{key: value} for key, value in parameters.items()], "requests": requests})
    original, converted = both(scenario)
    assert converted == original


@given(st.lists(st.text(max_size=4) | st.sampled_from(["a", "b'", 'c"', "d\\", "e{"]).map(Variable), max_size=5))
def test_texts_become_expressions_of_the_same_value(parts: list[str | Variable]) -> None:
    value = Text(tuple(part if isinstance(part, str) else Hole(part, "") for part in parts if part != ""))
    expected = "".join(part if isinstance(part, str) else f"<{part.name}>" for part in parts)
    v = {name: f"<{name}>" for name in ["a", "b'", 'c"', "d\\", "e{"]}
    assert eval(text(value, Lines(), Origin("f")), {"v": v}) == expected


@given(st.text())
def test_literals_are_themselves(value: str) -> None:
    assert eval(literal(value)) == value


@pytest.mark.parametrize(
    ("path", "keys"),
    [
        ("$.a.b[0]", ["a", "b", 0]),
        ("a", ["a"]),
        ("$['a b'].c", ["a b", "c"]),
        ("$", []),
        ("list.0", ["list", 0]),
        ("$..a", None),
        ("$.a[*]", None),
        ("$.a[?(@.b)]", None),
    ],
)
def test_only_paths_to_one_value_are_keys(path: str, keys: list[str | int] | None) -> None:
    assert keys_of(path) == keys


PHASES = st.lists(
    st.builds(Phase, st.integers(0, 50).map(float), st.integers(0, 50).map(float), st.integers(1, 60).map(float)),
    min_size=1,
    max_size=4,
).map(tuple)


@given(PHASES)
def test_phases_are_written_so_that_they_are_read_back(phases: tuple[Phase, ...]) -> None:
    assert parse_phases(written(phases)) == phases


@given(PHASES, PHASES)
def test_the_sum_of_loads_has_the_area_of_both(one: tuple[Phase, ...], other: tuple[Phase, ...]) -> None:
    def area(phases: tuple[Phase, ...]) -> float:
        return sum((phase.start + phase.end) / 2 * phase.duration_s for phase in phases)

    together = added((one, other))
    assert area(together) == pytest.approx(area(one) + area(other))
    assert sum(phase.duration_s for phase in together) == pytest.approx(
        max(sum(phase.duration_s for phase in each) for each in (one, other))
    )


def mixed(rule: str) -> Scenario:
    base = imported({"requests": [{"url": "http://h/a"}]})
    first = base.journeys[0]
    second = imported({"requests": [{"url": "http://h/b"}]}).journeys[0]
    from dataclasses import replace

    shares = (Share("one", 3.0), Share("two", 1.0))
    population = Population("p", Load((Phase(1, 1, 60),)), shares, rule)  # type: ignore[arg-type]
    return replace(base, journeys=(replace(first, name="one"), replace(second, name="two")), populations=(population,))


def test_a_sequence_is_done_in_order() -> None:
    converted, _, _ = loaded(mixed("sequential"))
    assert [url for _, url, _, _ in sent([converted.journeys[0].function])] == ["http://h/a", "http://h/b"]


@pytest.mark.parametrize("rule", ["tests", "users", "pace"])
def test_other_mixes_are_drawn_and_that_is_said(rule: str) -> None:
    converted, findings, source = loaded(mixed(rule))
    assert "WEIGHTS = (0.75, 0.25)" in source
    assert sent([converted.journeys[0].function])
    assert findings


def test_what_python_has_no_word_for_is_a_comment_and_a_finding() -> None:
    _, findings, source = loaded(
        imported({"requests": [{"url": "http://h/", "extract": [{"x": {"jQuery": "h1"}}], "assert": [{"check": "x"}]}]})
    )
    assert "# not converted: what 'x' is set to, by a CssQuery (t.json:1: requests[0].extract[0].x" in source
    warning = next(finding for finding in findings if finding.severity == "warning")
    assert "not in the flow.py: what 'x' is set to" in str(warning)
