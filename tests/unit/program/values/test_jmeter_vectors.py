"""Texts and elements, and what JMeter 5.6.3 made of them, through the importer's words and the dialect's closures.

`python -m tests.jmeter.elements` asks JMeter again.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

import pytest

from penstock.errors import NotRunnable
from penstock.importers.base import Findings
from penstock.importers.jmeter.checks import compile_assertions
from penstock.importers.jmeter.extracts import KINDS, compile_extracts
from penstock.importers.jmeter.parse import Node, Value
from penstock.importers.jmeter.texts import Texts
from penstock.model import Origin
from penstock.program.values.jmeter import dialect
from tests.unit.program.values.replies import PlainReply

Vector = dict[str, Any]

VECTORS: dict[str, Any] = json.loads(Path(__file__).with_name("jmeter_vectors.json").read_text())

PLUGIN = "a function of a plug-in, which the JMeter that was asked does not have"
REFUSED = "what cannot be read is refused when the plan is imported, and gives no empty text under load"
DIFFERENCES = {
    "${__lowercase(ABC)}": PLUGIN,
    "${__chooseRandom(a,a,c)}${c}": PLUGIN,
    "${__strLen(abc)}": PLUGIN,
    "${__jexl3(1 == )}": REFUSED,
    "${__jexl3(nobody)}": REFUSED,
    "${__groovy(nobody)}": REFUSED,
    "${__javaScript(1 +)}": REFUSED,
    '${__groovy("a".compareTo("b"))} ${__groovy("abc".indexOf("c"))} ${__groovy("a,b".replace(",","-"))}': REFUSED,
    "${__groovy(1.5 + 1)} ${__groovy(0.1 + 0.2)} ${__groovy(10000000 * 1000)} ${__groovy(5 % 3)}": (
        "whole numbers have no limit"
    ),
    "${__intSum( 1 , 2 )}": "blanks around a number are left out, where JMeter fails the sample",
    "RegexExtractor: look behind is refused there": "our engine looks behind; the importer says so",
    "XPath2Assertion: version 2": "the assertion knows the functions of XPath 2, as the extractor does",
}
"""Where ours is not JMeter's answer, and why."""


@pytest.fixture(autouse=True)
def utc(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The vectors were made in this time zone."""
    monkeypatch.setenv("TZ", "UTC")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


@dataclass
class Sample(PlainReply):
    url: str = "http://localhost/"


def text_of(source: str) -> str:
    findings = Findings()
    text = Texts(findings, {}).parse(source, Origin("plan.jmx"))
    if findings.errors():
        return f"refused: {findings.errors()[0]}"
    try:
        return dialect(Random(1)).text(text)(dict(VECTORS["variables"]))
    except NotRunnable as refusal:
        return f"refused: {refusal}"


def written(value: object) -> Value:
    if isinstance(value, bool):
        return "true" if value else "false"
    return list(value) if isinstance(value, list) else str(value)


def answer_of(vector: Vector) -> dict[str, Any]:
    kind = vector["kind"].rpartition(".")[2]
    values = {key: written(value) for key, value in vector["properties"].items()}
    node, findings = Node("it", kind, Origin("plan.jmx"), values), Findings()
    texts, words, variables = Texts(findings, {}), dialect(Random(1)), dict(vector.get("variables", {}))
    lines = vector.get("headers", "HTTP/1.1 200 OK\nContent-Type: text/plain\n").splitlines()[1:]
    headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines)}
    sample = Sample(vector["body"], headers)
    if kind in KINDS:
        extract = words.extracts(compile_extracts([node], texts, findings))
        assert extract is not None, findings.errors()
        extract(variables, sample)
        return {"variables": variables}
    (validation,) = compile_assertions([node], texts, findings).validations
    return {"failed": words.validation(validation.rule)(variables, sample, sample.elapsed_s) is not None}


@pytest.mark.parametrize("vector", VECTORS["texts"], ids=lambda vector: vector["reason"])
def test_a_text_becomes_what_jmeter_makes_of_it(vector: Vector) -> None:
    is_same = text_of(vector["text"]) == vector["expected"]
    assert is_same is (vector["text"] not in DIFFERENCES), text_of(vector["text"])


@pytest.mark.parametrize("vector", VECTORS["rules"], ids=lambda vector: vector["reason"])
def test_an_element_does_what_jmeters_does(vector: Vector) -> None:
    answer = answer_of(vector)
    assert (answer == vector["expected"]) is (vector["reason"] not in DIFFERENCES), answer
