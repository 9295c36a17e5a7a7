"""Lines of Python that are being written: indented, and with what they need from elsewhere."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from penstock.model import CsvData, Finding, Origin

LONGEST = 110


@dataclass(slots=True)
class Lines:
    """Gathers lines, imports, helper functions and findings. `reads` are the variables that the test reads."""

    lines: list[str] = field(default_factory=list)
    script: set[str] = field(default_factory=lambda: {"Options"})
    modules: set[str] = field(default_factory=set)
    helpers: set[str] = field(default_factory=set)
    findings: list[Finding] = field(default_factory=list)
    reads: frozenset[str] = frozenset()
    depth: int = 0

    def add(self, text: str = "") -> None:
        """Add one statement; it may have several lines, which are indented alike."""
        pad = "    " * self.depth
        self.lines += [f"{pad}{line}" if line else "" for line in text.split("\n")]

    @contextmanager
    def inside(self, head: str) -> Iterator[None]:
        """Add a head and indent what follows; nothing inside becomes `pass`."""
        self.add(head)
        self.depth += 1
        before = len(self.lines)
        yield
        if all(line.lstrip().startswith("#") for line in self.lines[before:]):
            self.add("pass")
        self.depth -= 1

    def cannot(self, what: str, origin: Origin, code: str = "not-in-flow") -> None:
        """Say in a comment, and as a finding, what a flow.py does not do."""
        self.add(comment(f"not converted: {what} ({origin})"))
        advice = "write it in Python where the comment stands"
        self.findings.append(Finding("warning", "dropped", code, f"not in the flow.py: {what}", origin, advice))

    def differs(self, what: str, origin: Origin, code: str = "approximated") -> None:
        """Note a difference."""
        self.findings.append(Finding("note", "approximated", code, what, origin))


def comment(text: str) -> str:
    """Return the text as a comment of one line."""
    plain = "".join(character if character.isprintable() else " " for character in text)
    return f"# {plain[:400]}"


def call(head: str, arguments: list[str]) -> str:
    """Return a call, on one line if it fits."""
    one = f"{head}({', '.join(arguments)})"
    return one if len(one) <= LONGEST and "\n" not in one else bracketed(f"{head}(", arguments, ")")


def bracketed(opening: str, items: list[str], closing: str) -> str:
    """Return items between brackets, each on lines of its own."""
    indented = "".join(f"    {line}\n" for item in items for line in f"{item},".split("\n"))
    return f"{opening}\n{indented}{closing}"


def rows_name(data: CsvData) -> str:
    """Return what the rows of some data are called in Python."""
    plain = re.sub(r"\W+", "_", data.name, flags=re.ASCII).strip("_").lower()
    return f"rows_of_{plain or 'data'}"
