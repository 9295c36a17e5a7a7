"""Markdown tables from records."""

from __future__ import annotations

from collections.abc import Sequence

from benches.rounds import Record
from benches.trial import Trial

HEADINGS = (
    "client",
    "runs clean/all",
    "requests/s",
    "CPU µs/request (min–max)",
    "of it user",
    "without start-up",
    "start-up CPU s",
    "× {base} (CPU)",
    "the same without start-up",
    "× {base} (rate)",
    "peak MB largest / sum",
    "counts agree",
)


def render(records: Sequence[Record], base_name: str) -> str:
    """Return one table, the cheapest client first, what could not be measured last with the reason."""
    base = next((record for record in records if record.tool.name == base_name and record.kept), None)
    measured = sorted(
        (record for record in records if record.kept and record.missing is None),
        key=lambda record: record.median(_cpu_us),
    )
    lines = [
        _row([heading.format(base=base_name) for heading in HEADINGS]),
        _row(["---"] + ["---:"] * (len(HEADINGS) - 1)),
    ]
    lines += [_row(_cells(record, base)) for record in measured]
    for record in records:
        if record not in measured:
            lines.append(_row([record.tool.name, f"not measured: {record.missing}"] + [""] * (len(HEADINGS) - 2)))
    notes = [f"{record.tool.name}: {text}." for record in records for text in record.disagreements]
    return "\n".join(lines + ([""] if notes else []) + [f"* {note}" for note in notes]) + "\n"


def _cells(record: Record, base: Record | None) -> list[str]:
    trials = list(record.counted.values())
    largest = max(trial.cost.largest_bytes for trial in trials)
    total = max(trial.cost.sum_bytes for trial in trials)
    cheapest, dearest = min(map(_cpu_us, trials)), max(map(_cpu_us, trials))
    return [
        record.tool.name,
        f"{record.clean_runs}/{record.all_runs}",
        f"{record.median(_rate):,.0f}",
        f"{record.median(_cpu_us):.1f} ({cheapest:.1f}–{dearest:.1f})",
        f"{record.median(lambda trial: trial.user_us):.1f}",
        "–" if record.startup_s is None else f"{record.median(record.running_us):.1f}",
        "–" if record.startup_s is None else f"{record.startup_s:.2f}",
        _times(record.ratio(base, _cpu_us) if base else None),
        _times(
            record.ratio(base, record.running_us, base.running_us) if base and record.startup_s is not None else None
        ),
        _times(record.ratio(base, _rate) if base else None),
        f"{largest / 1e6:.0f} / {total / 1e6:.0f}",
        "no" if record.disagreements else "yes",
    ]


def _cpu_us(trial: Trial) -> float:
    return trial.cpu_us


def _rate(trial: Trial) -> float:
    return trial.requests_per_s


def _times(ratio: float | None) -> str:
    if ratio is None:
        return "–"
    return f"{ratio:.2f}" if ratio < 9.95 else f"{ratio:.1f}" if ratio < 99.5 else f"{ratio:.0f}"


def _row(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|").replace("\n", " ") for cell in cells) + " |"
