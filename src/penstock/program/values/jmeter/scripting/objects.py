"""The few objects that scripts make: a reader of JSON, and a date."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from penstock.program.values.dialect import EvaluationFailed
from penstock.program.values.jmeter.dates import LocalFormat
from penstock.program.values.jmeter.scripting.semantics import ScriptFailed, shown


class JsonSlurper:
    """Groovy's reader of JSON."""

    @staticmethod
    def parse_text(text: Any) -> Any:
        """Return the value of a JSON text."""
        try:
            return json.loads(shown(text, "groovy"), parse_float=Decimal)
        except ValueError as error:
            raise ScriptFailed(f"no JSON: {error}") from None


@dataclass(frozen=True, slots=True)
class Date:
    """A moment, in the time zone of the machine."""

    moment: datetime

    @staticmethod
    def now() -> Date:
        """Return the present."""
        return Date(datetime.now().astimezone())

    def format(self, pattern: str) -> str:
        """Return the date as a pattern says."""
        return LocalFormat.of(pattern).format(self.moment)

    def millis(self) -> int:
        """Return the milliseconds since the epoch."""
        return round(self.moment.timestamp() * 1000)


MAKERS: dict[str, Callable[[], Any]] = {"JsonSlurper": JsonSlurper, "Date": Date.now}
"""What `new` makes without arguments."""

METHODS: dict[type, dict[str, Callable[..., Any]]] = {
    JsonSlurper: {"parseText": lambda _slurper, text: JsonSlurper.parse_text(text)},
    Date: {"format": Date.format, "getTime": Date.millis},
    dict: {
        "containsKey": lambda held, key: key in held,
        "get": lambda held, key: held.get(key),
        "isEmpty": lambda held: not held,
        "keySet": list,
        "size": len,
        "values": lambda held: list(held.values()),
    },
}
NAMES = frozenset(name for table in METHODS.values() for name in table)


def property_of(value: Any, name: str) -> Any:
    """Return what `value.name` is: a member of an object; of each, for a list; the time of a date."""
    if isinstance(value, dict):
        return value.get(name)
    if isinstance(value, list):
        return len(value) if name == "length" else [property_of(each, name) for each in value]
    if isinstance(value, Date) and name == "time":
        return value.millis()
    if isinstance(value, str) and name in ("length", "size"):
        return len(value)
    raise EvaluationFailed(f"the property {name!r} of {value!r} is not among what can be carried over")
