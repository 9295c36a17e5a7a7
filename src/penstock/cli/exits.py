"""Every exit code of the command, in one list. Documented in docs/guide/command-line.md."""

from __future__ import annotations

from enum import IntEnum


class Exit(IntEnum):
    """How a command ended."""

    PASSED = 0
    """The run passed, or the command did what it was asked."""
    USAGE = 2
    """The command line itself is wrong: unknown option, missing argument."""
    MISSED = 99
    """The run was carried out and judged: a threshold or the failure limit was missed."""
    GENERATOR_FAILED = 103
    """The load generator broke (not the system under test); what was measured is still reported."""
    INVALID_INPUT = 104
    """A file, value or option from outside cannot be used; nothing was run."""
    INTERRUPTED = 105
    """Stopped by a person (Ctrl-C, a key, `penstock control`) or a signal; what was measured is still reported."""
    OUTPUT_FAILED = 106
    """The run was carried out, but a result could not be written."""
