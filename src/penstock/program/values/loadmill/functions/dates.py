"""Times and dates, all in UTC."""

from __future__ import annotations

import re
import time
from datetime import UTC, date, datetime, timedelta

from penstock.program.values.javascript.numbers import parse_integer, parse_number
from penstock.program.values.loadmill.functions.registry import UNEXPECTED, Function, FunctionFailed, Table

_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)
_TOKEN = re.compile(r"\[([^\]]*)\]|Y{1,4}|M{1,4}|D{1,2}|d{1,4}|H{1,2}|h{1,2}|a|A|m{1,2}|s{1,2}|Z{1,2}|SSS")
_DEFAULT_FORMAT = "YYYY-MM-DDTHH:mm:ssZ"
_INVALID = "Invalid Date"


def now_ms(length: str | None = None) -> str:
    """Milliseconds since the epoch, or the first digits of them."""
    digits = str(time.time_ns() // 1_000_000)
    if length is None:
        return digits
    count = parse_integer(length)
    if count is None or count < 0:
        raise FunctionFailed(f"Argument must be a non-negative integer, instead found: {length}")
    return digits[: min(count, 13)]


def now_iso(minutes: str = "0") -> str:
    """Present time with milliseconds, some minutes on."""
    moment = _shifted(minutes, 60)
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{moment.microsecond // 1000:03}Z"


def date_iso(days: str = "0") -> str:
    """Date of today, some days on."""
    return f"{_shifted(days, 86_400):%Y-%m-%d}"


def formatted_date(form: str = _DEFAULT_FORMAT, minutes: str = "0") -> str:
    """Present time in the given form, some minutes on."""
    try:
        return render(_shifted(minutes, 60), form or _DEFAULT_FORMAT)
    except FunctionFailed:
        return _INVALID


def format_unix_date(milliseconds: str, form: str = _DEFAULT_FORMAT) -> str:
    """Time given in milliseconds since the epoch, in the given form."""
    try:
        moment = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=parse_number(milliseconds))
    except (ValueError, OverflowError):
        return _INVALID
    return render(moment, form or _DEFAULT_FORMAT)


def next_weekday(name: str, offset_days: str = "0", start: str = "") -> str:
    """Date of the next such weekday after a date (today), plus some days."""
    if name not in _DAYS:
        raise FunctionFailed(f"Invalid weekday: {name}")
    offset = parse_integer(offset_days)
    if offset is None:
        raise FunctionFailed(f"Invalid offsetDays: {offset_days}")
    try:
        day = date.fromisoformat(start[:10]) if start else datetime.now(UTC).date()
    except ValueError:
        raise FunctionFailed(f"Invalid fromDate: {start}") from None
    ahead = (_DAYS.index(name) - day.weekday() - 1) % 7 + 1
    try:
        return (day + timedelta(days=ahead + offset)).isoformat()
    except OverflowError:
        raise FunctionFailed(UNEXPECTED) from None


def render(moment: datetime, form: str) -> str:
    """Write a moment in the letters of day.js: `DD/MM/YYYY HH:mm`; text in brackets stays."""
    hour = moment.hour % 12 or 12
    values = {
        "YY": f"{moment.year % 100:02}",
        "YYYY": f"{moment.year:04}",
        "M": str(moment.month),
        "MM": f"{moment.month:02}",
        "MMM": _MONTHS[moment.month - 1][:3],
        "MMMM": _MONTHS[moment.month - 1],
        "D": str(moment.day),
        "DD": f"{moment.day:02}",
        "d": str(moment.isoweekday() % 7),
        "dd": _DAYS[moment.weekday()][:2],
        "ddd": _DAYS[moment.weekday()][:3],
        "dddd": _DAYS[moment.weekday()],
        "H": str(moment.hour),
        "HH": f"{moment.hour:02}",
        "h": str(hour),
        "hh": f"{hour:02}",
        "a": "am" if moment.hour < 12 else "pm",
        "A": "AM" if moment.hour < 12 else "PM",
        "m": str(moment.minute),
        "mm": f"{moment.minute:02}",
        "s": str(moment.second),
        "ss": f"{moment.second:02}",
        "SSS": f"{moment.microsecond // 1000:03}",
        "Z": "+00:00",
        "ZZ": "+0000",
    }
    return _TOKEN.sub(lambda match: values.get(match[0], match[0] if match[1] is None else match[1]), form)


def _shifted(amount: str, unit_s: int) -> datetime:
    try:
        return datetime.now(UTC) + timedelta(seconds=parse_number(amount) * unit_s)
    except (ValueError, OverflowError):
        raise FunctionFailed(UNEXPECTED) from None


DATES: Table = {
    "__now": Function(now_ms, 0, 1),
    "__now_ms": Function(now_ms, 0, 1),
    "__now_iso": Function(now_iso, 0, 1),
    "__date_iso": Function(date_iso, 0, 1),
    "__formatted_date": Function(formatted_date, 0, 2),
    "__format_unix_date": Function(format_unix_date, 1, 2),
    "__next_weekday": Function(next_weekday, 1, 3),
}
