"""Reading what agents send: `snapshot.v1` as docs/spec/engine-border.md, section 5, has it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from penstock.errors import EngineFailed
from penstock.metrics.histogram import Histogram
from penstock.metrics.measures import Agent, Iterated
from penstock.metrics.samples import ReceivedResponse, SentRequest
from penstock.metrics.snapshot import Snapshot, merge
from tests.unit.reporting import synthetic

SCHEMA = json.loads((Path(__file__).parents[3] / "schema" / "snapshot.v1.json").read_text(encoding="utf-8"))
VALIDATOR = jsonschema.Draft202012Validator(SCHEMA)

H = {"n": 3, "sum": 1_300_255, "min": 255, "max": 1_000_000, "b": [255, 1, 299_008, 1, 999_424, 1]}


def frame(**changes: Any) -> dict[str, Any]:
    """Return a frame as an agent sends it, with some keys changed (None: left out)."""
    content = {
        "type": "snapshot",
        "version": 1,
        "second": 12,
        "source": "0/2",
        "users": {"active": 25, "user_seconds": 24.9},
        "iterations": {"started": 900, "finished": 898, "failed": 3, "interrupted": 0},
        "series": [
            {
                "kind": "request",
                "name": "GET /items",
                "count": 6,
                "failed": 3,
                "bytes_sent": 90_000,
                "bytes_received": 400_000,
                "statuses": {"200": 3, "503": 3},
                "errors": [["status", "HTTP status 503 - Service Unavailable", 3]],
                "checks": [["list answers", 3, 0]],
                "service": H,
                "response": H,
                "failed_service": H,
                "failed_response": H,
                "connect": {"n": 0, "sum": 0, "min": 0, "max": 0, "b": []},
            },
            {"kind": "iteration", "name": "main", "count": 898, "failed": 3},
        ],
        "samples": [
            {
                "kind": "request",
                "name": "GET /items",
                "error_kind": "status",
                "message": "HTTP status 503 - Service Unavailable",
                "second": 12,
                "source": "0/2",
                "request": {
                    "method": "GET",
                    "url": "http://shop/items",
                    "original_url": None,
                    "headers": [["Host", "shop"]],
                    "body": "",
                },
                "response": {"status": 503, "reason": "", "headers": [["Content-Length", "0"]], "body": ""},
            }
        ],
        "health": {
            "cpu_s": 0.41,
            "wall_s": 1.0,
            "rss_bytes": 31_000_000,
            "open_connections": 25,
            "reconnects": 1,
            "start_lateness": H,
            "client_lag": H,
            "loop_lag": H,
            "slow_steps": [["flow.py:12", 3, 0.25]],
        },
        **changes,
    }
    return {key: value for key, value in content.items() if value is not None}


def encoded(**changes: Any) -> bytes:
    return json.dumps(frame(**changes)).encode()


def series(**changes: Any) -> dict[str, Any]:
    return {"series": [{"kind": "request", "name": "a", "count": 3, "response": H, **changes}]}


def test_a_frame_of_an_agent_is_read() -> None:
    snapshot = Snapshot.decode(encoded())
    assert snapshot.span == (12, 12)
    assert snapshot.user_us == 24_900_000
    assert snapshot.iterations == Iterated(900, 898, 3, 0)
    assert snapshot.agents == {"0/2": Agent(410_000, 1_000_000, 0, 31_000_000, 25, 1, 25)}
    items = snapshot.series["request", "GET /items"]
    assert (items.count, items.failed, items.bytes_received) == (6, 3, 400_000)
    assert items.statuses == {"200": 3, "503": 3}
    assert items.errors == {("status", "HTTP status 503 - Service Unavailable"): 3}
    assert items.checks == {"list answers": (3, 0)}
    assert items.response == Histogram(3, 1_300_255, 255, 1_000_000, {255: 1, 299_008: 1, 999_424: 1})
    assert items.connect == Histogram()
    assert snapshot.series["iteration", "main"].count == 898
    (sample,) = snapshot.samples
    assert sample.request == SentRequest("GET", "http://shop/items", None, (("Host", "shop"),), "")
    assert sample.response == ReceivedResponse(503, "", (("Content-Length", "0"),), "")
    assert snapshot.lags.slow_steps == {"flow.py:12": (3, 0.25)}


def test_a_frame_with_nothing_in_it_is_read() -> None:
    snapshot = Snapshot.decode(b'{"version":1,"second":0,"source":"0/1"}')
    assert snapshot.sources == ("0/1",)
    assert snapshot.series == {}
    assert snapshot.wall_us == 0


def test_an_agent_that_used_most_of_its_core_was_busy() -> None:
    health = {"cpu_s": 0.95, "wall_s": 1.0}
    assert Snapshot.decode(encoded(health=health)).agents["0/2"].busy_us == 1_000_000
    assert Snapshot.decode(encoded(health={**health, "cpu_s": 0.9})).agents["0/2"].busy_us == 0


@pytest.mark.parametrize(
    ("active", "user_seconds", "wall_s", "peak", "why"),
    [
        (25, 24.9, 1.0, 25, "as many as at the end"),
        (0, 0.4, 0.4, 1, "a run of less than a second: all have left by its end"),
        (0, 2.6, 1.0, 3, "there were three for some of the time, at least"),
        (0, 1.000001, 1.0, 1, "rounding makes no user"),
        (3, 0.0, 0.0, 3, "no time measured"),
    ],
)
def test_the_peak_of_users_is_found(active: int, user_seconds: float, wall_s: float, peak: int, why: str) -> None:
    content = encoded(users={"active": active, "user_seconds": user_seconds}, health={"wall_s": wall_s})
    assert Snapshot.decode(content).agents["0/2"].peak_users == peak, why


def test_what_is_not_known_is_left_alone() -> None:
    assert Snapshot.decode(encoded(colour="green")) == Snapshot.decode(encoded())


def test_what_comes_twice_under_one_name_is_added() -> None:
    both = {"series": [*series()["series"], *series(errors=[["x", "y", 1], ["x", "y", 2]])["series"]]}
    added = Snapshot.decode(encoded(**both)).series["request", "a"]
    assert (added.count, added.response.count, added.errors) == (6, 6, {("x", "y"): 3})


MALFORMED: list[tuple[dict[str, Any], str]] = [
    ({"version": 2}, "version: is 2; this Penstock reads version 1"),
    ({"source": None}, "source: is not a text but nothing"),
    ({"second": None}, "second: is not a whole number from 0 but nothing"),
    ({"second": -1}, "second: is not a whole number from 0 but -1"),
    ({"second": True}, "second: is not a whole number"),
    ({"second": 1.5}, "second: is not a whole number"),
    ({"users": []}, r"users: is not an object but \[\]"),
    ({"users": {"active": "many"}}, "users.active: is not a whole number from 0 but 'many'"),
    ({"users": {"user_seconds": -1.0}}, "users.user_seconds: is not a number of seconds but -1.0"),
    ({"iterations": {"failed": -3}}, "iterations.failed: is not a whole number"),
    ({"series": {}}, "series: is not a list"),
    ({"series": ["a"]}, r"series\[0\]: is not an object but 'a'"),
    (series(name=None), r"series\[0\].name: is not a text"),
    (series(kind="picture"), r"series\[0\].kind: is 'picture'; known are request, group, iteration, page, message"),
    (series(count=2, failed=3), r"series\[0\].failed: is 3, more than the count, 2"),
    (series(statuses={"200": -1}), r"series\[0\].statuses.200: is not a whole number"),
    (series(errors=[["status", 3]]), r"series\[0\].errors\[0\]: is not \[text, text, whole number\] but"),
    (series(checks=[["c", 1, -1]]), r"series\[0\].checks\[0\]: is not \[text, whole number, whole number\]"),
    (series(response=[1]), r"series\[0\].response: is not an object"),
    (series(response={**H, "n": None}), r"series\[0\].response.n: is not a whole number"),
    (series(response={**H, "n": 4}), r"series\[0\].response.n: is 4, but the buckets hold 3"),
    (series(response={**H, "b": [255, 1, 299_008]}), "response.b: is not a list of pairs"),
    (series(response={**H, "b": [255, 1, 299_009, 1, 999_424, 1]}), "response.b: its buckets are not those"),
    (series(response={**H, "b": [299_008, 1, 255, 1, 999_424, 1]}), "response.b: its buckets are not those"),
    (series(response={**H, "n": 2, "b": [255, 1, 299_008, 0, 999_424, 1]}), "response.n: is 2, but"),
    (series(response={**H, "max": 2_000_000}), "response.min: with max is not what the buckets say"),
    (series(response={**H, "sum": 3}), "response.sum: is 3, which 3 values from 255 to 1000000 cannot give"),
    ({"samples": [{"kind": "request"}]}, r"samples\[0\].name: is not a text"),
    ({"health": {"wall_s": "1"}}, "health.wall_s: is not a number of seconds but '1'"),
    ({"health": {"loop_lag": {"n": 1, "b": [5, 1]}}}, "health.loop_lag.sum: is not a whole number"),
    ({"health": {"slow_steps": [["flow.py:1", 1]]}}, r"health.slow_steps\[0\]: is not \[text, whole number, number\]"),
    ({"agents": [{}]}, r"agents\[0\].source: is not a text"),
    ({"agents": [], "until_second": 3}, "until_second: lies before second"),
]


@pytest.mark.parametrize(("changes", "reason"), MALFORMED)
def test_a_frame_that_makes_no_sense_is_refused_with_the_place(changes: dict[str, Any], reason: str) -> None:
    with pytest.raises(EngineFailed, match=f"an agent sent a snapshot that makes no sense: .*{reason}"):
        Snapshot.decode(encoded(**changes))


@pytest.mark.parametrize("content", [b"", b"{", b"\xff", b"nothing"])
def test_what_is_not_json_is_refused(content: bytes) -> None:
    with pytest.raises(EngineFailed, match="not JSON"):
        Snapshot.decode(content)


@pytest.mark.parametrize("content", [b"[]", b"3", b"null"])
def test_what_is_no_object_is_refused(content: bytes) -> None:
    with pytest.raises(EngineFailed, match="snapshot: is not an object"):
        Snapshot.decode(content)


def test_a_sum_is_written_with_its_agents_and_its_time() -> None:
    one, other = Snapshot.decode(encoded()), Snapshot.decode(encoded(second=14, source="1/2"))
    content = json.loads((one + other).encode())
    assert (content["second"], content["until_second"]) == (12, 14)
    assert [agent["source"] for agent in content["agents"]] == ["0/2", "1/2"]
    assert content["users"] == {"user_seconds": 49.8}
    assert content["series"][1]["count"] == 12


def test_one_second_of_one_agent_is_written_as_the_agent_wrote_it() -> None:
    content = json.loads(Snapshot.decode(encoded()).encode())
    assert (content["second"], content["source"], content["users"]["active"]) == (12, "0/2", 25)
    assert "agents" not in content


def test_the_schema_is_itself_valid() -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMA)


@pytest.mark.parametrize(
    "content",
    [
        frame(),
        {"version": 1, "second": 0, "source": "0/1"},
        frame(health=None, series=None),
        json.loads(Snapshot.empty.encode()),
        json.loads(merge(synthetic.snapshots()).encode()),
        *(json.loads(snapshot.encode()) for snapshot in synthetic.snapshots()[:4]),
    ],
)
def test_the_schema_accepts_what_agents_send_and_what_is_written(content: dict[str, Any]) -> None:
    VALIDATOR.validate(content)


BEYOND_A_SCHEMA = (
    "more than the count",
    "list of pairs",
    "its buckets",
    "buckets hold",
    "is 2, but",
    "with max is",
    "cannot give",
    "lies before",
)


@pytest.mark.parametrize(
    "changes", [changes for changes, why in MALFORMED if not any(words in why for words in BEYOND_A_SCHEMA)]
)
def test_the_schema_refuses_what_is_refused_but_for_what_no_schema_can_say(changes: dict[str, Any]) -> None:
    assert not VALIDATOR.is_valid(frame(**changes))
