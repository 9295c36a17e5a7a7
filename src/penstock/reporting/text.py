"""The end of a run in a terminal: the verdict first, then what it rests on, then how far it can be trusted.

Plain text that can be read without colour; nothing that a server sent reaches the terminal as it is.
"""

from __future__ import annotations

from penstock.metrics import numbers
from penstock.metrics.own import MICRO
from penstock.metrics.rows import CheckRow, ErrorRow, Row
from penstock.metrics.samples import Sample
from penstock.metrics.summary import Summary
from penstock.reporting import applications, counters
from penstock.reporting.text_cells import Painter, cut, pad, shorten, visible, width
from penstock.reporting.text_table import Table
from penstock.runs.counters import CounterReport
from penstock.runs.nodes import Spread
from penstock.runs.report import Report
from penstock.runs.verdict import Judged, Verdict

NARROWEST = 40
MOST_ROWS = 50
MOST_CHECKS = 20
MOST_MISSED_CHECKS = 50
MOST_METRICS = 50
MOST_ERRORS = 10
MOST_ERROR_LINES = 3
MOST_VIOLATIONS = 5

_TIED = "\u00a0"

SHOWN_COUNTERS = {
    "LoadTest:Scenario": ("User Load",),
    "LoadTest:Test": ("Total Tests", "Failed Tests", "Tests/Sec", "Avg. Test Time"),
    "LoadTest:Transaction": ("Total Transactions", "Avg. Response Time", "Avg. Transaction Time"),
    "LoadTest:Page": ("Total Pages", "Pages/Sec", "Avg. Page Time", "% Pages Meeting Goal"),
    "LoadTest:Request": ("Total Requests", "Failed Requests", "Cached Requests", "Requests/Sec", "Avg. Response Time"),
    "LoadTest:Errors": ("Total Errors", "Errors/Sec", "Threshold Violations/Sec"),
}
"""What the first page of a load test's results shows."""
MOST_EVENTS = 20
MOST_COUNTERS = 30

LATENCY_NOTE = "latency: from when a request was due to its last byte; failed ones count with the time waited"


def render(report: Report, width: int = 100, *, colour: bool = False) -> str:
    """Return the summary, its lines not longer than `width` columns, with a line break at the end."""
    columns, paint = max(NARROWEST, width), Painter(colour=colour)
    sections = [
        _head(report, columns, paint),
        _thresholds(report.verdict, columns, paint),
        _rows(report.summary, columns, paint),
        _checks(report.summary.checks, columns, paint),
        _errors(report.summary.errors, columns, paint),
        _counters(report.counters, columns, paint) if report.counters else [],
        _applications(report, columns, paint),
        _metrics(report, columns, paint),
        _events(report, columns, paint),
        _figures(report.summary, columns, paint),
    ]
    return "\n\n".join("\n".join(section) for section in sections if section) + "\n"


def _head(report: Report, columns: int, paint: Painter) -> list[str]:
    run, scenario = report.run, report.scenario
    name = visible(run.name)
    match run.end:
        case "failed":
            word, said = "ERROR", "the load generator failed"
        case "stopped":
            word, said = "STOPPED", "passed until then" if report.verdict.passed else "failed until then"
        case _:
            word, said = ("PASSED", "") if report.verdict.passed else ("FAILED", "")
    passed = word == "PASSED" or (word == "STOPPED" and report.verdict.passed)
    title = f"{name} ({said})" if said else name
    lines = [f"{paint(word, 'green' if passed else 'red', 'bold')}  {shorten(title, columns - len(word) - 2)}"]
    lines += _wrapped([visible(run.message)] if run.message else [], columns, "  ")
    verdict = report.verdict
    below = {verdict.failure_limit.reason, *(judged.reason for judged in verdict.thresholds)}
    reasons = [f"✗ {reason}" for reason in verdict.reasons if reason not in below]
    lines += [paint(line, "red") for line in _wrapped(reasons, columns, "  ")]
    asked = [
        scenario.load or numbers.things(scenario.users, "user"),
        *([numbers.span(scenario.duration_s)] if scenario.duration_s is not None else []),
        *([f"warm-up {numbers.span(scenario.warm_up_s)}, left out"] if scenario.warm_up_s else []),
        *([f"cool-down {numbers.span(scenario.cool_down_s)}, left out"] if scenario.cool_down_s else []),
        numbers.things(run.workers, "agent") + (f" ({run.workers_why})" if run.workers_why else ""),
        *([visible(_nodes(run.spread))] if run.spread is not None else []),
        f"{run.started:%Y-%m-%d %H:%M:%S} UTC",
        f"took {numbers.span(run.duration_s)}",
    ]
    lines += [paint(line, "dim") for line in _wrapped([" · ".join(asked)], columns, "  ")]
    return lines


