"""Dates as Java's patterns write and read them, with English names and in the time zone of the machine."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, timezone
from functools import lru_cache

from penstock.program.values.dialect import EvaluationFailed

_TOKEN = re.compile(r"'((?:[^']|'')*)'|([A-Za-z])\2*|[^A-Za-z']+", re.DOTALL)
_MONTHS = (
    *("January", "February", "March", "April", "May", "June", "July", "August"),
    *("September", "October", "November", "December"),
)
_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")

Write = Callable[[datetime, int], str]


def _offset(moment: datetime, colon: str, zulu: str) -> str:
    minutes = round((moment.utcoffset() or timedelta()).total_seconds() / 60)
    if not minutes and zulu:
        return zulu
    return f"{'-' if minutes < 0 else '+'}{abs(minutes) // 60:02d}{colon}{abs(minutes) % 60:02d}"


def _year(moment: datetime, count: int) -> str:
    return f"{moment.year % 100:02d}" if count == 2 else f"{moment.year:0{count}d}"


def _name(names: tuple[str, ...], index: int, count: int) -> str:
    return names[index] if count > 3 else names[index][:3]


def _month(moment: datetime, count: int) -> str:
    return _name(_MONTHS, moment.month - 1, count) if count > 2 else f"{moment.month:0{count}d}"


def _iso_zone(moment: datetime, count: int) -> str:
    text = _offset(moment, ":" if count == 3 else "", "Z")
    return text[:3] if count == 1 and text != "Z" and text.endswith("00") else text


def _week_of_year(moment: datetime) -> int:
    """Return the week as Java counts it in America: it begins on Sunday, and the first holds January 1st."""
    first = date(moment.year, 1, 1)
    week = (moment.date() - first).days + (first.weekday() + 1) % 7
    return week // 7 + 1


def _number(value: Callable[[datetime], int]) -> Write:
    return lambda moment, count: f"{value(moment):0{count}d}"


_WRITES: dict[str, Write] = {
    "G": lambda _moment, _count: "AD",
    "y": _year,
    "u": _year,
    "Y": lambda moment, count: _year(moment.replace(year=_week_year(moment), day=1), count),
    "M": _month,
    "L": _month,
    "w": _number(_week_of_year),
    "W": _number(lambda moment: (moment.day - 1 + (moment.replace(day=1).weekday() + 1) % 7) // 7 + 1),
    "D": _number(lambda moment: moment.timetuple().tm_yday),
    "d": _number(lambda moment: moment.day),
    "F": _number(lambda moment: (moment.day - 1) % 7 + 1),
    "E": lambda moment, count: _name(_DAYS, moment.weekday(), count),
    "a": lambda moment, _count: "AM" if moment.hour < 12 else "PM",
    "H": _number(lambda moment: moment.hour),
    "k": _number(lambda moment: moment.hour or 24),
    "K": _number(lambda moment: moment.hour % 12),
    "h": _number(lambda moment: moment.hour % 12 or 12),
    "m": _number(lambda moment: moment.minute),
    "s": _number(lambda moment: moment.second),
    "n": _number(lambda moment: moment.microsecond * 1000),
    "z": lambda moment, _count: moment.tzname() or "",
    "Z": lambda moment, _count: _offset(moment, "", ""),
    "X": _iso_zone,
    "x": lambda moment, count: _iso_zone(moment, count).replace(
        "Z", "+00:00" if count == 3 else "+0000"[: count * 2 + 1]
    ),
}


def _week_year(moment: datetime) -> int:
    """Return the year that the week belongs to: the last days of December may be in the first week of the next."""
    next_first = date(moment.year + 1, 1, 1)
    begins = next_first - timedelta(days=(next_first.weekday() + 1) % 7)
    return moment.year + 1 if moment.date() >= begins else moment.year


@dataclass(frozen=True, slots=True)
class _Field:
    letter: str
    count: int


@dataclass(frozen=True, slots=True)
class LocalFormat:
    """A pattern of Java's DateTimeFormatter."""

    source: str
    parts: tuple[str | _Field, ...]

    @staticmethod
    def of(pattern: str) -> LocalFormat:
        """Return the format; raises `EvaluationFailed` for a pattern that is none."""
        return _parsed(pattern)

    def format(self, moment: datetime) -> str:
        """Return the text of a moment that knows its time zone."""
        return "".join([part if isinstance(part, str) else self._write(part, moment) for part in self.parts])

    def _write(self, field: _Field, moment: datetime) -> str:
        if field.letter == "S":
            return f"{moment.microsecond * 1000:09d}"[: field.count]
        return _WRITES[field.letter](moment, field.count)

    def write_date(self, day: date) -> str:
        """Return the text of a day."""
        return self.format(datetime(day.year, day.month, day.day).astimezone())

    def parse_date(self, text: str) -> date:
        """Return the day of a text."""
        return self.parse(text).date()

    def parse(self, text: str) -> datetime:
        """Return the moment that a text says; raises `EvaluationFailed` for one that does not fit."""
        pattern, letters = _reader(self)
        match = pattern.fullmatch(text)
        if match is None:
            raise EvaluationFailed(f"{text!r} is no date like {self.source!r}")
        try:
            return _moment(dict(zip(letters, match.groups(), strict=True)))
        except (ValueError, OverflowError) as error:
            raise EvaluationFailed(f"{text!r} is no date like {self.source!r}: {error}") from None


