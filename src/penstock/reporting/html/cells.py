"""Figures where a column already says the unit; with their units they are written by `penstock.metrics.numbers`."""

NONE = "–"
"""Stands where nothing was measured."""


def milliseconds(seconds: float) -> str:
    """Return milliseconds: 0.00421 → `4.21`, 0.0873 → `87.3`, 1.25 → `1,250`."""
    value = seconds * 1000
    digits = 3 if value < 0.1 else 2 if value < 9.995 else 1 if value < 99.95 else 0
    return f"{value:,.{digits}f}" if value else "0"


def elapsed(seconds: float) -> str:
    """Return a moment of the run: `1:05`, `1:00:05`."""
    whole = int(seconds)
    hours, minutes, rest = whole // 3600, whole % 3600 // 60, whole % 60
    return f"{hours}:{minutes:02d}:{rest:02d}" if hours else f"{minutes}:{rest:02d}"
