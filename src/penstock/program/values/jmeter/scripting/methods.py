"""Methods of texts, numbers and lists, and functions that belong to classes, by their names in Java."""

from __future__ import annotations

import math
import time
import uuid
from collections.abc import Callable
from decimal import Decimal, InvalidOperation
from typing import Any

from penstock.program.values.javascript.numbers import parse_number as parse_js_number
from penstock.program.values.jmeter.numbers import parse_double
from penstock.program.values.jmeter.patterns import Pattern
from penstock.program.values.jmeter.scripting.semantics import ScriptFailed, shown
from penstock.program.values.jmeter.shared import Shared

Method = Callable[..., Any]


def whole(value: Any) -> int:
    """Return what `Integer.parseInt` and its kind read."""
    text = shown(value, "java")
    try:
        if value is None or text != text.strip() or "_" in text:
            raise ValueError
        return int(text)
    except ValueError:
        raise ScriptFailed(f"{text!r} is no whole number") from None


def double(value: Any) -> float:
    """Return what `Double.parseDouble` reads."""
    number = None if value is None else parse_double(shown(value, "java"))
    if number is None:
        raise ScriptFailed(f"{value!r} is no number")
    return number


def decimal(value: Any) -> Decimal:
    """Return what `new BigDecimal` reads."""
    try:
        return Decimal(shown(value, "java"))
    except InvalidOperation:
        raise ScriptFailed(f"{value!r} is no number") from None


def _part(text: str, begin: int, end: int | None = None) -> str:
    last = len(text) if end is None else end
    if not 0 <= begin <= last <= len(text):
        raise ScriptFailed(f"{begin} to {last} is no part of a text of {len(text)} characters")
    return text[begin:last]


def _is(read: Callable[[Any], Any]) -> Method:
    def judge(text: str) -> bool:
        try:
            read(text.strip())
        except ScriptFailed:
            return False
        return True

    return judge


def _split(text: str, pattern: str, limit: int = 0) -> list[str]:
    pieces: list[str] = []
    at = 0
    for match in Pattern.of(pattern).matches(text):
        if match.end() == 0 or (limit > 0 and len(pieces) == limit - 1):
            continue
        pieces.append(text[at : match.start()])
        at = match.end()
    pieces.append(text[at:])
    while limit == 0 and len(pieces) > 1 and not pieces[-1]:
        pieces.pop()
    return pieces


def _index(text: str, wanted: Any, start: int = 0) -> int:
    return text.find(shown(wanted, "java"), start)


def _first_replaced(text: str, pattern: str, template: str) -> str:
    match = Pattern.of(pattern).search(text)
    return text if match is None else text[: match.start()] + template + text[match.end() :]


TEXT: dict[str, Method] = {
    "charAt": lambda text, index: _part(text, index, index + 1),
    "compareTo": lambda text, other: (text > other) - (text < other),
    "concat": lambda text, other: text + other,
    "contains": lambda text, other: shown(other, "java") in text,
    "endsWith": lambda text, other: text.endswith(other),
    "equals": lambda text, other: isinstance(other, str) and text == other,
    "equalsIgnoreCase": lambda text, other: isinstance(other, str) and text.lower() == other.lower(),
    "includes": lambda text, other: other in text,
    "indexOf": _index,
    "isBigDecimal": _is(decimal),
    "isBlank": lambda text: not text.strip(),
    "isDouble": _is(double),
    "isEmpty": lambda text: not text,
    "isInteger": _is(whole),
    "isLong": _is(whole),
    "isNumber": _is(decimal),
    "lastIndexOf": lambda text, other: text.rfind(shown(other, "java")),
    "length": len,
    "matches": lambda text, pattern: Pattern.of(f"(?:{pattern})$").fits(text),
    "replace": lambda text, old, new: text.replace(shown(old, "java"), shown(new, "java")),
    "replaceAll": lambda text, pattern, new: Pattern.of(pattern).replaced(text, new),
    "replaceFirst": _first_replaced,
    "reverse": lambda text: text[::-1],
    "size": len,
    "split": _split,
    "startsWith": lambda text, other: text.startswith(other),
    "strip": lambda text: text.strip(),
    "substring": _part,
    "toBigDecimal": decimal,
    "toBoolean": lambda text: text.strip().lower() in ("true", "y", "1"),
    "toDouble": double,
    "toFloat": double,
    "toInteger": lambda text: whole(text.strip()),
    "toLong": lambda text: whole(text.strip()),
    "toLowerCase": lambda text: text.lower(),
    "toString": lambda text: text,
    "toUpperCase": lambda text: text.upper(),
    "trim": lambda text: text.strip(),
}

