"""A trial as JSON and as text."""

from __future__ import annotations

import dataclasses
from typing import Any

import orjson

from penstock.model import Journey
from penstock.reporting.suite.sequences import redactable_result, sequence_result
from penstock.reporting.suite.text import entry_lines, journey_lines
from penstock.runs.recording import Recording
from penstock.runs.secrets import HIDDEN_HEADERS


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
    return orjson.dumps(_without_secrets(described), option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)


def lines(recording: Recording, journey: Journey | None, *, colour: bool = False) -> list[str]:
    """Return the recording as text: step by step, or for a flow.py exchange by exchange."""
    if journey is not None:
        return journey_lines(journey, recording, colour)
    return [line for entry in recording.entries for line in entry_lines(entry, colour)]


def _without_secrets(value: Any) -> Any:
    """Hide the values of headers that log a user in, in each form that headers have here."""
    if isinstance(value, dict):
        return {name: _without_secret(name, inner) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        if len(value) == 2 and isinstance(value[0], str) and value[0].lower() in HIDDEN_HEADERS:
            return [value[0], _hidden(str(value[1]))]
        return [_without_secrets(inner) for inner in value]
    return value


def _without_secret(name: str, value: Any) -> Any:
    is_secret = name.lower() in HIDDEN_HEADERS and isinstance(value, str)
    return _hidden(value) if is_secret else _without_secrets(value)


def _hidden(value: str) -> str:
    return f"(hidden, {len(value)} characters)"
