"""A trial as JSON and as text."""

from __future__ import annotations

import dataclasses
from typing import Any

import orjson

from penstock.model import Journey
from penstock.reporting.suite.sequences import redactable_result, sequence_result
from penstock.reporting.suite.text import entry_lines, journey_lines
from penstock.runs.recording import Recording


def render(recording: Recording, journey: Journey | None, file: str, dialect: str | None) -> bytes:
    """Return everything that was recorded; of a Loadmill test also in the shape of its own results."""
    plain = dataclasses.asdict(recording)
    plain.pop("cookies")
    described: dict[str, Any] = {"version": 1, "file": file, "passed": recording.has_passed, **plain}
    for entry in described["entries"]:
        kind = "pause" if "planned_s" in entry else "request" if "method" in entry else "action"
        entry["type"] = kind
    if dialect == "loadmill" and journey is not None:
        described["result"] = sequence_result(journey, recording)
        described["redactableResult"] = redactable_result(journey, recording)
    return orjson.dumps(described, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)


def lines(recording: Recording, journey: Journey | None, *, colour: bool = False) -> list[str]:
    """Return the recording as text: step by step, or for a flow.py exchange by exchange."""
    if journey is not None:
        return journey_lines(journey, recording, colour)
    return [line for entry in recording.entries for line in entry_lines(entry, colour)]
