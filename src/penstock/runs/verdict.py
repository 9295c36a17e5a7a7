"""Judging a run by its numbers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from penstock.metrics import numbers
from penstock.metrics.summary import Summary
from penstock.model import Threshold
from penstock.runs.observation import Unmeasured, observe
from penstock.runs.watch import Record, Watch
from penstock.runs.wording import observed_text


@dataclass(frozen=True, slots=True)
class Judged:
    """One threshold with what was observed.

    `observed` is in the threshold's own unit (seconds, share 0 to 1, or a number), with windows that of the worst
    one; None where nothing could be measured. `limit` is what it was compared with. `note` says more where there is
    more to say: why nothing could be measured, or in how many windows the threshold was missed. `warned`: it was not
    missed, but its warning was.
    """

    threshold: Threshold
    passed: bool
    observed: float | None
    limit: float | None
    note: str = ""
    warned: bool = False

    @property
    def counts(self) -> bool:
        """Whether the run fails for it."""
        return not self.passed and self.threshold.fails

    @property
    def observed_text(self) -> str:
        """The observed value as people read it; `–` where there is none."""
        return "–" if self.observed is None else observed_text(self.threshold.measure, self.observed)

    @property
    def limit_text(self) -> str:
        """What another measure allowed, where the threshold is against one; else empty."""
        if self.threshold.against is None or self.limit is None:
            return ""
        return f"{self.threshold.against} allows {observed_text(self.threshold.measure, self.limit)}"

    @property
    def remark(self) -> str:
        """All there is to say beside what was observed; empty where that is nothing."""
        return "; ".join(filter(None, (self.limit_text, self.note)))

    @property
    def reason(self) -> str:
        """The judgement as a sentence."""
        if self.observed is None:
            return f"threshold {self.threshold.text}: {self.note}"
        limit = f", {self.limit_text}" if self.limit_text else ""
        note = f" ({self.note})" if self.note else ""
        return f"threshold {self.threshold.text}: {self.observed_text} observed{limit}{note}"


@dataclass(frozen=True, slots=True)
class FailureLimit:
    """The limit on failures: `failed` of `count` iterations (of requests, in a run that finished no iteration)."""

    of: Literal["iterations", "requests"]
    failed: int
    count: int
    most: float
    passed: bool

    @property
    def observed(self) -> float:
        """Share that failed; 0 when there was nothing."""
        return self.failed / self.count if self.count else 0.0

    @property
    def decides(self) -> bool:
        """Whether it can be missed at all; where everything may fail, reports show none."""
        return self.most < 1.0

    @property
    def reason(self) -> str:
        """The judgement as a sentence."""
        failed = f"{numbers.count(self.failed)} of {numbers.things(self.count, self.of.removesuffix('s'))} failed"
        return f"{failed} ({numbers.share(self.observed)}), {numbers.share(self.most)} are allowed"


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the numbers say of the system under test.

    `reasons` are sentences; empty when it passed. `warnings` are what is worth one and fails nothing.
    """

    passed: bool
    reasons: tuple[str, ...]
    thresholds: tuple[Judged, ...]
    failure_limit: FailureLimit
    warnings: tuple[str, ...] = ()


def judge(
    summary: Summary,
    thresholds: Sequence[Threshold],
    max_failures: float,
    watch: Watch | None = None,
    once: frozenset[str] = frozenset(),
) -> Verdict:
    """Judge a run that is over.

    It fails when nothing was measured, no request succeeded, a threshold was missed or could not be measured, or the
    share of failed iterations is above `max_failures` (0 to 1; where no iteration finished, one failed request is
    enough). The journeys `once`, which are no iterations, are held to the same share. `watch` has followed the
    thresholds that have a window or stop the run, and is finished; without it they raise `ValueError`.
    """
    judged = tuple(_judge(summary, threshold, watch) for threshold in thresholds)
    limit = _failure_limit(summary, max_failures)
    reasons: list[str] = []
    if not summary.total.count:
        reasons.append("nothing was measured: no request was made")
    elif not summary.total.successful:
        reasons.append("no request succeeded")
    if watch is not None and watch.rule_reason is not None:
        reasons.append(watch.rule_reason)
    reasons += [one.reason for one in judged if one.counts]
    if not limit.passed:
        reasons.append(limit.reason)
    reasons += [
        f"{row.name}, which users do once, failed in {numbers.share(row.failed_share)} of "
        f"{numbers.things(row.count, 'pass', 'passes')}"
        for row in summary.journeys
        if row.name in once and row.failed_share > max_failures
    ]
    warnings = tuple(one.reason for one in judged if one.warned or (not one.passed and not one.counts))
    return Verdict(not reasons, tuple(reasons), judged, limit, warnings)


def _judge(summary: Summary, threshold: Threshold, watch: Watch | None) -> Judged:
    record = None
    if threshold.window_s is not None or threshold.stops:
        record = watch.record(threshold) if watch else None
        if record is None:
            raise ValueError(f"threshold {threshold.text!r} has to be watched while the run goes on")
    try:
        observed = observe(summary, threshold.measure)
        other = observe(summary, threshold.against) if threshold.against else 0.0
    except Unmeasured as why:
        return Judged(threshold, passed=False, observed=None, limit=None, note=str(why))
    if record is not None and (threshold.window_s is not None or record.first_missed):
        return _judge_windows(threshold, record)
    limit = threshold.value * other if threshold.against else threshold.value
    held = threshold.holds(observed, other)
    warned = held and threshold.warns(observed, other)
    note = f"a warning from {_warning_text(threshold, other)} on" if warned else ""
    return Judged(threshold, held, observed, limit, note, warned)


def _warning_text(threshold: Threshold, other: float) -> str:
    value = threshold.warning or 0.0
    return observed_text(threshold.measure, value * other if threshold.against else value)


def _judge_windows(threshold: Threshold, record: Record) -> Judged:
    late = f"; {numbers.things(record.late, 'snapshot')} came too late for their windows" if record.late else ""
    worst = record.worst
    if worst is None:
        return Judged(threshold, passed=False, observed=None, limit=None, note=f"nothing to judge in any window{late}")
    if threshold.window_s is None:  # it stopped the run
        missed = record.first_missed or worst
        note = f"missed after {numbers.span(missed.last + 1)}, which stopped the run"
        return Judged(threshold, passed=False, observed=missed.observed, limit=missed.limit, note=note)
    windows = numbers.things(record.judged, "window")
    if record.first_missed is None:
        note = f"held in {'the one window' if record.judged == 1 else f'all {windows}'}; the nearest was {worst.text}"
    else:
        first = f"; the first was {record.first_missed.text}" if record.first_missed != worst else ""
        stop = ", which stopped the run" if threshold.stops else ""
        note = f"missed in {record.missed:,} of {windows}{stop}; the worst was {worst.text}{first}"
    if record.warned:
        note += f"; a warning in {record.warned:,} of {windows}"
    warned = record.missed == 0 and record.warned > 0
    return Judged(threshold, record.missed == 0, worst.observed, worst.limit, note + late, warned)


def _failure_limit(summary: Summary, max_failures: float) -> FailureLimit:
    iterations, total = summary.iterations, summary.total
    if iterations.finished:
        passed = iterations.failed_share <= max_failures
        return FailureLimit("iterations", iterations.failed, iterations.finished, max_failures, passed)
    return FailureLimit("requests", total.failed, total.count, 0.0, total.failed == 0)
