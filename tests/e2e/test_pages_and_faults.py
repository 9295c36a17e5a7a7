"""Pages, phases, streams, uploads and servers that mean no good: a whole command, and what its report says."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.apps import Faulty, Recorder
from tests.apps.http import Answer, Request
from tests.apps.tls import Authority
from tests.e2e.conftest import Command
from tests.engine.test_pages import EMBEDDED, FRESH, Site

MOST_RESIDENT = 100 * 1024 * 1024
"""Bytes an agent may hold at its end; one takes some 30 MB, and the servers send 64 MB and more."""

HEAD = "from penstock.script import check, events, http, upload\n\n\nasync def journey(user):\n"


def told(penstock: Command, folder: Path, body: str, url: str, *given: str, expect: int = 0) -> dict[str, Any]:
    """Run a flow with that body once; return its report."""
    path = folder / "flow.py"
    path.write_text(HEAD + "".join(f"    {line}\n" for line in body.splitlines()))
    load = ("--users", "1", "--iterations", "1", "--base-url", url, "--quiet", "--json", "-")
    report: dict[str, Any] = penstock("run", path, *load, *given, expect=expect).json()
    return report


def by_name(rows: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    return {row["name"]: row for row in rows}


def test_a_page_is_reported_with_all_that_it_embeds_and_the_second_visit_takes_it_from_the_cache(
    penstock: Command, tmp_path: Path
) -> None:
    visits = "for _ in range(2):\n    await http.page('/', name='home')"
    with Recorder(Site(FRESH)) as site:
        report = told(penstock, tmp_path, visits, site.url, "--html", "report.html")
        asked = [request.target for request in site.requests]
    requests, page = by_name(report["requests"]), by_name(report["pages"])["home"]
    assert set(requests) == {"home", *(f"GET {path}" for path in EMBEDDED)}
    assert (page["count"], page["failed"]) == (2, 0)
    assert page["all"]["response"]["max_s"] >= requests["home"]["all"]["response"]["max_s"]
    assert (asked.count("/"), asked.count("/logo.png")) == (2, 1)
    assert requests["GET /logo.png"]["cached"] == 1
    assert requests["home"]["cached"] == 0
    assert "home" in (tmp_path / "report.html").read_text(encoding="utf-8")


def test_a_report_holds_the_phases_that_occurred(penstock: Command, tmp_path: Path) -> None:
    body = "for _ in range(3):\n    await http.get('/', name='asked')"
    with Recorder(context=Authority().context(), host="localhost") as server:
        report = told(penstock, tmp_path, body, server.url, "--insecure")
    phases = by_name(report["requests"])["asked"]["phases"]
    counts = {name: phase["count"] for name, phase in phases.items()}
    assert {name: counts[name] for name in ("dns", "tcp", "tls")} == {"dns": 1, "tcp": 1, "tls": 1}
    assert {name: counts[name] for name in ("wait", "receive")} == {"wait": 3, "receive": 3}


@pytest.mark.parametrize(
    ("fault", "kind", "message"),
    [
        ("endless-head", "protocol", "response head longer than 256 KiB"),
        ("endless-interim", "protocol", "endless interim responses"),
        ("endless-trailers", "protocol", "endless chunk extensions or trailers"),
        ("drip", "timeout", "no complete response within 1 s"),
        ("never-answer", "timeout", "no complete response within 1 s"),
        ("stall-mid-body", "timeout", "no complete response within 1 s"),
        ("reset-after-request", "closed", "connection reset before the response"),
    ],
)
def test_a_server_that_means_no_good_is_a_named_error_a_failed_run_and_bounded_memory(
    penstock: Command, tmp_path: Path, fault: str, kind: str, message: str
) -> None:
    with Faulty(fault) as server:
        report = told(penstock, tmp_path, "await http.get('/', name='asked', timeout=1)", server.url, expect=99)
    assert [(one["series"], one["kind"], one["message"]) for one in report["errors"]] == [("asked", kind, message)]
    assert by_name(report["requests"])["asked"]["failed"] == 1
    assert all(0 < agent["rss_bytes"] < MOST_RESIDENT for agent in report["generator"]["agents"])


def test_a_stream_is_read_far_enough_and_a_file_arrives_as_a_form(penstock: Command, tmp_path: Path) -> None:
    stream = (("Content-Type", "text/event-stream"),)

    def answer(request: Request) -> Answer:
        if request.target == "/events":
            return Answer(200, stream, b"".join(b"data: %d\n\n" % number for number in range(3)))
        return Answer(200, (), b"photo.jpg" if b'filename="photo.jpg"' in request.body else b"nothing")

    body = (
        "sales = await http.stream('/events', events=3, name='sales')\n"
        "check([one.data for one in events(sales)] == ['0', '1', '2'], 'three are told')\n"
        "photo = upload(b'abc', name='photo.jpg')\n"
        "sent = await http.post('/echo', form={'user': 'me'}, files={'photo': photo}, name='photo')\n"
        "check(sent.text == 'photo.jpg', 'the file arrives')"
    )
    with Recorder(answer) as server:
        report = told(penstock, tmp_path, body, server.url)
    assert {name: row["failed"] for name, row in by_name(report["requests"]).items()} == {"sales": 0, "photo": 0}
    assert [one["missed"] for one in report["checks"]] == [0, 0]
    assert {one["name"] for one in report["checks"]} == {"three are told", "the file arrives"}
