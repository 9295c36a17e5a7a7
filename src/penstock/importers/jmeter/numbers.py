"""Numbers of a plan: they must be known before the run, and are often written as properties, `${__P(threads,10)}`."""

from __future__ import annotations

import math

from penstock.importers.jmeter.parse import Bag
from penstock.importers.jmeter.work import Work

_LONGEST = 60


def number(bag: Bag, key: str, work: Work, default: float = 0.0, *, least: float = 0.0, most: float = 1e9) -> float:
    """Return a number; one that is missing is the default, one that makes no sense a finding and the default."""
    written = bag.text(key).strip()
    if not written:
        return default
    known = work.texts.settled(written, bag.origin)
    label = key.rpartition(".")[2]
    if known is None:
        message = f"{label} is {written[:_LONGEST]!r}, which is not known before the run"
        advice = "write it as a property, ${__P(name,default)}, and give that with name=value"
        work.findings.error("unknown-number", message, bag.origin.at(label), advice)
        return default
    try:
        value = float(known.strip() or default)
    except ValueError:
        value = math.nan
    if not (math.isfinite(value) and least <= value <= most):
        limits = f"between {least:,.0f} and {most:,.0f}"
        message = f"{label} is {known[:_LONGEST]!r}, which is not a number {limits}"
        work.findings.error("invalid-value", message, bag.origin.at(label), f"write a number, like {default:g}")
        return default
    return value


def whole(bag: Bag, key: str, work: Work, default: int = 0, *, least: int = 0, most: int = 1_000_000_000) -> int:
    """Return a whole number, as `number`."""
    return int(number(bag, key, work, default, least=least, most=most))


def milliseconds(bag: Bag, key: str, work: Work, default: float = 0.0) -> float:
    """Return seconds of a number of milliseconds."""
    return number(bag, key, work, default * 1000) / 1000


def flag(bag: Bag, key: str, work: Work, *, default: bool = False) -> bool:
    """Return true or false, which may be written as a property."""
    known = (work.texts.settled(bag.text(key), bag.origin) or "").strip().lower()
    return known == "true" if known in ("true", "false") else default
