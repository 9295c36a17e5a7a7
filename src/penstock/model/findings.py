"""What an import could not carry over as it was written. Nothing is ever dropped in silence."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from penstock.model.origin import Origin

Severity = Literal["error", "warning", "note"]
"""`error`: the test cannot be run faithfully, it does not start; `warning`: it runs, with a difference;
`note`: worth knowing."""

Effect = Literal["dropped", "approximated", "needs attention"]
"""What became of the construct."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One construct of a user's file that does not mean here exactly what it meant there.

    `code` is a stable word for machines (`unknown-key`), `message` says what was found and what follows,
    `advice` what to do about it (may be empty).
    """

    severity: Severity
    effect: Effect
    code: str
    message: str
    origin: Origin
    advice: str = ""

    def __str__(self) -> str:
        text = f"{self.origin}: {self.message}"
        return f"{text}; {self.advice}" if self.advice else text

    def facts(self) -> dict[str, str | int | None]:
        """Return it as every JSON that we write shows a finding."""
        return {
            "severity": self.severity,
            "effect": self.effect,
            "code": self.code,
            "file": self.origin.file,
            "path": self.origin.path,
            "line": self.origin.line,
            "message": self.message,
            "advice": self.advice,
        }
