"""Whatever stands in a configuration, the importer answers with findings or a refusal, and never breaks."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from penstock.errors import InvalidInput
from penstock.importers import registry
from penstock.importers.base import Files, Imported, Overrides, Pool
from penstock.importers.loadmill import keys
from penstock.model import codec
from penstock.program.journeys import compile as compile_scenario
from penstock.services.verification import verify_suite

# fmt: off
TEXTS = st.sampled_from(
    [
        "", "0", "5", "-1", "x", "a b", "${a}", "${a + '1'}", "${__add()}", "${__nope(a)}", "http://h/x",
        "${a}/x", "$.a[0]", "(", "(x)", "p[", "GET", "ANY", "true", "\xfcn\xef", "\ud83d", "\n", "Wait",
        "__status", "*/*"
    ]
)
# fmt: on
SCALARS = (
    st.none() | st.booleans() | st.integers(-(10**6), 10**30) | st.floats(allow_nan=False, allow_infinity=False) | TEXTS
)
NAMES = st.sampled_from(["a", "b", "1c", "", "__true", "a-b", "é", "Content-Length", "X-A"])
# fmt: off
INNER = st.sampled_from(
    [
        "jsonPath", "jQuery", "regex", "header", "edn", "xPath", "ws", "query", "attr", "check", "equals",
        "falsy", "matches", "JSONSchema", "condition", "negate", "goTo", "assert", "iterations", "wait",
        "mimeType", "text", "params", "name", "value", "fileName", "variables", "operationName", "user",
        "password", "description", "dependencies"
    ]
)
# fmt: on
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES | INNER, inner, max_size=3),
    max_leaves=8,
)
# a post-script that is no JavaScript is found by `program`, whose tests try them
STEP_KEYS = st.sampled_from(sorted((keys.READ_BY_STEPS - {"postScript"}) | keys.STEP_NOTED.keys() | {"unknown"}))
CONFIGURATION_KEYS = st.sampled_from(sorted(keys.READ_BY_CONFIGURATION | keys.NOTED.keys() | keys.WARNED.keys()))
STEPS = st.dictionaries(STEP_KEYS, VALUES, max_size=5).map(lambda step: {"url": "http://h/", **step})


def compiled(content: bytes, overrides: Overrides) -> None:
    try:
        result = registry.compile(Files.from_dict({"any.json": content}), "any.json", overrides)
    except InvalidInput as error:
        refusal = str(error)
    else:
        expect_runnable(result)
        return
    assert refusal.startswith("any.json")


def expect_runnable(result: Imported) -> None:
    assert all(str(finding.origin) for finding in result.findings)
    if result.suite is not None and not any(finding.severity == "error" for finding in result.findings):
        assert codec.decode_suite(codec.encode_suite(result.suite)) == result.suite
        verify_suite(result.suite)
    if result.scenario is None or any(finding.severity == "error" for finding in result.findings):
        return
    assert codec.decode(codec.encode(result.scenario)) == result.scenario
    compile_scenario(result.scenario)


@settings(max_examples=300, deadline=None)
@given(st.lists(STEPS, min_size=1, max_size=3), st.dictionaries(CONFIGURATION_KEYS, VALUES, max_size=4))
def test_any_configuration_is_compiled_or_refused(steps: list[dict[str, Any]], others: dict[str, Any]) -> None:
    compiled(
        json.dumps({"requests": steps, **{key: value for key, value in others.items() if key != "requests"}}).encode(),
        Overrides(),
    )


HOOKS = st.sampled_from(["beforeAll", "beforeEach", "afterEach", "afterAll", "other"])
CONFS = st.dictionaries(st.sampled_from(sorted(keys.READ_BY_CONFIGURATION | keys.NOTED.keys())), VALUES, max_size=3)
FLOWS = st.fixed_dictionaries(
    {"conf": st.tuples(st.lists(STEPS, max_size=2), CONFS).map(lambda both: {**both[1], "requests": both[0]})},
    optional={"id": VALUES, "order": VALUES, "runInCi": VALUES, "labels": VALUES, "status": VALUES},
)
SUITES = st.fixed_dictionaries(
    {"flows": st.lists(FLOWS | VALUES, max_size=3)},
    optional={
        "conf": st.dictionaries(st.sampled_from(sorted(keys.READ_BY_CONFS_OF_SUITES)), VALUES, max_size=4) | VALUES,
        "hooks": st.dictionaries(HOOKS, FLOWS | VALUES, max_size=3),
        "dependencies": VALUES,
    },
)


@settings(max_examples=200, deadline=None)
@given(SUITES)
def test_any_suite_is_compiled_or_refused(suite: dict[str, Any]) -> None:
    compiled(json.dumps(suite).encode(), Overrides())


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=60), st.sampled_from([b"", b"{", b'{"requests": [', b'{"requests": ']))
def test_any_bytes_are_compiled_or_refused(content: bytes, start: bytes) -> None:
    compiled(start + content, Overrides())


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=60) | st.text(alphabet='ab,"\n\r ;\ufeff', max_size=40).map(str.encode), TEXTS, TEXTS)
def test_any_pool_and_any_override_is_taken_or_refused(content: bytes, name: str, value: str) -> None:
    overrides = Overrides(((name, value),), (Pool(None, "pool.csv", content),))
    compiled(b'{"requests": [{"url": "http://h/"}]}', overrides)
