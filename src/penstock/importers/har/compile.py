"""A recording becomes one journey that a single user does once: pages with what they embed, requests, and pauses."""

from __future__ import annotations

from dataclasses import replace
from urllib.parse import urlsplit

from penstock.importers.base import NO_OVERRIDES, Files, Findings, Imported, Overrides, invalid, without_collection
from penstock.importers.fidelity import Element
from penstock.importers.har.cookies import compile_cookies
from penstock.importers.har.exchanges import exchanges_of
from penstock.importers.har.headers import user_agent_of
from penstock.importers.har.parse import Entry, Recording, parse
from penstock.importers.har.requests import Requests
from penstock.importers.har.sites import Sites
from penstock.importers.har.timeline import steps_of
from penstock.model import Assign, Assignment, Defaults, Journey, Load, Origin, Phase, Population, Scenario, Text
from penstock.model.limits import LONGEST_S

MOST_REASONS = 5

HOSTS = "hosts"
"""The parameter that names hosts which belong to the test besides those of the site that was recorded."""


def compile(files: Files, entry: str, overrides: Overrides = NO_OVERRIDES) -> Imported:  # noqa: A001 — as importers
    """Compile a recording.

    Raises `InvalidInput` for what is none, and where no request of it can be sent; `UnreadableFile`.
    """
    with without_collection():
        return _compile(files, entry, overrides)


def _compile(files: Files, name: str, overrides: Overrides) -> Imported:
    findings = Findings()
    recording = parse(files.read(name), name, findings)
    given = dict(overrides.parameters)
    sites, origin = Sites(recording.entries, given.pop(HOSTS, None)), Origin(name)
    entries = sites.kept([each for each in recording.entries if _can_be_sent(each, findings)], findings)
    if not entries:
        raise invalid(recording.origin, f"there is no request in the recording that can be sent{_why(findings)}")
    _report_what_is_missing(recording, overrides, findings)
    requests = Requests(given, findings)
    drafts = [requests.draft(exchange) for exchange in exchanges_of(entries, sites, findings)]
    for unused in given.keys() - requests.used:
        message = f"the parameter {unused!r} names no field that a request sends"
        findings.warn("unknown-parameter", message, origin, "use the name of a form field or JSON member", "dropped")
    assign = [Assign(tuple(Assignment(each, (Text.constant(value),)) for each, value in given.items()), origin)]
    steps = (*(assign if given else ()), *compile_cookies(entries, findings), *steps_of(drafts, recording.pages))
    defaults = Defaults(user_agent=user_agent_of(entries))
    if overrides.timeout_s is not None:
        defaults = replace(defaults, timeout_s=overrides.timeout_s)
    load = Load((Phase(1.0, 1.0, LONGEST_S),), iterations_per_user=1)
    scenario = Scenario(
        name, "loadmill", (Journey(name, steps, origin),), (Population(name, load),), origin, defaults=defaults
    )
    fidelity = findings.fidelity(Element(each.kind, each.origin) for each in recording.entries)
    known = frozenset(key for key, _ in overrides.parameters)
    return Imported(scenario, findings.all(), fidelity, known_parameters=known)


def _can_be_sent(entry: Entry, findings: Findings) -> bool:
    try:
        parts = urlsplit(entry.url)
        is_http = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        is_http = False
    if entry.kind == "websocket" or entry.url.startswith(("ws:", "wss:")):
        findings.warn("websocket", "a WebSocket is left out", entry.origin, effect="dropped")
        return False
    if not is_http or entry.method == "CONNECT":
        findings.note("not-http", "what is not asked for by HTTP is left out", entry.origin)
        return False
    if entry.answer.status <= 0:
        findings.note("no-response", "a request that was blocked or cancelled is left out", entry.origin)
        return False
    if "h3" in entry.version or "http/3" in entry.version:
        message = "HTTP/3 is not spoken; HTTP/2 or 1.1 is"
        findings.note("http3", message, entry.origin, effect="approximated")
    return True


def _why(findings: Findings) -> str:
    """Return why entries were left out, with the place of the first of each reason."""
    reasons = findings.dropped()
    told = [
        f"{first.message} ({f'{count:,} times, first at ' if count > 1 else ''}{first.origin.path})"
        for first, count in reasons[:MOST_REASONS]
    ]
    if len(reasons) > MOST_REASONS:
        told.append(f"and {len(reasons) - MOST_REASONS} more reasons")
    return f": {'; '.join(told)}" if told else ": it has no entries; record again, with the log of the network kept"


def _report_what_is_missing(recording: Recording, overrides: Overrides, findings: Findings) -> None:
    if all(entry.answer.text is None for entry in recording.entries):
        findings.warn(
            "no-contents",
            "the recording holds no responses, so tokens and identities in them cannot be taken anew",
            recording.origin,
            'save it with its contents ("Save all as HAR with content" in the browser\'s tools)',
        )
    if overrides.pools:
        advice = "convert it (penstock convert) and read the rows in the flow.py"
        findings.error("not-available", "a recording reads no data pools", Origin(recording.origin.file), advice)
