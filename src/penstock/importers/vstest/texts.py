"""Texts with bindings: `{{name}}` anywhere, several in a text, none inside another."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from penstock.importers.base import Findings
from penstock.model import Hole, Origin, Text, Variable

BINDING = re.compile(r"\{\{(?!\{)((?:(?!\{\{|\}\}).)+)\}\}", re.DOTALL)

BUILT_INS = frozenset(
    {
        "$AgentCount",
        "$AgentId",
        "$AgentName",
        "$ControllerName",
        "$IEAcceptLanguage",
        "$TestDir",
        "$WebTestIteration",
        "$WebTestUserId",
    }
)
"""Names that are there without being set."""


@dataclass(slots=True)
class Texts:
    """Parses texts, and keeps which names are read, which are set, and which only code could tell."""

    findings: Findings
    read: dict[str, Origin] = field(default_factory=dict)
    known: set[str] = field(default_factory=set)
    prefixes: set[str] = field(default_factory=set)
    constants: dict[str, str] = field(default_factory=dict)
    has_unknown_sources: bool = False

    def parse(self, text: str, origin: Origin) -> Text:
        """Return the text with its bindings as holes."""
        if "{{" not in text:
            return Text.constant(text)
        parts: list[str | Hole] = []
        at = 0
        for match in BINDING.finditer(text):
            if match.start() > at:
                parts.append(text[at : match.start()])
            self.read.setdefault(match[1], origin)
            parts.append(Hole(Variable(match[1]), match[0]))
            at = match.end()
        if at < len(text):
            parts.append(text[at:])
        return Text(tuple(parts))

    def resolved(self, text: Text) -> str:
        """Return a text for a name: constant parameters in place of their bindings, others as they are written."""
        return "".join(part if isinstance(part, str) else self._constant(part) for part in text.parts)

    def _constant(self, hole: Hole) -> str:
        if isinstance(hole.expr, Variable) and hole.expr.name in self.constants:
            return self.constants[hole.expr.name]
        return hole.source

    def sets(self, name: str, *, is_prefix: bool = False) -> None:
        """Note that a rule, loop, plug-in or data source sets a name, or all names that begin so."""
        (self.prefixes if is_prefix else self.known).add(name)
        self.constants.pop(name, None)

    def report_unset(self) -> None:
        """Report each binding that nothing sets."""
        for name, origin in self.read.items():
            if name in self.known or name in BUILT_INS or any(name.startswith(prefix) for prefix in self.prefixes):
                continue
            by_code = "; a plug-in that is left out may be what set it" if self.has_unknown_sources else ""
            message = (
                f"nothing sets the context parameter '{name}'; requests that read it fail before they are sent{by_code}"
            )
            advice = f"give it a value with {name}=VALUE" if "=" not in name else ""
            self.findings.warn("unresolved-binding", message, origin, advice, "needs attention")


def joined(*texts: Text | str) -> Text:
    """Return the texts one after the other, neighbouring constants in one piece."""
    parts: list[str | Hole] = []
    for text in texts:
        for part in (text,) if isinstance(text, str) else text.parts:
            if isinstance(part, str) and parts and isinstance(parts[-1], str):
                parts[-1] += part
            elif part:
                parts.append(part)
    return Text(tuple(parts))
