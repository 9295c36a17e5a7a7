"""What happened, in words for people who do not read charts."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from penstock.metrics import numbers
from penstock.model import Comparison, Threshold
from penstock.model.thresholds import NUMBERS
from penstock.runs.report import Report
from penstock.runs.verdict import FailureLimit, Judged, Verdict
from penstock.runs.wording import observed_text

Mood = Literal["good", "bad", "warn"]

PHASE_NAMES = {
    "pool": "Waiting for the pool",
    "dns": "Name (DNS)",
    "tcp": "TCP",
    "tls": "TLS",
    "send": "Sending",
    "wait": "Waiting (first byte)",
    "receive": "Receiving",
}
"""What the phases of an exchange are called."""

_ZEROS = re.compile(r"(?<=\.\d)0+\b|\.0+\b")

_COMPARED: dict[Comparison, str] = {"<": "less than", "<=": "at most", ">": "more than", ">=": "at least"}


@dataclass(frozen=True, slots=True)
class Banner:
    """The first thing a reader sees: one word, one sentence, then the reasons."""

    mood: Mood
    word: str
    sentence: str
    reasons: tuple[str, ...]


def announce(report: Report) -> Banner:
    """Return the banner of a run."""
    verdict, run, reasons = report.verdict, report.run, _reasons(report.verdict)
    if run.end == "failed":
        cause = f": {run.message}" if run.message else ""
        sentence = f"The load generator broke{cause}. What was measured until then is shown."
        return Banner("bad", "Broken", sentence, reasons)
    if run.under_way:
        so_far = "every threshold is met." if verdict.passed else "thresholds are missed:"
        return Banner("warn", "Under way", f"The test goes on. So far {so_far}", reasons)
    if run.end == "stopped":
        so_far = "every threshold was met." if verdict.passed else "thresholds were missed:"
        return Banner("warn", "Stopped", f"The test was stopped before its end. Until then {so_far}", reasons)
    thresholds = len(verdict.thresholds) + verdict.failure_limit.decides
    if verdict.passed:
        return Banner("good", "Passed", _praise(verdict, thresholds), ())
    missed = sum(not judged.passed for judged in verdict.thresholds) + (not verdict.failure_limit.passed)
    if not missed:
        return Banner("bad", "Failed", "The test did not pass:", reasons)
    return Banner("bad", "Failed", f"{missed} of {thresholds} thresholds missed:", reasons)


def _praise(verdict: Verdict, thresholds: int) -> str:
    if thresholds > 1:
        return f"All {thresholds} thresholds were met."
    limit = verdict.failure_limit
    if not limit.decides:
        return "The threshold was met." if thresholds else "No threshold was set."
    kept = "Failures stayed within their limit" if limit.failed else f"None of the {limit.of} failed"
    return f"{kept}; no other threshold was set."


def _reasons(verdict: Verdict) -> tuple[str, ...]:
    """Return the verdict's reasons with what was asked for in words."""
    worded = {judged.reason: _reason(judged) for judged in verdict.thresholds if not judged.passed}
    limit = verdict.failure_limit
    if not limit.passed:
        of = f"{numbers.count(limit.failed)} of {numbers.count(limit.count)}"
        observed = f"{numbers.share(limit.observed)} failed ({of})"
        worded[limit.reason] = f"Asked for: {describe_limit(limit)}. Observed: {observed}."
    return tuple(worded.get(reason, reason) for reason in verdict.reasons)


def _reason(judged: Judged) -> str:
    observed = "nothing" if judged.observed is None else judged.observed_text
    note = f" ({judged.remark})" if judged.remark else ""
    return f"Asked for: {describe(judged.threshold)}. Observed: {observed}{note}."


def tell(report: Report) -> str:
    """Return the run as a short story."""
    summary, total = report.summary, report.summary.total
    users, time = numbers.things(summary.users.peak, "user"), numbers.span(summary.seconds)
    if not summary.users.peak and not total.count:
        return "No user ran."
    if not total.count:
        return f"Up to {users} ran for {time} without making a single request."
    requests = numbers.things(total.count, "request")
    story = f"Up to {users} made {requests} in {time}: {numbers.count(total.rate)} a second. "
    story += (
        f"{numbers.count(total.failed)} of them failed ({numbers.share(total.failed_share)}). " if total.failed else ""
    )
    story += "" if total.failed else "None of them failed. "
    if total.response.count:
        p50, p95, p99 = (numbers.latency(value) for value in _percentiles(report))
        story += f"Half of all answers came within {p50}, 95% within {p95} and 99% within {p99}."
    return story


def describe(threshold: Threshold) -> str:
    """Return what a threshold asks for, as a sentence without its full stop."""
    sentence = _ask(threshold)
    if threshold.window_s is not None:
        sentence += f", in every span of {numbers.span(threshold.window_s)}"
    return f"{sentence}; else the test stops" if threshold.stops else sentence


def _ask(threshold: Threshold) -> str:
    name, metric = threshold.name, threshold.metric
    if threshold.kind in ("metric", "counter"):
        return f"{metric} of “{name}” is {_COMPARED[threshold.comparison]} {_limit(threshold)}"
    if threshold.kind == "check":
        return f"{metric} of the check “{name}” is {_COMPARED[threshold.comparison]} {_limit(threshold)}"
    subject = _subject(threshold)
    bound = f"{_COMPARED[threshold.comparison]} {_limit(threshold)}"
    if metric == "failed":
        return f"{bound} of {subject} fail"
    if metric == "checks":
        return f"{bound} of the checks{f' on {subject}' if name else ''} hold"
    if metric in NUMBERS:
        return f"{bound} {subject if name else 'requests'}{' a second' if metric == 'rate' else ' in all'}"
    if metric == "avg":
        return f"{subject} are answered in {bound} on average"
    if metric in ("min", "max"):
        return f"the {'fastest' if metric == 'min' else 'slowest'} of {subject} is answered in {bound}"
    percent = metric[1:]
    if threshold.comparison in ("<", "<="):
        return f"{percent}% of {subject} are answered in {bound}"
    return f"the {_ordinal(percent)} percentile of {subject} is {bound}"


def _subject(threshold: Threshold) -> str:
    if not threshold.name:
        return "all requests"
    word = {"tag": "requests tagged ", "iteration": "passes through ", "page": "the page "}.get(threshold.kind, "")
    return f"{word}“{threshold.name}”"


def _limit(threshold: Threshold) -> str:
    if threshold.against is None:
        if threshold.metric in NUMBERS or threshold.kind in ("metric", "counter"):
            return f"{threshold.value:,g}"
        return _ZEROS.sub("", observed_text(threshold.measure, threshold.value))
    subject = f"“{threshold.against.name}”" if threshold.against.name else "all requests"
    other = f"the {threshold.against.metric} of {subject}"
    return other if threshold.value == 1 else f"{threshold.value:g} times {other}"


def _ordinal(number: str) -> str:
    if "." in number or number[-2:] in ("11", "12", "13"):
        return f"{number}th"
    return f"{number}{ {'1': 'st', '2': 'nd', '3': 'rd'}.get(number[-1], 'th') }"


def describe_limit(limit: FailureLimit) -> str:
    """Return the failure limit as a sentence without its full stop."""
    return (
        f"at most {numbers.share(limit.most)} of the {limit.of} fail" if limit.most else f"none of the {limit.of} fail"
    )


def _percentiles(report: Report) -> tuple[float, float, float]:
    response = report.summary.total.response
    return response.p50_s, response.p95_s, response.p99_s
