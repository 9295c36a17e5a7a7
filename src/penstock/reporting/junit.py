"""JUnit XML for CI systems. A case fails exactly when the run did not pass for its sake.

    suite       cases
    run         the load generator · a request succeeds · the failure limit
    thresholds  one a threshold
    requests    one a request and one a journey, `time` being its average response latency
    checks      one a check

Failures of single requests and checks are failures here only where they were too many for the run (its failure limit,
or no request succeeded at all); else the case passes and lists them as its output: a passed run has no failed case, a
failed one has one at least, and a broken load generator is an error.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from lxml import etree

from penstock.metrics import numbers
from penstock.metrics.rows import CheckRow, Row
from penstock.runs.report import Report
from penstock.runs.verdict import FailureLimit

MOST_MESSAGES = 20
"""How many kinds of failures one case lists."""


@dataclass(frozen=True, slots=True)
class _Case:
    """One test case; `problem` says whether `lines` (the first one in short) are a failure, an error, or just said."""

    name: str
    problem: Literal["failure", "error"] | None = None
    kind: str = ""
    lines: Sequence[str] = ()
    time_s: float = 0.0


def render(report: Report) -> bytes:
    """Return the XML document in UTF-8."""
    suites = {
        "run": _run(report),
        "thresholds": [
            _Case(
                judged.threshold.text,
                "failure" if judged.counts else None,
                "threshold",
                [judged.reason] if judged.note or not judged.passed else [f"{judged.observed_text} observed"],
            )
            for judged in report.verdict.thresholds
        ],
        "requests": [_request(row, report) for row in (*report.summary.requests, *report.summary.journeys)],
        "checks": [_check(check, report) for check in report.summary.checks],
    }
    every = [case for cases in suites.values() for case in cases]
    root = etree.Element("testsuites", {"name": _xml(report.run.name), **_counts(every, report.run.duration_s)})
    for name, cases in suites.items():
        if cases:
            root.append(_suite(name, cases, report))
    return etree.tostring(root, encoding="UTF-8", xml_declaration=True, pretty_print=True)


def _run(report: Report) -> list[_Case]:
    total, limit = report.summary.total, report.verdict.failure_limit
    broken = report.run.end == "failed"
    nothing = "no request was made" if not total.count else "no request succeeded"
    return [
        _Case(
            "the load generator works",
            "error" if broken else None,
            "generator",
            [report.run.message or "the load generator failed"] if broken else report.summary.distrust,
        ),
        _Case(
            "a request succeeds",
            None if total.successful else "failure",
            "requests",
            [f"{numbers.things(total.successful, 'request')} succeeded" if total.successful else nothing],
        ),
        *([_limit(limit)] if limit.decides else []),
    ]


def _limit(limit: FailureLimit) -> _Case:
    name = f"failed {limit.of} <= {numbers.share(limit.most)}"
    return _Case(name, None if limit.passed else "failure", "failure limit", [limit.reason])


def _too_many_failures(report: Report) -> bool:
    return not report.verdict.failure_limit.passed or not report.summary.total.successful


def _request(row: Row, report: Report) -> _Case:
    name = row.name if row.kind == "request" else f"journey {row.name}"
    if not row.failed and not row.errors:
        return _Case(name, time_s=row.response.avg_s)
    errors = [f"{numbers.count(error.count)} × {error.kind}: {error.message}" for error in row.errors]
    left_out = errors[MOST_MESSAGES:]
    lines = [
        f"{numbers.count(row.failed)} of {numbers.count(row.count)} failed ({numbers.share(row.failed_share)})",
        *errors[:MOST_MESSAGES],
        *([f"and {numbers.things(len(left_out), 'more kind')} of failures"] if left_out else []),
    ]
    return _Case(name, "failure" if _too_many_failures(report) else None, "requests", lines, row.response.avg_s)


def _check(check: CheckRow, report: Report) -> _Case:
    failed = check.missed > 0 and _too_many_failures(report)
    held = f"held {numbers.count(check.held)} of {numbers.things(check.count, 'time')}"
    name = f"{check.series}: {check.name}"
    return _Case(name, "failure" if failed else None, "check", [held])


def _suite(name: str, cases: Sequence[_Case], report: Report) -> etree._Element:
    facts = {
        "name": name,
        **_counts(cases, report.run.duration_s),
        "skipped": "0",
        "timestamp": f"{report.run.started:%Y-%m-%dT%H:%M:%S}",
    }
    suite = etree.Element("testsuite", facts)
    for case in cases:
        element = etree.SubElement(
            suite,
            "testcase",
            {
                "name": _xml(case.name),
                "classname": f"{_xml(report.run.name)}.{name}",
                "time": f"{case.time_s:.6f}",
            },
        )
        if case.problem:
            problem = etree.SubElement(element, case.problem, {"message": _xml(case.lines[0]), "type": case.kind})
            problem.text = _xml("\n".join(case.lines))
        elif case.lines:
            etree.SubElement(element, "system-out").text = _xml("\n".join(case.lines))
    return suite


def _counts(cases: Sequence[_Case], seconds: float) -> dict[str, str]:
    return {
        "tests": str(len(cases)),
        "failures": str(sum(case.problem == "failure" for case in cases)),
        "errors": str(sum(case.problem == "error" for case in cases)),
        "time": f"{seconds:.3f}",
    }


def _xml(text: str) -> str:
    r"""Return the text with what XML 1.0 cannot hold at all, not even escaped, written out (`\x00`)."""
    return "".join(sign if _allowed(sign) else f"\\x{ord(sign):02x}" for sign in text)


def _allowed(sign: str) -> bool:
    code = ord(sign)
    return (
        code in (0x9, 0xA) or 0x20 <= code < 0x7F or 0xA0 <= code < 0xD800 or 0xE000 <= code < 0xFFFE or code > 0xFFFF
    )
