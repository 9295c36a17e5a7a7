"""Recordings for many readers: without what logs a user in; those of sensitive tests without bodies and values, too."""

from __future__ import annotations

from dataclasses import replace

from penstock.runs.recording import Entry, Pairs, RecordedPause, RecordedRequest, Recording
from penstock.runs.secrets import BODY_HIDDEN, hide_headers

VALUE_HIDDEN = "Redacted"


def without_secrets(recording: Recording) -> Recording:
    """Return the recording with the values of headers hidden that log a user in, and without the user's cookies."""
    entries: list[Entry] = []
    for entry in recording.entries:
        if isinstance(entry, RecordedRequest):
            response = entry.response
            if response is not None:
                response = replace(response, headers=hide_headers(response.headers))
            entries.append(replace(entry, headers=hide_headers(entry.headers), response=response))
        else:
            entries.append(entry)
    return replace(recording, entries=tuple(entries), cookies=())


def redact(recording: Recording) -> Recording:
    """Return the recording without bodies, values and what logs a user in, as sensitive tests ask for."""
    recording = without_secrets(recording)
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
    )


def _hidden(pairs: Pairs) -> Pairs:
    return tuple((name, VALUE_HIDDEN) for name, _ in pairs)
