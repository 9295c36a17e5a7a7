"""Numbers as people read them, the same in every sentence, table and report."""

from __future__ import annotations

_LATENCY_UNITS = (("ns", 1e-9), ("µs", 1e-6), ("ms", 1e-3), ("s", 1.0))
_SIZE_UNITS = ("B", "kB", "MB", "GB", "TB", "PB")


def latency(seconds: float) -> str:
    """Return three significant digits: `850 ns`, `14.2 µs`, `3.41 ms`, `1.20 s`, `184 s`; `0 s` for nothing."""
    if seconds <= 0:
        return "0 s"
    for unit, factor in _LATENCY_UNITS:
        text = _three_digits(seconds / factor)
        if unit == "s" or float(text.replace(",", "")) < 1000:
            return f"{text.removesuffix('.00') if unit == 'ns' else text} {unit}"
    raise AssertionError("seconds take any number")


def count(number: float) -> str:
    """Return a number of things, or of things a second: `0`, `0.25`, `42.7`, `12,345`."""
    if isinstance(number, int) or number >= 1000:
        return f"{number:,.0f}"
    return _three_digits(number) if number else "0"


def plain(value: float) -> str:
    """Return a value in a unit of its own: whole numbers as they are, others to four digits: `12,345,678`, `6.444`."""
    if value == 0 or ((abs(value) >= 1000 or value.is_integer()) and abs(value) < 1e15):
        return f"{value:,.0f}" if value else "0"
    return f"{value:.4g}"


def share(part: float) -> str:
    """Return a share (0 to 1) in percent: `0%`, `0.33%`, `12.5%`, `100%`; never all or nothing for what is not."""
    percent = part * 100
    if percent in (0, 100):
        return f"{percent:.0f}%"
    if percent < 0.01:
        return "<0.01%"
    if 99.99 < percent < 100:
        return ">99.99%"
    text = f"{percent:.2f}" if percent < 10 or percent > 99 else f"{percent:.1f}"
    return f"{text.rstrip('0').rstrip('.')}%"


def size(number_of_bytes: float) -> str:
    """Return bytes: `870 B`, `12.3 kB`, `1.20 GB`; a kB is 1000 bytes."""
    value = float(number_of_bytes)
    if value < 1000:
        return f"{value:.0f} B"
    for unit in _SIZE_UNITS[1:]:
        value /= 1000
        text = _three_digits(value)
        if float(text.replace(",", "")) < 1000 or unit == _SIZE_UNITS[-1]:
            return f"{text} {unit}"
    raise AssertionError("the largest unit takes any number")


def span(seconds: float) -> str:
    """Return a length of time as durations are written: `250ms`, `12.3s`, `1m30s`, `2h05m`, `3d04h`."""
    if 0 < seconds < 0.9995:
        return f"{seconds * 1000:.0f}ms"
    if seconds < 59.95:
        return f"{seconds:.1f}".removesuffix(".0") + "s"
    whole = round(seconds)
    minutes, hours, days = whole // 60, whole // 3600, whole // 86_400
    if not hours:
        return f"{minutes}m{whole % 60:02}s" if whole % 60 else f"{minutes}m"
    if not days:
        return f"{hours}h{minutes % 60:02}m" if minutes % 60 else f"{hours}h"
    return f"{days}d{hours % 24:02}h" if hours % 24 else f"{days}d"


def things(number: int, one: str, many: str = "") -> str:
    """Return a counted noun: `1 request`, `1,200 requests`; `many` where the plural is no mere `s`."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def _three_digits(value: float) -> str:
    decimals = 2 if value < 9.995 else 1 if value < 99.95 else 0
    return f"{value:,.{decimals}f}"
