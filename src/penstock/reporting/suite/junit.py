"""A suite as JUnit XML: a test case a flow, with a failure for each assertion that did not hold."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Literal

from lxml import etree

from penstock.model import Journey
from penstock.reporting.suite.failures import told
from penstock.reporting.suite.rows import Row, elsewhere, rows_of
from penstock.runs.recording import JudgedCheck, RecordedRequest, Recording
from penstock.runs.suite_report import FlowResult, SuiteReport

_FORBIDDEN = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_STATUSES = {
    "passed": "PASSED",
    "flaky": "FLAKY",
    "failed": "FAILED",
    "error": "ERROR",
    "stopped": "STOPPED",
    "not run": "STOPPED",
}


def render(report: SuiteReport) -> bytes:
    """Return the report as XML."""
    return render_all([report])


def render_all(reports: Iterable[SuiteReport]) -> bytes:
    """Return the reports of several suites as one document."""
    root = etree.Element("testsuites", {"name": "Loadmill suites run"})
    for report in reports:
        _suite(root, report)
    return etree.tostring(root, encoding="UTF-8", xml_declaration=True, pretty_print=True)


def _suite(root: etree._Element, report: SuiteReport) -> None:
    results = report.results
    elements = [_element(result) for result in results]  # each flow is counted once, for tools add the numbers up
    seconds = (report.ended - report.started).total_seconds()
    suite = etree.SubElement(
        root,
        "testsuite",
        {
            "name": _xml(report.description),
            "errors": str(elements.count("error")),
            "failures": str(elements.count("failure")),
            "skipped": str(elements.count("skipped")),
            "timestamp": f"{report.started:%Y-%m-%dT%H:%M:%S}",
            "tests": str(len(results)),
            "time": f"{seconds:.3f}",
            **({"url": _xml(report.url)} if report.url else {}),
        },
    )
    for result in results:
        _case(suite, result, report)


def _case(suite: etree._Element, result: FlowResult, report: SuiteReport) -> None:
    seconds = sum(attempt.duration_s for attempt in result.attempts)
    facts = {
        "name": _xml(result.title),
        "classname": _xml(report.description),
        "status": _STATUSES[result.status],
        "time": f"{seconds:.3f}",
    }
    case = etree.SubElement(suite, "testcase", facts)
    element = _element(result)
    if element == "skipped":
        etree.SubElement(case, element, {"message": "the suite ended before its turn"})
    if element in ("", "skipped"):
        return
    last = result.last
    messages: list[str] = []
    if last is not None:
        messages += _messages(result.journey, last.recording)
        if result.flow is not None and result.flow.after is not None:
            messages += _messages(result.flow.after, last.after)
        if not messages:
            messages = [last.reason or result.status]
    if element == "system-out":
        etree.SubElement(case, element).text = _xml("\n".join(messages))
        return
    for message in messages:
        etree.SubElement(case, element, {"message": _xml(message), "type": "ERROR"})


def _element(result: FlowResult) -> Literal["", "skipped", "system-out", "error", "failure"]:
    """Return what stands in the case of a flow; a flow that is still evaluated is told, but is no failure."""
    if result.status == "not run":
        return "skipped"
    if result.has_passed:
        return ""
    if not result.counts:
        return "system-out"
    return "error" if result.status == "error" else "failure"


def _messages(journey: Journey, recording: Recording | None) -> list[str]:
    if recording is None:
        return []
    messages = []
    for number, row in enumerate(rows_of(journey, recording), 1):
        if row.failures:
            messages += _of_row(number, row)
    messages += [told(failure) for failure in elsewhere(journey, recording)]
    return messages


def _of_row(number: int, row: Row) -> list[str]:
    """Return a text for each assertion that did not hold, or the text of what else failed."""
    last = row.last
    where = f"Request #{number} - {row.name}"
    if isinstance(last, RecordedRequest):
        where += f" - {last.method} {last.url}"
    labels = {check.label for check in last.checks} if last is not None else set()
    texts = [told(failure, row.step) for failure in row.failures if failure.message not in labels]
    head = f"{where} => {texts[0]}" if texts else f"{where} =>"
    checks = [check for check in last.checks if check.held is False and check.enforced] if last is not None else []
    return [f"{head} {_said(check)}" for check in checks] or [head]


def _said(check: JudgedCheck) -> str:
    return f"Expected: {check.subject or check.label} {check.expected} Actual: {check.actual}"


def _xml(text: str) -> str:
    return _FORBIDDEN.sub("\ufffd", text)
