"""Functions about time."""

from __future__ import annotations

import re
import time
from datetime import datetime, timedelta

from penstock.program.values.dialect import EvaluationFailed
from penstock.program.values.jmeter.dates import LocalFormat
from penstock.program.values.jmeter.functions.registry import Asked, Function, Table

_NAMED = {"YMD": "yyyyMMdd", "HMS": "HHmmss", "YMDHMS": "yyyyMMdd-HHmmss"}
_DURATION = re.compile(
    r"(?P<sign>[+-])?P(?:(?P<D>[+-]?\d+)D)?"
    r"(?:T(?:(?P<H>[+-]?\d+)H)?(?:(?P<M>[+-]?\d+)M)?(?:(?P<S>[+-]?\d+(?:[.,]\d*)?)S)?)?",
    re.IGNORECASE,
)


def _time(asked: Asked) -> str:
    form = asked.text(0)
    if not form:
        return str(time.time_ns() // 1_000_000)
    if form.startswith("/") and form[1:].isdigit() and int(form[1:]):
        return str(time.time_ns() // 1_000_000 // int(form[1:]))
    return LocalFormat.of(_NAMED.get(form, form)).format(datetime.now().astimezone())


def _shift(asked: Asked) -> str:
    form = asked.word(0)
    text = asked.word(1)
    if not text:
        moment = datetime.now().astimezone()
    elif form:
        moment = LocalFormat.of(form).parse(text)
    else:
        moment = datetime.fromtimestamp(asked.integer(1) / 1000).astimezone()
    if amount := asked.word(2):
        moment += _duration(amount)
    return LocalFormat.of(form).format(moment) if form else str(_millis(moment))


def _duration(text: str) -> timedelta:
    """Return what `Duration.parse` reads: `P1DT2H30M`, with signs."""
    match = _DURATION.fullmatch(text)
    if match is None or text[-1:].upper() in ("P", "T"):
        raise EvaluationFailed(f"{text!r} is no duration like P2DT3H20M10S")
    found = {key: float((match[key] or "0").replace(",", ".")) for key in "DHMS"}
    span = timedelta(days=found["D"], hours=found["H"], minutes=found["M"], seconds=found["S"])
    return -span if match["sign"] == "-" else span


def _millis(moment: datetime) -> int:
    return round(moment.timestamp() * 1000)


def _convert(asked: Asked) -> str:
    text, source = asked.word(0), asked.word(1)
    if not source:
        moment = datetime.fromtimestamp(asked.integer(0) / 1000).astimezone()
    else:
        moment = LocalFormat.of(source).parse(text)
    return LocalFormat.of(asked.word(2)).format(moment)


TABLE: Table = {
    "__time": Function(_time, 0, 2, 1),
    "__timeShift": Function(_shift, 3, 5, 4),
    "__dateTimeConvert": Function(_convert, 3, 4, 3),
}
