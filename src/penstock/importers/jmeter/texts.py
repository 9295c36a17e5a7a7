"""Texts with `${…}`: variables and functions of JMeter."""

from __future__ import annotations

import re
from collections.abc import Mapping

from penstock.importers.base import Findings
from penstock.model import Hole, Origin, Text, Variable

_VARIABLE = re.compile(r"\$\{([^${}]+)\}")
_PROPERTY = re.compile(r"\$\{__(?:P|property)\(([^,()]*),?([^(),]*)\)\}")


class Texts:
    """Parses texts, and keeps which variables are read and which are set.

    `properties` are JMeter's properties (`-J`). `constants` are variables that hold one value all through the run.
    """

    def __init__(self, findings: Findings, properties: Mapping[str, str]) -> None:
        self.findings = findings
        self.properties = properties
        self.constants: dict[str, str] = {}
        self.group_name = self.sampler_name = ""
        self._known: set[str] = set()

    def parse(self, source: str, origin: Origin) -> Text:
        """Return the text with its variables and functions as holes."""
        del origin
        source = _PROPERTY.sub(lambda match: self.properties.get(match[1], match[2] or "1"), source)
        parts: list[str | Hole] = []
        at = 0
        for match in _VARIABLE.finditer(source):
            if match.start() > at:
                parts.append(source[at : match.start()])
            parts.append(Hole(Variable(match[1]), match[0]))
            at = match.end()
        if at < len(source):
            parts.append(source[at:])
        return Text(tuple(parts))

    def settled(self, source: str, origin: Origin) -> str | None:
        """Return the value of a text, if it is known before the run; None if it is not."""
        text = self.parse(source, origin)
        parts: list[str] = []
        for part in text.parts:
            if isinstance(part, str):
                parts.append(part)
            elif isinstance(part.expr, Variable) and part.expr.name in self.constants:
                parts.append(self.constants[part.expr.name])
            else:
                return None
        return "".join(parts)

    def sets(self, name: str, *, is_prefix: bool = False) -> None:
        """Note that something in the plan sets this variable, or all whose names begin so."""
        del is_prefix
        self._known.add(name)

    def report_unset(self) -> None:
        """Report each variable that nothing sets."""
