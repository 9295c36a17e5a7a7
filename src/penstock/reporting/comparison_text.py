"""Two runs beside each other in a terminal: a block a request, so that it is read at any width."""

from __future__ import annotations

from penstock.metrics import numbers
from penstock.metrics.comparison import FIGURES, Cell, Line, lines
from penstock.metrics.noise import NoiseOfRuns
from penstock.reporting.text_cells import cut, pad, pad_left, shorten, visible, width
from penstock.runs.report import Report

MOST_LINES = 50


def render(before: Report, after: Report, noise: NoiseOfRuns, columns: int = 100) -> str:
    """Return both runs, what makes them hard to compare, and every request, with a line break at the end."""
    found = lines(before.summary, after.summary, noise)
    shown = found[:MOST_LINES]
    text = [*_heads(before, after, columns), *(cut(line, columns) for line in doubts(before, after))]
    broad = max(width(figure) for line in shown for cell in line.cells for figure in (cell.before, cell.after))
    for line in shown:
        text += ["", *_block(line, broad, columns)]
    if len(shown) < len(found):
        text += ["", f"and {numbers.things(len(found) - len(shown), 'more request')}"]
    return "\n".join(text) + "\n"


def doubts(before: Report, after: Report) -> list[str]:
    """Return what speaks against comparing the two: other loads, other targets, other machines, numbers in doubt."""
    sides = (before, after)
    asked = {
        "load": [_load(one) for one in sides],
        "target": [one.scenario.base_url or "as the test says" for one in sides],
        "agents": [str(one.run.workers) for one in sides],
        "cores": [str(one.run.machine.cores) for one in sides],
        "Penstock": [one.run.version for one in sides],
    }
    told = [f"! {what}: {visible(old)} → {visible(new)}" for what, (old, new) in asked.items() if old != new]
    for word, one in zip(("before", "after"), sides, strict=True):
        if one.run.end != "finished":
            told.append(
                f"! the run {word} did not finish: it {'was stopped' if one.run.end == 'stopped' else 'failed'}"
            )
        if one.summary.distrust:
            told.append(f"! the numbers {word} cannot be trusted: {visible(one.summary.distrust[0])}")
    return told


def _load(report: Report) -> str:
    scenario = report.scenario
    words = [scenario.load or numbers.things(scenario.users, "user")]
    if scenario.duration_s is not None:
        words.append(numbers.span(scenario.duration_s))
    return ", ".join(words)


def _heads(before: Report, after: Report, columns: int) -> list[str]:
    told = []
    for word, one in (("before", before), ("after", after)):
        end = f"{one.run.started:%Y-%m-%d %H:%M:%S} UTC, {'passed' if one.verdict.passed else 'failed'}"
        name = shorten(visible(one.run.name), max(1, columns - len(end) - 10))
        told.append(f"{pad(word, 6)}  {name}, {end}")
    return told


def _block(line: Line, broad: int, columns: int) -> list[str]:
    rows = [_row(figure, cell, broad) for figure, cell in zip(FIGURES, line.cells, strict=True)]
    return [shorten(visible(line.name), columns), *rows]


def _row(figure: str, cell: Cell, broad: int) -> str:
    change = f"{cell.change} {cell.words}".strip()
    return f"  {pad(figure, 6)}  {pad_left(cell.before, broad)} → {pad_left(cell.after, broad)}  {change}".rstrip()
