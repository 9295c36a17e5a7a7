"""Attributes as numbers, words and truths; a value that cannot be is a finding at its element, and the default."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeVar

from penstock.importers.base import Findings
from penstock.importers.vstest.reading import flag, number
from penstock.importers.xmlfile import Element

Meaning = TypeVar("Meaning")

MOST = 1e9
"""No time, number of users or count in such a file is larger."""


class Attributes:
    """Reads the attributes of elements. `counters` are the names of those that are read of the servers under test."""

    def __init__(self, findings: Findings, counters: tuple[str, ...] = ()) -> None:
        self.findings = findings
        self.counters = counters

    def number(self, element: Element, name: str, default: float, most: float = MOST) -> float:
        """Return a number from 0 to `most`."""
        limits = f" from 0 to {most:,.0f}" if most < MOST else " from 0"
        return number(element, name, self.findings, default, least=0, most=most, limits=limits)

    def whole(self, element: Element, name: str, default: int, most: float = MOST) -> int:
        """Return a whole number from 0 to `most`."""
        value = self.number(element, name, float(default), most)
        if value != int(value):
            message = f'{name}="{element.get(name)}" is not a whole number'
            self.findings.error("invalid-value", message, element.origin, f"write one, like {round(value)}")
        return int(value)

    def truth(self, element: Element, name: str, *, default: bool) -> bool:
        """Return a truth, in any case of letters."""
        return flag(element, name, self.findings, default=default)

    def word(self, element: Element, name: str, words: Mapping[str, Meaning], default: str) -> Meaning:
        """Return the meaning of one of some words, in any case of letters."""
        text = element.get(name).strip() or default
        for word, meaning in words.items():
            if word.lower() == text.lower():
                return meaning
        message = f'{name}="{text[:40]}" is not known; known are {", ".join(words)}'
        self.findings.error("invalid-value", message, element.origin)
        return words[default]