@lru_cache(maxsize=500)
def _parsed(pattern: str) -> LocalFormat:
    parts: list[str | _Field] = []
    at = 0
    for match in _TOKEN.finditer(pattern):
        if match.start() != at:
            break
        at = match.end()
        letter = match[2]
        if letter is None:
            quoted = match[1]
            parts.append(match[0] if quoted is None else quoted.replace("''", "'") or "'")
        elif letter != "S" and letter not in _WRITES:
            raise EvaluationFailed(f"the date pattern {pattern!r} has the letter {letter!r}, which means nothing in it")
        else:
            parts.append(_Field(letter, len(match[0])))
    if at != len(pattern):
        raise EvaluationFailed(f"the date pattern {pattern!r} has a quotation mark that is not closed")
    return LocalFormat(pattern, tuple(parts))


_READS = {
    "G": "(AD|BC)",
    "E": "(" + "|".join([*_DAYS, *(day[:3] for day in _DAYS)]) + ")",
    "a": "(AM|PM|am|pm)",
    "z": r"([A-Za-z/_]+(?:[+-]\d\d?:?\d\d)?)",
    "Z": r"([+-]\d\d:?\d\d|Z|GMT|UTC)",
    "X": r"(Z|[+-]\d\d(?::?\d\d)?)",
    "x": r"([+-]\d\d(?::?\d\d)?)",
}


@lru_cache(maxsize=500)
def _reader(form: LocalFormat) -> tuple[re.Pattern[str], tuple[str, ...]]:
    pieces, letters = [], []
    for index, part in enumerate(form.parts):
        if isinstance(part, str):
            pieces.append(re.escape(part))
            continue
        letters.append(f"{part.letter}{index}{'#' if part.count == 2 and part.letter in 'yu' else ''}")
        following = form.parts[index + 1] if index + 1 < len(form.parts) else ""
        if part.letter in "ML" and part.count > 2:
            pieces.append("(" + "|".join([*_MONTHS, *(month[:3] for month in _MONTHS)]) + ")")
        elif part.letter in _READS:
            pieces.append(_READS[part.letter])
        else:
            most = part.count if part.count > 1 or isinstance(following, _Field) else 9
            pieces.append(rf"(\d{{{part.count},{most}}})")
    return re.compile("".join(pieces), re.IGNORECASE), tuple(letters)


def _moment(found: dict[str, str]) -> datetime:
    values: dict[str, str] = {}
    for key, text in found.items():
        letter = key[0]
        if letter in "yu" and key.endswith("#"):
            year = int(text)
            text = str(2000 + year) if len(text) == 2 else text
        values["y" if letter in "uY" else letter] = text
    month = values.get("M") or values.get("L") or "1"
    if not month.isdigit():
        month = str([name[:3].lower() for name in _MONTHS].index(month[:3].lower()) + 1)
    hour = int(values.get("H") or values.get("k") or 0) % 24
    if "h" in values or "K" in values:
        hour = int(values.get("h") or values.get("K") or 0) % 12 + (12 if values.get("a", "").lower() == "pm" else 0)
    fraction = values.get("S", "0")
    micros = int(fraction.ljust(6, "0")[:6])
    moment = datetime(int(values.get("y", "1970")), int(month), int(values.get("d", "1")))
    if "D" in values:
        moment = datetime(moment.year, 1, 1) + timedelta(days=int(values["D"]) - 1)
    moment += timedelta(
        hours=hour, minutes=int(values.get("m", 0)), seconds=int(values.get("s", 0)), microseconds=micros
    )
    return _zoned(moment, values.get("Z") or values.get("X") or values.get("x") or values.get("z") or "")


def _zoned(moment: datetime, zone: str) -> datetime:
    match = re.search(r"([+-])(\d\d):?(\d\d)?$", zone)
    if match:
        minutes = int(match[2]) * 60 + int(match[3] or 0)
        return moment.replace(tzinfo=timezone(timedelta(minutes=-minutes if match[1] == "-" else minutes)))
    if zone.upper() in ("Z", "GMT", "UTC"):
        return moment.replace(tzinfo=UTC)
    return moment.astimezone()
