"""JUnit XML: well formed, of the shape that CI systems read, and of one mind with the verdict."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from penstock.metrics.measures import Agent, Iterated, Series
from penstock.metrics.snapshot import Snapshot
from penstock.reporting import junit
from penstock.runs.report import Report
from tests.unit.reporting import synthetic
from tests.unit.reporting.golden import same_as_golden

ATTRIBUTES = {  # element: (required, optional), as in the schemas of the Ant task and of Jenkins
    "testsuites": ({"tests", "failures", "errors"}, {"name", "time"}),
    "testsuite": ({"name", "tests", "failures", "errors"}, {"skipped", "time", "timestamp", "hostname"}),
    "testcase": ({"name", "classname", "time"}, set[str]()),
    "failure": ({"message", "type"}, set[str]()),
    "error": ({"message", "type"}, set[str]()),
    "system-out": (set[str](), set[str]()),
}
CHILDREN = {
    "testsuites": {"testsuite"},
    "testsuite": {"testcase"},
    "testcase": {"failure", "error", "system-out"},
}
NUMBERS = {"tests": r"\d+", "failures": r"\d+", "errors": r"\d+", "skipped": r"\d+", "time": r"\d+\.\d+"}


def validated(content: bytes) -> etree._Element:
    """Parse the document and hold it against the shape of JUnit reports."""
    root = etree.fromstring(content)
    assert root.tag == "testsuites"
    for element in root.iter():
        required, optional = ATTRIBUTES[element.tag]
        assert required <= set(element.attrib) <= required | optional, element.tag
        for name, pattern in NUMBERS.items():
            assert re.fullmatch(pattern, element.get(name, "0.0" if name == "time" else "0")), (element.tag, name)
        assert {child.tag for child in element} <= CHILDREN.get(element.tag, set())
    for suite in (root, *root):
        for kind, attribute in (("testcase", "tests"), ("failure", "failures"), ("error", "errors")):
            assert int(suite.get(attribute, "")) == len(suite.findall(f".//{kind}")), (suite.get("name"), attribute)
    for suite in root:
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d", suite.get("timestamp", ""))
        assert len(suite), "a suite without cases"
    for case in root.iter("testcase"):
        assert len(case) <= 1
    return root


def cases(report: Report) -> dict[str, etree._Element]:
    return {
        f"{case.get('classname')}/{case.get('name')}": case for case in validated(junit.render(report)).iter("testcase")
    }


def problems(report: Report) -> set[str]:
    return {name.rpartition(".")[2] for name, case in cases(report).items() if case.find("failure") is not None}


def test_there_is_a_case_for_each_thing_that_is_judged() -> None:
    report = synthetic.report()
    root = validated(junit.render(report))
    assert {suite.get("name"): int(suite.get("tests", "")) for suite in root} == {
        "run": 3,
        "thresholds": len(report.verdict.thresholds),
        "requests": len(report.summary.requests) + len(report.summary.journeys),
        "checks": len(report.summary.checks),
    }


def test_only_what_the_run_failed_for_is_a_failure() -> None:
    assert problems(synthetic.report()) == {
        "thresholds/failed < 1%",
        "thresholds/p95[POST /orders] < 400ms over 10s",
        "thresholds/p99[nobody] < 1s",
    }


def test_failures_that_are_allowed_are_said_and_fail_nothing() -> None:
    report = synthetic.report(thresholds=())
    assert report.verdict.passed
    assert problems(report) == set()
    orders = next(case for name, case in cases(report).items() if name.endswith("/POST /orders"))
    assert "23 × status: HTTP status 503 - Service Unavailable" in (orders.findtext("system-out") or "")


def test_failures_over_the_limit_fail_their_cases() -> None:
    found = problems(synthetic.report(thresholds=(), max_failures=0.0))
    assert {"run/failed iterations <= 0%", "requests/POST /orders", "checks/POST /orders: ordered"} <= found
    assert "requests/GET /items" not in found
    assert "checks/GET /items: list answers" not in found


def test_without_a_successful_request_no_failure_is_an_allowed_one() -> None:
    series = Series(count=2, failed=2, errors={("status", "HTTP status 500"): 2}, checks={"c": (0, 2)})
    snapshot = Snapshot((0, 0), {"0/1": Agent()}, 0, Iterated(finished=2, failed=2), {("request", "a"): series})
    found = problems(synthetic.report_of([snapshot], max_failures=1.0))
    assert found == {"run/a request succeeds", "requests/a", "checks/a: c"}


def test_a_run_without_a_successful_request_fails_the_case_for_it() -> None:
    assert problems(synthetic.report_of([])) == {"run/a request succeeds"}


def test_a_broken_generator_is_an_error_and_not_a_failure() -> None:
    report = synthetic.report(thresholds=())
    report = replace(report, run=replace(report.run, end="failed", message="agent 0/2 ended without a word (signal 9)"))
    (error,) = validated(junit.render(report)).iter("error")
    assert error.get("message") == "agent 0/2 ended without a word (signal 9)"
    assert problems(report) == set()


def test_many_kinds_of_failures_are_cut_and_counted() -> None:
    series = Series(count=50, failed=50, errors={("status", f"HTTP status {number}"): 1 for number in range(500, 550)})
    snapshot = Snapshot((0, 0), {"0/1": Agent()}, 0, Iterated(finished=50, failed=50), {("request", "a"): series})
    (failure, *_) = [case for name, case in cases(synthetic.report_of([snapshot])).items() if name.endswith("/a")]
    assert (failure.findtext("failure") or "").endswith("and 30 more kinds of failures")


@given(name=st.text(), message=st.text())
def test_whatever_names_and_messages_hold_the_document_is_well_formed(name: str, message: str) -> None:
    series = Series(count=1, failed=1, errors={("script", message): 1}, checks={message: (0, 1)})
    snapshot = Snapshot((0, 0), {"0/1": Agent()}, 0, Iterated(finished=1, failed=1), {("request", name): series})
    report = synthetic.report_of([snapshot])
    report = replace(report, run=replace(report.run, name=name))
    root = validated(junit.render(report))
    assert len(list(root.iter("testcase"))) == 5


@pytest.mark.parametrize(
    ("name", "written"),
    [
        ("a\x00b\x1b[31m", "a\\x00b\\x1b[31m"),
        ("\ufffe\uffff\U00010000", "\\xfffe\\xffff\U00010000"),
        ("lone \ud800", "lone \\xd800"),
        ("\ufffe", "\\xfffe"),
        ("<b>&'\"", "<b>&'\""),
        ("Größe 价格 🙂", "Größe 价格 🙂"),
    ],
)
def test_what_xml_cannot_hold_is_written_out(name: str, written: str) -> None:
    report = synthetic.report_of([])
    root = validated(junit.render(replace(report, run=replace(report.run, name=name))))
    assert root.get("name") == written


def test_the_made_up_run_is_written_as_ever() -> None:
    assert same_as_golden("junit.xml", junit.render(synthetic.report()))
