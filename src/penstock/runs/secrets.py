"""Reports go to many readers; what logs a user in is not for them, in whatever form they read it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from penstock.metrics.rows import ErrorRow, Row
from penstock.metrics.samples import Headers, Sample
from penstock.metrics.snapshot import Snapshot
from penstock.runs.report import Report

HIDDEN_HEADERS = frozenset(
    {
        "authorization",
        "proxy-authorization",
        "cookie",
        "set-cookie",
        "x-api-key",
        "api-key",
        "x-auth-token",
        "x-csrf-token",
    }
)
"""Headers whose values are replaced by their length. Bodies and URLs stay as they are."""


BODY_HIDDEN = "Body Data Redacted"

_SECRET = re.compile(r"pass(?:word|wd|phrase)|passwd|secret|token|api[-_]?key|credential|authorization", re.IGNORECASE)
"""In the name of a parameter: its value is left out of the command line that a report shows."""

_PARAMETER = re.compile(r"([\w.\[\]-]+)=(.+)", re.DOTALL)
_PASSWORD_IN_URL = re.compile(r"(\w://[^\s/@:]*):[^\s/@]+@")


def without_secrets(report: Report, *, is_sensitive: bool = False) -> Report:
    """Return the same report with the values of `HIDDEN_HEADERS` hidden in all samples; if sensitive, bodies too.

    Of the command line, passwords in URLs and the values of parameters that are called like one are hidden.
    """

    def of_row(row: Row) -> Row:
        return replace(row, errors=tuple(map(of_error, row.errors)))

    def of_error(error: ErrorRow) -> ErrorRow:
        return replace(error, sample=_sample(error.sample, is_sensitive)) if error.sample else error

    summary = report.summary
    return replace(
        report,
        run=replace(report.run, arguments=hide_arguments(report.run.arguments)),
        summary=replace(
            summary,
            total=of_row(summary.total),
            requests=tuple(map(of_row, summary.requests)),
            groups=tuple(map(of_row, summary.groups)),
            messages=tuple(map(of_row, summary.messages)),
            journeys=tuple(map(of_row, summary.journeys)),
            errors=tuple(map(of_error, summary.errors)),
        ),
    )


def hide_samples(snapshot: Snapshot, *, is_sensitive: bool = False) -> Snapshot:
    """Return the same measurements with what `without_secrets` hides hidden in their samples."""
    return replace(snapshot, samples=tuple(_sample(one, is_sensitive) for one in snapshot.samples))


def _sample(sample: Sample, is_sensitive: bool) -> Sample:
    request, response = sample.request, sample.response
    if is_sensitive:
        request = request and replace(request, body=request.body and BODY_HIDDEN)
        response = response and replace(response, body=response.body and BODY_HIDDEN)
    return replace(
        sample,
        request=request and replace(request, headers=hide_headers(request.headers)),
        response=response and replace(response, headers=hide_headers(response.headers)),
    )


def hide_arguments(arguments: Sequence[str]) -> tuple[str, ...]:
    """Return a command line with the passwords in it replaced by `(hidden)`; names of variables stay."""
    before = ("", *arguments)
    return tuple(
        argument if option == "--parameter-env" else _hide_argument(argument)
        for option, argument in zip(before, arguments, strict=False)
    )


def _hide_argument(argument: str) -> str:
    parameter = _PARAMETER.fullmatch(argument)
    if parameter is not None and _SECRET.search(parameter[1]):
        return f"{parameter[1]}=(hidden)"
    return _PASSWORD_IN_URL.sub(r"\1:(hidden)@", argument)


def hide_headers(headers: Headers) -> Headers:
    """Return the headers with the values of `HIDDEN_HEADERS` replaced by their length."""
    return tuple(
        (name, f"(hidden, {len(value)} characters)" if name.lower() in HIDDEN_HEADERS else value)
        for name, value in headers
    )
