"""A suite as text: a tree of flows, steps and what each assertion saw."""

from __future__ import annotations

from collections import Counter

from penstock.metrics import numbers
from penstock.model import Journey
from penstock.reporting.suite.failures import told
from penstock.reporting.suite.rows import Row, elsewhere, rows_of
from penstock.runs.recording import Entry, JudgedCheck, RecordedPause, RecordedRequest, Recording
from penstock.runs.suite_report import FlowResult, SuiteReport

_MARKS = {"passed": "✓", "flaky": "≈", "failed": "✗", "error": "!", "stopped": "■", "not run": "·"}
_COLOURS = {"passed": "32", "flaky": "33", "failed": "31", "error": "31", "stopped": "33", "not run": "2"}
_LONGEST = 200


def flow_lines(result: FlowResult, *, colour: bool = False) -> list[str]:
    """Return a flow with its steps; the steps of attempts before the last only as far as they failed."""
    head = f"{_MARKS[result.status]} {result.title}"
    last = result.last
    facts = [] if last is None else [numbers.latency(last.duration_s)]
    if len(result.attempts) > 1:
        facts.append(f"{len(result.attempts)} attempts")
    if result.status not in ("passed", "failed"):
        facts.insert(0, result.status)
    if not result.counts and not result.has_passed:
        facts.append("evaluating: does not count")
    lines = [_painted(f"{head}  ({', '.join(facts)})" if facts else head, _COLOURS[result.status], colour)]
    for number, attempt in enumerate(result.attempts[:-1], 1):
        lines.append(f"    attempt {number}: {_short(attempt.reason)}")
    if last is None:
        return lines
    if last.error:
        lines.append(f"    error: {_short(last.error)}")
    lines += journey_lines(result.journey, last.recording, colour)
    if last.after is not None and result.flow is not None and result.flow.after is not None:
        lines.append("    after each:")
        lines += journey_lines(result.flow.after, last.after, colour)
    return lines


def journey_lines(journey: Journey, recording: Recording | None, colour: bool) -> list[str]:
    """Return the steps of a journey that were reached, each with what was found."""
    if recording is None:
        return []
    lines = []
    for row in rows_of(journey, recording):
        lines += _row_lines(row, colour)
    lines += [f"    ✗ {_short(told(failure))}" for failure in elsewhere(journey, recording)]
    if not recording.is_complete:
        lines.append("    ■ stopped here")
    return lines


def _row_lines(row: Row, colour: bool) -> list[str]:
    if row.is_omitted:
        return [_painted(f"    – {row.name}  (disabled)", "2", colour)]
    if not row.was_done:
        return []
    mark = "✗" if row.failures else "✓"
    own = row.own
    facts = _exchange_facts(own[-1], len(own)) if own else ""
    lines = [_painted(f"    {mark} {row.name}{facts}", "31" if row.failures else "32", colour)]
    last = row.last if own or row.actions else None
    inside = [failure for entry in row.inner for failure in entry.failures]
    for failure in row.failures:
        if failure in inside:
            continue  # beside the request inside that it is of
        if last is None or not any(check.label == failure.message for check in last.checks):
            lines.append(f"        {_short(told(failure, row.step))}")
    shown = own[-1] if own else last
    if shown is not None:
        lines += [f"        {_check(check)}" for check in shown.checks if check.held is not True]
        lines += [f"        > {_short(line)}" for line in shown.output]
    for entry in row.inner:
        lines += [f"    {line}" for line in entry_lines(entry, colour)]
    return lines


def entry_lines(entry: Entry, colour: bool) -> list[str]:
    """Return one thing that happened, for a test whose steps are not known."""
    if isinstance(entry, RecordedPause):
        return [f"    {entry.kind} {entry.planned_s:g} s"]
    mark = "✗" if entry.failures else "✓"
    facts = _exchange_facts(entry, 1) if isinstance(entry, RecordedRequest) else ""
    head = _painted(f"    {mark} {entry.name}{facts}", "31" if entry.failures else "32", colour)
    return [head, *(f"        {_short(told(failure))}" for failure in entry.failures)]


def _exchange_facts(last: RecordedRequest, count: int) -> str:
    status = f" → {last.response.status}" if last.response is not None and last.method != "WEBSOCKET" else ""
    rounds = f", {count} rounds" if count > 1 else ""
    held = sum(check.held is True for check in last.checks)
    checks = f", {numbers.things(held, 'assertion')}" if held else ""
    return f"  {last.method} {_short(last.url)}{status}  ({numbers.latency(last.elapsed_s)}{rounds}{checks})"


def _check(check: JudgedCheck) -> str:
    if check.held is None:
        return f"? {check.label}"
    rest = "" if check.enforced else "  (disabled)"
    if not check.expected:
        return f"✗ {check.label}{rest}"
    return f"✗ {check.subject or check.label}: expected {_short(check.expected)}, actual {_short(check.actual)!r}{rest}"


def summary_lines(report: SuiteReport, *, colour: bool = False) -> list[str]:
    """Return what came of the suite in a few lines."""
    counts: Counter[str] = Counter(result.status for result in report.flows)
    told = ", ".join(f"{counts[status]} {status}" for status in _MARKS if counts[status])
    seconds = (report.ended - report.started).total_seconds()
    mean = numbers.latency(report.mean_response_s)
    lines = [f"{report.description}: {told} in {numbers.span(seconds)}; mean response time {mean}"]
    if report.not_selected:
        lines.append(f"{numbers.things(report.not_selected, 'flow')} not selected")
    verdict = {"passed": "PASSED", "failed": "FAILED", "stopped": "STOPPED"}[report.status]
    lines.append(_painted(verdict, {"passed": "32", "failed": "31", "stopped": "33"}[report.status], colour))
    return lines


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _LONGEST else f"{line[: _LONGEST - 1]}…"


def _painted(text: str, code: str, colour: bool) -> str:
    return f"\x1b[{code}m{text}\x1b[0m" if colour else text
