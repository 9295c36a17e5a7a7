"""What an assertion is for the run."""

from __future__ import annotations

from collections.abc import Callable

from penstock.program.values.dialect import Reply, Variables

Verdict = Callable[[Variables, Reply, float], "str | None"]
"""Judges a sample, given also the seconds of its page: None when it passes, else why not."""

NOTHING = "Response was null"
"""What an assertion says where there is nothing to judge."""
