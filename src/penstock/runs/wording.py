"""Values of metrics as text, in the unit that thresholds are written in."""

from __future__ import annotations

from penstock.metrics import numbers
from penstock.model.thresholds import NUMBERS, SHARES, Measure


def observed_text(measure: Measure, value: float) -> str:
    """Return a value as people read it: `412 ms`, `0.33%`, `1,204/s`, `15`."""
    metric = measure.metric
    if measure.kind in ("metric", "counter"):
        return f"{value:,.6g}{'/s' if metric == 'rate' else ''}"
    if metric in SHARES:
        return numbers.share(value)
    if metric in NUMBERS:
        return f"{numbers.count(value)}/s" if metric == "rate" else numbers.count(int(value))
    return numbers.latency(value)
