"""What a run gave in the end is kept and read again without a loss."""

from __future__ import annotations

import dataclasses
import zlib
from typing import Any

import orjson
import pytest

from penstock.runs.measured import Measured
from penstock.runs.report import Report
from tests.unit.reporting import synthetic


def of(report: Report) -> Measured:
    total = report.summary.snapshot
    return Measured(total, report.points, report.verdict, report.counters, ("an agent was late",))


def test_where_the_agents_ran_comes_back_and_need_not_have_been_kept() -> None:
    kept = dataclasses.replace(of(synthetic.report()), spread=synthetic.SPREAD)
    assert Measured.decode(kept.encode()) == kept
    content = kept.encode()
    end = 4 + int.from_bytes(content[:4], "big")
    told = orjson.loads(zlib.decompress(content[4:end]))
    del told["spread"]  # as runs of before have it
    assert Measured.decode(written(told) + content[end:]) == of(synthetic.report())


def written(told: Any) -> bytes:
    content = zlib.compress(orjson.dumps(told))
    return len(content).to_bytes(4, "big") + content


@pytest.mark.parametrize(
    "report",
    [
        pytest.param(synthetic.report(("p95 < 1ms", "requests > 10")), id="with thresholds, one of them missed"),
        pytest.param(synthetic.counted_report(), id="with counters and violations of their rules"),
        pytest.param(synthetic.watched_report(), id="with counters of the server, one of which adds up beyond 64 bits"),
    ],
)
def test_what_a_run_gave_comes_back_equal(report: Report) -> None:
    kept = of(report)
    assert kept.points
    assert Measured.decode(kept.encode()) == kept


def test_a_request_that_was_not_made_in_a_point_is_not_in_it_when_it_comes_back() -> None:
    first, *others = synthetic.report().points
    gone, *left = first.requests
    some = dataclasses.replace(first, requests={name: first.requests[name] for name in left})
    kept = dataclasses.replace(of(synthetic.report()), points=(some, *others))
    back = Measured.decode(kept.encode())
    assert back is not None
    assert back == kept
    assert (list(back.points[0].requests), len(back.points[0].requests)) == (left, len(left))
    assert back.points[0].requests.get(gone) is None
    assert back.points[1].requests.get(gone) == others[0].requests.get(gone) is not None


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "nothing at all"),
        (b"{}", "no length"),
        (b"\0\0\0\2{}", "not compressed"),
        (written([]), "no object"),
        (written({"version": 2}), "a newer version"),
        (written({"version": 1}), "nothing in it"),
        (of(synthetic.report()).encode()[:-200], "cut off"),
    ],
)
def test_what_cannot_be_read_is_as_if_it_were_not_there(content: bytes, why: str) -> None:
    assert Measured.decode(content) is None, why


def test_a_field_that_this_version_does_not_know_makes_it_unreadable() -> None:
    content = of(synthetic.report()).encode()
    end = 4 + int.from_bytes(content[:4], "big")
    told = orjson.loads(zlib.decompress(content[4:end]))
    assert Measured.decode(written(told) + content[end:]) is not None
    told["verdict"]["mood"] = "good"
    assert Measured.decode(written(told) + content[end:]) is None
