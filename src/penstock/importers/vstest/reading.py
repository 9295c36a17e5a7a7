"""Attributes of elements, read as Visual Studio does: true and false in any case, numbers with a point."""

from __future__ import annotations

import math

from penstock.importers.base import Findings
from penstock.importers.xmlfile import Element
from penstock.model import Origin


def flag(element: Element, name: str, findings: Findings, *, default: bool) -> bool:
    """Return true or false (also written 1 or 0); anything else is a finding and counts as the default."""
    text = element.get(name).strip().lower()
    if text in ("true", "false", "1", "0"):
        return text in ("true", "1")
    if text:
        findings.error("invalid-value", f"{name} is {element.get(name)[:40]!r}, not True or False", element.origin)
    return default


def number(
    element: Element,
    name: str,
    findings: Findings,
    default: float = 0.0,
    *,
    least: float = -math.inf,
    most: float = math.inf,
    limits: str = "",
) -> float:
    """Return a finite number in bounds, which `limits` says in words; anything else is a finding and the default."""
    text = element.get(name).strip()
    if not text:
        return default
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not (math.isfinite(value) and least <= value <= most):
        message = f"{name} is {text[:40]!r}, which is not a number{limits}"
        findings.error("invalid-value", message, element.origin, f"write a number, like {default:g}")
        return default
    return value


def report_unknown(element: Element, attributes: frozenset[str], children: frozenset[str], findings: Findings) -> None:
    """Report attributes (as notes) and children (as warnings) that are not known; they have no effect."""
    for name in element.attributes.keys() - attributes:
        findings.note(
            "unknown-attribute", f"the attribute {name} is not known and has no effect", element.origin.at(name)
        )
    for child in element.children:
        if child.name not in children:
            message = f"the element {child.name} is not known and has no effect"
            findings.warn("unknown-element", message, child.origin, effect="dropped")


def bare(origin: Origin) -> Origin:
    """Return the place without the path inside the file, for a message that is about the whole of it."""
    return Origin(origin.file, "", origin.line)
