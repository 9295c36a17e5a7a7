"""Inputs and what the original engine answered, through the importer's words and the dialect's closures."""

from __future__ import annotations

import json
from pathlib import Path
from random import Random
from typing import Any

import pytest

from penstock.importers.base import Findings
from penstock.importers.document import Node
from penstock.importers.jsonfile import read_json
from penstock.importers.loadmill.checks import compile_check
from penstock.importers.loadmill.expressions import parse_text
from penstock.importers.loadmill.parameters import compile_parameters
from penstock.importers.loadmill.queries import compile_query
from penstock.importers.loadmill.reading import Reader
from penstock.importers.loadmill.texts import Texts
from penstock.model import Call, Extract, Origin, Variable
from penstock.program.values import EvaluationFailed, ExtractionFailed, Variables
from penstock.program.values.loadmill import dialect
from tests.unit.program.values.replies import PlainReply

VECTORS: list[dict[str, Any]] = json.loads(Path(__file__).with_name("loadmill_vectors.json").read_text())["vectors"]

LATER_TRUTH = "null, NaN and undefined are untrue since early 2021, and tests written since rely on it"
LATER_ROOT = "since 2021 the root of a JSONPath may be any JSON value, not only an object or array"
LATER_SCHEMA = "a value that does not fit its schema is a check that did not hold, counted as such, not an error"

DIFFERENCES = {
    "fn051": LATER_TRUTH,
    "fn052": LATER_TRUTH,
    "fn062": LATER_TRUTH,
    "ex141": LATER_TRUTH,
    "as007": LATER_TRUTH,
    "as009": LATER_TRUTH,
    "fn111": "since 2021 the variant digit of a UUID is looked at",
    "fn194": LATER_ROOT,
    "fn195": LATER_ROOT,
    "xt036": LATER_ROOT,
    "xt038": LATER_ROOT,
    "fn264": "since 2021 the root gives the document itself, not an array around it",
    "xt025": "since 2021 a union of indexes works instead of failing",
    "as083": LATER_SCHEMA,
    "as089": LATER_SCHEMA,
    "as091": LATER_SCHEMA,
    "as092": LATER_SCHEMA,
}
"""Where the versions of 2020 and later ones differ, the later ones are followed; why, a line each."""

DIALECT = dialect(Random(1))

Vector = dict[str, Any]
Answer = dict[str, Any]


def texts() -> Texts:
    findings = Findings()
    return Texts(findings, Reader(findings))


def node(value: object) -> Node:
    document = read_json(json.dumps({"it": value}).encode(), "vector", Findings()).value
    assert isinstance(document, dict)
    return document["it"]


def function(vector: Vector) -> Answer:
    variables = {f"p{index}": argument for index, argument in enumerate(vector["args"])}
    result = DIALECT.value(Call(vector["name"], tuple(map(Variable, variables))))(variables)
    return {"unresolved": True} if result is None else {"result": result}


def expression(vector: Vector) -> Answer:
    return {"output": DIALECT.text(parse_text(vector["input"]))(dict(vector["params"]))}


def extraction(vector: Vector) -> Answer:
    headers = vector.get("headers", {})
    reply = PlainReply(
        vector["body"],
        {name: "; ".join(value) if isinstance(value, list) else value for name, value in headers.items()},
    )
    variables: Variables = dict(vector.get("params", {}))
    query = compile_query(node(vector["query"]), texts())
    assert query is not None
    take = DIALECT.extracts(((Extract(vector["param"], query, Origin("vector")),),))
    assert take is not None
    take(variables, reply)
    matched = DIALECT.query(query)(dict(vector.get("params", {})), reply) is not None
    return {"result": variables[vector["param"]], "matched": matched}


def assertion(vector: Vector) -> Answer:
    # A list in the original's parameters is a choice; all of these have one element.
    variables = {name: value[0] if isinstance(value, list) else value for name, value in vector["params"].items()}
    check = compile_check(node(vector["assertion"]), texts())
    assert check is not None
    try:
        return {"outcome": DIALECT.check(check)(variables)}
    except EvaluationFailed as error:
        return {"error": f"Failed to compute assertion #1 - {error}"}


def parameters(vector: Vector) -> Answer:
    variables: Variables = {}
    for step in compile_parameters(node(vector["parameters"]), texts()):
        seen = dict(variables)
        for assignment in step.assignments:
            (choice,) = assignment.choices
            variables[assignment.variable] = DIALECT.text(choice)(seen)
    return {"output": variables}


KINDS = {each.__name__: each for each in (function, expression, extraction, assertion, parameters)}


def answer(vector: Vector) -> Answer:
    try:
        return KINDS[vector["kind"]](vector)
    except (EvaluationFailed, ExtractionFailed) as error:
        return {"error": str(error)}


def meets(answered: Answer, wanted: Answer) -> bool:
    if "errorPrefix" in wanted:
        return str(answered.get("error")).startswith(wanted["errorPrefix"])
    return {key: answered.get(key) for key in wanted} == wanted


def expected(vector: Vector) -> Answer:
    keys = ("result", "matched", "output", "outcome", "error", "errorPrefix", "unresolved")
    return {key: vector[key] for key in keys if key in vector}


@pytest.mark.parametrize("vector", [pytest.param(each, id=each["id"]) for each in VECTORS if each["kind"] in KINDS])
def test_the_answer_is_that_of_the_original(vector: Vector) -> None:
    answered = answer(vector)
    assert meets(answered, expected(vector)), f"{vector} answered with {answered}"


def test_the_answers_of_2020_are_given_too_except_where_a_reason_is_named() -> None:
    older = {vector["id"]: vector for vector in VECTORS if vector["kind"] in KINDS and "seed" in vector}
    assert {name for name, vector in older.items() if not meets(answer(vector), vector["seed"])} == DIFFERENCES.keys()