NUMBER: dict[str, Method] = {
    "abs": abs,
    "compareTo": lambda number, other: (number > other) - (number < other),
    "doubleValue": float,
    "equals": lambda number, other: type(number) is type(other) and number == other,
    "intValue": int,
    "intdiv": lambda number, other: int(number / other),
    "longValue": int,
    "toDouble": float,
    "toInteger": int,
    "toLong": int,
    "toString": lambda number: shown(number, "java"),
}

LIST: dict[str, Method] = {
    "contains": lambda items, item: item in items,
    "get": lambda items, index: items[index],
    "indexOf": lambda items, item: items.index(item) if item in items else -1,
    "isEmpty": lambda items: not items,
    "join": lambda items, joint="": joint.join(shown(item, "java") for item in items),
    "length": len,
    "size": len,
}

BOOLEAN: dict[str, Method] = {
    "booleanValue": bool,
    "equals": lambda value, other: isinstance(other, bool) and value == other,
    "toString": lambda value: shown(value, "java"),
}


def _rounded(value: float) -> int:
    return math.floor(float(value) + 0.5)


def _read_js(text: Any, digits: int = 10) -> Any:
    """Return JavaScript's `parseInt`."""
    shown_text = shown(text, "javascript").strip()
    sign = shown_text[:1] if shown_text[:1] in "+-" else ""
    rest, end = shown_text[len(sign) :], 0
    while end < len(rest) and rest[end].isalnum() and _digit(rest[end]) < digits:
        end += 1
    return int(sign + rest[:end], digits) if end else math.nan


def _digit(character: str) -> int:
    return int(character, 36) if character.isascii() else 99


def statics(shared: Shared) -> dict[str, Method]:
    """Return functions of classes and of the language itself, by their full names."""
    random = shared.random
    found: dict[str, Method] = {
        "Boolean.parseBoolean": lambda text: isinstance(text, str) and text.lower() == "true",
        "Boolean.valueOf": lambda text: text if isinstance(text, bool) else shown(text, "java").lower() == "true",
        "Double.parseDouble": double,
        "Double.valueOf": double,
        "Float.parseFloat": double,
        "Float.valueOf": double,
        "Integer.parseInt": whole,
        "Integer.toString": lambda number: shown(number, "java"),
        "Integer.valueOf": whole,
        "Long.parseLong": whole,
        "Long.toString": lambda number: shown(number, "java"),
        "Long.valueOf": whole,
        "Math.abs": abs,
        "Math.ceil": lambda number: float(math.ceil(number)),
        "Math.floor": lambda number: float(math.floor(number)),
        "Math.max": max,
        "Math.min": min,
        "Math.pow": lambda base, power: float(base) ** float(power),
        "Math.random": random.random,
        "Math.round": _rounded,
        "Math.sqrt": lambda number: math.sqrt(number) if number >= 0 else math.nan,
        "Number": lambda value: _js_whole(parse_js_number(shown(value, "javascript"))),
        "String": lambda value: shown(value, "javascript"),
        "String.valueOf": lambda value: shown(value, "java"),
        "System.currentTimeMillis": lambda: time.time_ns() // 1_000_000,
        "System.nanoTime": time.perf_counter_ns,
        "UUID.randomUUID": lambda: str(uuid.UUID(int=random.getrandbits(128), version=4)),
        "Date.now": lambda: time.time_ns() // 1_000_000,
        "isNaN": lambda value: math.isnan(parse_js_number(shown(value, "javascript"))),
        "org.apache.commons.lang3.RandomStringUtils.randomAlphanumeric": lambda count: "".join(
            random.choices("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789", k=count)
        ),
        "org.apache.commons.lang3.RandomStringUtils.randomAlphabetic": lambda count: "".join(
            random.choices("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz", k=count)
        ),
        "org.apache.commons.lang3.RandomStringUtils.randomNumeric": lambda count: "".join(
            random.choices("0123456789", k=count)
        ),
        "parseFloat": lambda value: _js_whole(parse_js_number(shown(value, "javascript"))),
        "parseInt": _read_js,
    }
    found |= {f"java.lang.{name}": method for name, method in found.items() if name[:1].isupper() and "." in name}
    found["java.util.UUID.randomUUID"] = found["UUID.randomUUID"]
    found |= {name.rpartition("lang3.")[2]: method for name, method in found.items() if "RandomStringUtils" in name}
    return found


def _js_whole(number: float) -> Any:
    return int(number) if math.isfinite(number) and number.is_integer() else number
