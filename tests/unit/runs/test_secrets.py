from __future__ import annotations

from dataclasses import replace

import pytest

from penstock.metrics.samples import ReceivedResponse, Sample, SentRequest
from penstock.reporting import html, json
from penstock.runs.report import Report
from penstock.runs.secrets import HIDDEN_HEADERS, hide_arguments, without_secrets
from tests.unit.reporting import synthetic


def with_header(report: Report, name: str, value: str) -> Report:
    """Return the report with a sample that carries the header both ways, wherever a report keeps samples."""
    header = ((name, value),)
    sample = Sample(
        "request",
        "list",
        "status",
        "no",
        0,
        "0/1",
        SentRequest("GET", "/", headers=header),
        ReceivedResponse(500, headers=header),
    )
    summary = report.summary
    errors = tuple(replace(error, sample=sample) for error in summary.errors)
    rows = tuple(
        replace(row, errors=tuple(replace(error, sample=sample) for error in row.errors)) for row in summary.requests
    )
    return replace(report, summary=replace(summary, errors=errors, requests=rows))


@pytest.mark.parametrize("name", [*sorted(HIDDEN_HEADERS), "AUTHORIZATION", "Set-Cookie"])
def test_what_logs_a_user_in_reaches_no_report(name: str) -> None:
    report = with_header(synthetic.report(), name, "top-secret-value")
    assert b"top-secret-value" in json.render(report)
    safe = without_secrets(report)
    for content in (json.render(safe), html.render(safe)):
        assert b"top-secret-value" not in content
        assert b"(hidden, 16 characters)" in content


def test_other_headers_stay() -> None:
    report = without_secrets(with_header(synthetic.report(), "X-Request-Id", "abc-123"))
    assert b"abc-123" in json.render(report)


def test_samples_of_a_sensitive_test_hold_no_bodies() -> None:
    report = with_header(synthetic.report(), "X-Request-Id", "abc-123")

    def with_bodies(sample: Sample | None) -> Sample | None:
        if sample is None or sample.request is None or sample.response is None:
            return sample
        request, response = replace(sample.request, body="card=4711"), replace(sample.response, body="card 4711")
        return replace(sample, request=request, response=response)

    errors = tuple(replace(error, sample=with_bodies(error.sample)) for error in report.summary.errors)
    report = replace(report, summary=replace(report.summary, errors=errors))
    assert b"4711" in json.render(without_secrets(report))
    safe = json.render(without_secrets(report, is_sensitive=True))
    assert b"4711" not in safe
    assert b"Body Data Redacted" in safe


@pytest.mark.parametrize(
    ("argument", "shown"),
    [
        ("password=s3cret=1", "password=(hidden)"),
        ("user[Password]=x", "user[Password]=(hidden)"),
        ("apiKey=abc", "apiKey=(hidden)"),
        ("access_token=\nabc", "access_token=(hidden)"),
        ("user=ann", "user=ann"),
        ("password=", "password="),
        ("http://ann:s3cret@proxy:3128", "http://ann:(hidden)@proxy:3128"),
        ("--proxy=http://ann:s3cret@proxy", "--proxy=http://ann:(hidden)@proxy"),
        ("https://token.example=http://127.0.0.1:8080", "https://token.example=http://127.0.0.1:8080"),
        ("p95[token] < 3ms", "p95[token] < 3ms"),
        ("tests/passwords.json", "tests/passwords.json"),
    ],
)
def test_passwords_are_left_out_of_the_command_line(argument: str, shown: str) -> None:
    assert hide_arguments(("run", argument)) == ("run", shown)


def test_the_name_of_a_variable_is_no_password() -> None:
    given = ("run", "--parameter-env", "password=SHOP_PASSWORD", "token=abc")
    assert hide_arguments(given) == ("run", "--parameter-env", "password=SHOP_PASSWORD", "token=(hidden)")