def _nodes(spread: Spread) -> str:
    """Return where the agents ran: `on 2 nodes (a: 2, b: 1), begun within 1.8 ms`."""
    each = ", ".join(f"{node.name}: {len(node.agents)}" for node in spread.nodes)
    began = "" if spread.start_skew_s is None else f", begun within {numbers.latency(spread.start_skew_s)}"
    return f"on {numbers.things(len(spread.nodes), 'node')} ({each}){began}"


def _applications(report: Report, columns: int, paint: Painter) -> list[str]:
    """Return a line for each counter of the server under test, in the unit it has."""
    found = applications.lines(report)
    lines = [paint("APPLICATION COUNTERS", "bold")] if found else []
    for line in found[:MOST_COUNTERS]:
        unit = f" {visible(line.unit)}" if line.unit else ""
        figures = (
            f"avg {numbers.plain(line.average)}{unit}, from {numbers.plain(line.least)} to {numbers.plain(line.most)}, "
            f"last {numbers.plain(line.last)}  ({numbers.things(line.count, 'sample')})"
        )
        lines.append(f"  {shorten(visible(line.name), columns - width(figures) - 6)}  {figures}")
    if len(found) > MOST_COUNTERS:
        lines.append(f"  and {len(found) - MOST_COUNTERS} more; --json has them all")
    return lines


def _metrics(report: Report, columns: int, paint: Painter) -> list[str]:
    """Return a line for each metric of the test's own."""
    own = applications.others(report)
    if not own:
        return []
    lines = [paint("METRICS", "bold")]
    for name, one in sorted(own.items())[:MOST_METRICS]:
        figures = {
            "counter": f"{numbers.plain(one.sum_micro / MICRO)} in all",
            "gauge": f"last {numbers.plain(one.last_micro / MICRO)}, from {numbers.plain(one.least_micro / MICRO)} "
            f"to {numbers.plain(one.most_micro / MICRO)}",
            "trend": f"avg {numbers.plain(one.average)}, p50 {numbers.plain(one.quantile(0.5))}, "
            f"p95 {numbers.plain(one.quantile(0.95))}, max {numbers.plain(one.most_micro / MICRO)}",
        }[one.kind]
        figures += f"  ({numbers.things(one.count, 'value')})"
        lines.append(f"  {shorten(visible(name), columns - width(figures) - 6)}  {figures}")
    if len(own) > MOST_METRICS:
        lines.append(f"  and {len(own) - MOST_METRICS:,} more; --json and --csv have them all")
    return lines


def _events(report: Report, columns: int, paint: Painter) -> list[str]:
    """Return a line for each change that was made while the run went on."""
    if not report.events:
        return []
    shown = report.events[:MOST_EVENTS]
    lines = [paint("EVENTS", "bold")]
    lines += _wrapped(
        [f"{numbers.span(event.at_s)}  {visible(event.who)}: {visible(event.what)}" for event in shown], columns, "  "
    )
    if len(shown) < len(report.events):
        lines.append(f"  and {numbers.things(len(report.events) - len(shown), 'more event')}; --json has them all")
    return lines


