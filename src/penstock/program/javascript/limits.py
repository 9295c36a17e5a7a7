"""What one run of a script may use."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds of a run.

    Over `time_s` (wall-clock), `memory_bytes` or `stack_bytes` it fails. Of its console, lines over
    `console_lines` are dropped, and lines longer than `console_line_chars` are cut.
    """

    time_s: float = 1.0
    memory_bytes: int = 64 * 1024 * 1024
    stack_bytes: int = 1024 * 1024
    console_lines: int = 100
    console_line_chars: int = 2500

    def __post_init__(self) -> None:
        for name in ("time_s", "memory_bytes", "stack_bytes", "console_lines", "console_line_chars"):
            if getattr(self, name) <= 0:
                raise ValueError(f"{name} of a script must be more than 0")
