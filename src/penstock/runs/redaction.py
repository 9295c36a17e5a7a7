"""Sensitive tests: recordings without bodies and values."""

from __future__ import annotations

from dataclasses import replace

from penstock.runs.recording import Entry, Pairs, RecordedPause, RecordedRequest, Recording

BODY_HIDDEN = "Body Data Redacted"
VALUE_HIDDEN = "Redacted"


def redact(recording: Recording) -> Recording:
    """Return the recording without bodies and values, as sensitive tests ask for."""
    entries: list[Entry] = []
    for entry in recording.entries:
        if isinstance(entry, RecordedPause):
            entries.append(entry)
            continue
        hidden = replace(
            entry,
            extracted=_hidden(entry.extracted),
            variables=_hidden(entry.variables),
            output=(VALUE_HIDDEN,) * len(entry.output),
            checks=tuple(replace(check, actual=VALUE_HIDDEN if check.actual else "") for check in entry.checks),
        )
        if isinstance(hidden, RecordedRequest):
            response = hidden.response
            hidden = replace(
                hidden,
                body=BODY_HIDDEN if hidden.body else "",
                response=None if response is None else replace(response, body=BODY_HIDDEN if response.body else ""),
            )
        entries.append(hidden)
    return replace(
        recording,
        entries=tuple(entries),
        initial=_hidden(recording.initial),
        variables=_hidden(recording.variables),
        cookies=(),
    )


def _hidden(pairs: Pairs) -> Pairs:
    return tuple((name, VALUE_HIDDEN) for name, _ in pairs)