def _thresholds(verdict: Verdict, columns: int, paint: Painter) -> list[str]:
    """Return a line a threshold, the failure limit last; a note that does not fit beside stands below."""
    limit = verdict.failure_limit
    limit_text = f"failed {limit.of} <= {numbers.share(limit.most)}"
    limit_note = f"{numbers.count(limit.failed)} of {numbers.count(limit.count)}"
    rows = [
        (_standing(judged), visible(judged.threshold.text), judged.observed_text, visible(judged.remark))
        for judged in verdict.thresholds
    ]
    if limit.decides:
        rows.append(("held" if limit.passed else "missed", limit_text, numbers.share(limit.observed), limit_note))
    if not rows:
        return []
    widest = min(max(width(text) for _, text, _, _ in rows), columns // 2)
    observed_width = max(width(observed) for _, _, observed, _ in rows)
    room = columns - len("  ✓ ") - widest - observed_width - 4
    lines = [paint("THRESHOLDS", "bold")]
    marks = {"held": paint("✓", "green"), "warned": paint("!", "yellow"), "missed": paint("✗", "red")}
    for standing, text, observed, note in rows:
        line = f"  {marks[standing]} {pad(shorten(text, widest), widest)}  "
        line += paint(observed, "red") if standing == "missed" else observed
        if note and width(note) <= room:
            lines.append(f"{line}{' ' * (observed_width - width(observed))}  {paint(note, 'dim')}")
        else:
            lines.append(line)
            lines += [paint(more, "dim") for more in _wrapped([note] if note else [], columns, "      ")]
    return lines


def _standing(judged: Judged) -> str:
    """Return `missed` for what fails the run, `warned` for what is only told."""
    if judged.counts:
        return "missed"
    return "warned" if judged.warned or not judged.passed else "held"


def _rows(summary: Summary, columns: int, paint: Painter) -> list[str]:
    """Return the tables of requests, pages, messages and groups, with the same columns."""
    if not summary.requests:
        return []
    requests = _most_asked(summary.requests)
    others = {
        title: (_most_asked(rows), len(rows))
        for title, rows in (("PAGES", summary.pages), ("MESSAGES", summary.messages), ("GROUPS", summary.groups))
        if rows
    }
    table = Table([*requests, *(row for rows, _ in others.values() for row in rows)], summary.total, columns, paint)
    lines = [table.head("REQUESTS"), *(table.line(row) for row in requests)]
    lines += _left_out(len(summary.requests) - len(requests))
    if len(summary.requests) > 1:
        lines.append(table.line(summary.total))
    if summary.total.cached:
        lines += _wrapped(
            [f"{numbers.count(summary.total.cached)} more were answered by browser caches"], columns, "  "
        )
    for title, (rows, everything) in others.items():
        lines += ["", table.head(title), *(table.line(row) for row in rows)]
        lines += _left_out(everything - len(rows))
    return [*lines, *(paint(line, "dim") for line in _wrapped([LATENCY_NOTE], columns, "  "))]


def _most_asked(rows: tuple[Row, ...]) -> tuple[Row, ...]:
    """Return the rows with the most requests, in their own order."""
    if len(rows) <= MOST_ROWS:
        return rows
    kept = {row.name for row in sorted(rows, key=lambda row: -row.count)[:MOST_ROWS]}
    return tuple(row for row in rows if row.name in kept)


def _left_out(number: int) -> list[str]:
    return [f"  and {number:,} more that were made less often; --csv and --html have them all"] if number else []


def _checks(checks: tuple[CheckRow, ...], columns: int, paint: Painter) -> list[str]:
    """Return the checks that did not always hold, those first that failed most, and others as far as there is place."""
    if not checks:
        return []
    missed = [check for check in checks if check.missed]
    held = [check for check in checks if not check.missed]
    worst = {id(check) for check in sorted(missed, key=lambda check: -check.missed)[:MOST_MISSED_CHECKS]}
    shown = [check for check in missed if id(check) in worst] + held[: max(0, MOST_CHECKS - len(missed))]
    lines = [paint("CHECKS", "bold")]
    for check in shown:
        figures = f"{numbers.share(check.held_share)} of {numbers.count(check.count)}"
        room = columns - 6 - width(figures)
        # the name of the check says more than where it was made: it gets two thirds if it needs them
        series = shorten(visible(check.series), max(room // 3, room - width(visible(check.name)) - 4))
        name = shorten(visible(check.name), room - width(series) - 4)
        lines.append(f"  {_mark(not check.missed, paint)} {name}  {paint(f'[{series}]', 'dim')}  {figures}")
    if len(missed) > MOST_MISSED_CHECKS:
        left = len(missed) - MOST_MISSED_CHECKS
        lines.append(f"  and {left:,} more that were missed less often; --json and --csv have them all")
    if held[max(0, MOST_CHECKS - len(missed)) :]:
        left = len(held) - max(0, MOST_CHECKS - len(missed))
        lines.append(f"  and {numbers.things(left, 'more check')} that always held")
    return lines


def _errors(errors: tuple[ErrorRow, ...], columns: int, paint: Painter) -> list[str]:
    """Return one entry for each kind of failure, over all requests that had it, with one sample."""
    if not errors:
        return []
    groups: dict[tuple[str, str], list[ErrorRow]] = {}
    for error in errors:
        groups.setdefault((error.kind, error.message), []).append(error)
    ranked = sorted(groups.values(), key=lambda group: -sum(error.count for error in group))
    lines = [paint("ERRORS", "bold")]
    for group in ranked[:MOST_ERRORS]:
        count = sum(error.count for error in group)
        start = f"  {numbers.count(count)} × {group[0].kind}: "
        room = columns - width(start)
        message = shorten(visible(group[0].message), MOST_ERROR_LINES * room)  # its end is the place
        first, *rest = _wrapped([message], room, "") or [""]
        lines += [f"{paint(start, 'red')}{first}", *(" " * width(start) + line for line in rest)]
        where = [
            f"{'journey ' if error.series_kind == 'iteration' else ''}{visible(error.series)} ({error.count:,})"
            for error in group[:3]
        ]
        more = f" and {numbers.things(len(group) - 3, 'more name')}" if len(group) > 3 else ""
        lines.append(f"      in {shorten(', '.join(where) + more, columns - 9)}")
        sample = next((error.sample for error in group if error.sample), None)
        lines += [paint(f"      {shorten(line, columns - 6)}", "dim") for line in _sampled(sample)]
    if len(ranked) > MOST_ERRORS:
        left = ranked[MOST_ERRORS:]
        times = sum(error.count for group in left for error in group)
        lines.append(
            f"  and {numbers.things(len(left), 'more kind')} of errors, {numbers.things(times, 'time')} in all"
        )
    return lines


def _sampled(sample: Sample | None) -> list[str]:
    """Return the request line, what came back, and the first bytes of the body."""
    if sample is None or sample.request is None:
        return []
    lines = [visible(f"{sample.request.method} {sample.request.url}")]
    if sample.response is None:
        return [*lines, "→ no complete response"]
    lines.append(visible(f"→ {sample.response.status} {sample.response.reason}".rstrip()))
    if sample.response.body:
        lines.append(cut(visible(sample.response.body[:500]), 200))
    return lines


def _counters(report: CounterReport, columns: int, paint: Painter) -> list[str]:
    """Return the counters that a load test of Visual Studio shows first, and the rules that were violated."""
    values = {(line.category, line.counter): line.text for line in counters.totals(report)}
    lines = [paint("COUNTERS", "bold")]
    for category, names in SHOWN_COUNTERS.items():
        shown = [f"{name} {values[category, name]}" for name in names if (category, name) in values]
        together = [each.replace(" ", _TIED) for each in shown]  # a line breaks between counters, not inside of one
        first, *rest = (line.replace(_TIED, " ") for line in _wrapped([" · ".join(together) or "-"], columns - 24, ""))
        lines += [f"  {pad(category, 22)}{first}", *(f"{'':24}{more}" for more in rest)]
    for line in report.errors[:MOST_ERRORS]:
        lines.append(shorten(f"  {line.type} {visible(line.subtype)}: {line.count:,}", columns))
    told = [
        f"{'✗' if violation.level == 'critical' else '!'} {numbers.span(violation.second)}: {visible(sentence)}"
        for violation, sentence in counters.violated(report, MOST_VIOLATIONS)
    ]
    number = report.criticals + report.warnings
    if number > len(told):
        told.append(f"… {number:,} violations in all: {report.criticals:,} critical, {report.warnings:,} warnings")
    return [*lines, *_wrapped(told, columns, "  ")]


def _figures(summary: Summary, columns: int, paint: Painter) -> list[str]:
    total, iterations, users, health = summary.total, summary.iterations, summary.users, summary.health
    seconds = summary.seconds or 1.0
    lines = {
        "DATA": f"sent {numbers.size(total.bytes_sent)} ({numbers.size(total.bytes_sent / seconds)}/s), "
        f"received {numbers.size(total.bytes_received)} ({numbers.size(total.bytes_received / seconds)}/s)",
        "USERS": f"{numbers.count(users.peak)} at most, {numbers.count(users.mean)} on average",
        "ITERATIONS": f"{numbers.count(iterations.finished)} finished, {numbers.count(iterations.failed)} failed "
        f"({numbers.share(iterations.failed_share)}), {numbers.count(iterations.interrupted)} interrupted"
        + (
            f"; {numbers.count(iterations.late)} late, {numbers.count(iterations.dropped)} dropped"
            if iterations.late or iterations.dropped
            else ""
        ),
        "GENERATOR": f"busiest agent {numbers.share(health.cpu_share)} of a core; p99 of start lateness "
        f"{numbers.latency(health.start_lateness.p99_s)}, client lag {numbers.latency(health.client_lag.p99_s)}, "
        f"loop lag {numbers.latency(health.loop_lag.p99_s)}",
    }
    output: list[str] = []
    for title, line in lines.items():
        first, *rest = _wrapped([line], columns - 12, "")
        output += [f"{paint(pad(title, 12), 'bold')}{first}", *(f"{'':12}{more}" for more in rest)]
    if health.slow_steps:
        steps = [
            f"{visible(step.where)} {step.count:,} ×, longest {numbers.latency(step.longest_s)}"
            for step in health.slow_steps[:3]
        ]
        output += _wrapped([f"slow steps: {'; '.join(steps)}"], columns, " " * 12)
    return [*output, *_trust(summary, columns, paint)]


def _trust(summary: Summary, columns: int, paint: Painter) -> list[str]:
    if summary.trustworthy:
        return _wrapped(["Nothing speaks against the numbers: the generator kept up."], columns, " " * 12)
    lines = ["The numbers cannot be trusted as they are:", *(f"! {visible(reason)}" for reason in summary.distrust)]
    return [paint(line, "yellow") for line in _wrapped(lines, columns, " " * 12)]


def _mark(passed: bool, paint: Painter) -> str:
    return paint("✓", "green") if passed else paint("✗", "red")


def _wrapped(texts: list[str], columns: int, indent: str) -> list[str]:
    """Break texts at spaces; what follows a `✗ ` or `! ` is indented under it."""
    lines: list[str] = []
    for text in texts:
        hanging = "  " if text[:2] in ("✗ ", "! ") else ""
        line = ""
        for word in text.split(" "):
            room = columns - width(indent) - (width(hanging) if lines and line.startswith(hanging) else 0)
            longer = f"{line} {word}" if line else word
            if line and width(longer) > room:
                lines.append(indent + line)
                line = hanging + word
            else:
                line = longer
        lines.append(indent + line)
    return [shorten(line, columns) for line in lines]
