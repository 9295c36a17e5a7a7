"""What the clients print is read as they mean it."""

import json

import pytest

from benches.servers.delay import lateness
from benches.tools import commands, jvm, k6, locust, penstock, wrk
from benches.works import Counts

WRK = """Running 1s test @ http://127.0.0.1:1/small
  1 threads and 50 connections
  Latency Distribution
     50%  {p50}
     75%    0.90ms
  68507 requests in 1.00s, 24.20MB read
{extra}Requests/sec:  68439.10
"""


@pytest.mark.parametrize(
    ("p50", "extra", "expected", "reason"),
    [
        ("712.00us", "", Counts(68507, 0, 712e-6), "all went well"),
        ("1.25ms", "", Counts(68507, 0, 1.25e-3), "milliseconds"),
        ("2.00s", "  Non-2xx or 3xx responses: 7\n", Counts(68507, 7, 2.0), "bad statuses are failures"),
        (
            "1.00ms",
            "  Socket errors: connect 1, read 2, write 3, timeout 4\n",
            Counts(68507, 10, 1e-3),
            "so are broken connections",
        ),
    ],
)
def test_wrk_counts_bad_statuses_and_socket_errors_as_failed(
    p50: str, extra: str, expected: Counts, reason: str
) -> None:
    assert wrk.parse(WRK.format(p50=p50, extra=extra)) == expected, reason


def test_a_report_without_a_count_is_refused_and_not_read_as_zero() -> None:
    with pytest.raises(ValueError, match="number of requests"):
        wrk.parse("unable to connect to 127.0.0.1:1 Connection refused")
    with pytest.raises(ValueError, match="number of requests"):
        commands.parse_h2load("could not connect")


def test_k6_is_not_credited_with_requests_whose_check_failed() -> None:
    summary = {
        "metrics": {
            "http_reqs": {"values": {"count": 1000}},
            "http_req_failed": {"values": {"passes": 3, "fails": 997, "rate": 0.003}},
            "checks": {"values": {"passes": 998, "fails": 2}},
            "http_req_duration": {"values": {"med": 4.5}},
        }
    }
    assert k6.parse(json.dumps(summary)) == Counts(1000, 5, 0.0045)


def test_penstock_is_read_like_the_others_with_the_latency_that_its_reports_lead_with() -> None:
    requests = {"count": 100, "failed": 4, "all": {"response": {"p50_s": 0.005}, "service": {"p50_s": 0.004}}}
    late = {"generator": {"start_lateness": {"p99_s": 0.0001}}}
    assert penstock.parse(json.dumps({"totals": {"requests": requests}} | late)) == Counts(100, 4, 0.005, 0.0001)
    nothing = {"count": 0, "failed": 0, "all": {"response": None, "service": None}}
    unknown = {"generator": {"start_lateness": None}}
    assert penstock.parse(json.dumps({"totals": {"requests": nothing}} | unknown)) == Counts(0, 0, None)


def test_jmeter_counts_lines_and_gatling_its_last_summary() -> None:
    results = "elapsed,label,responseCode,success\n2,get,200,true\n9,get,500,false\n4,get,200,true\n"
    assert jvm.parse_jmeter(results) == Counts(3, 1, 0.004)
    with pytest.raises(ValueError, match="no sample"):
        jvm.parse_jmeter("elapsed,label,responseCode,success\n")
    summary = "> Global  |  10 |  9 |  1\n> get  |  10 |  9 |  1\n> Global  |  1,200 | 1,190 |  10\n"
    assert jvm.parse_gatling(summary) == Counts(1200, 10)


def test_requests_that_come_on_an_even_grid_are_not_late_and_a_stall_is_seen() -> None:
    even = [10 + place / 1000 for place in range(3000)]
    assert lateness(even, 1000)["late_p99_s"] == pytest.approx(0, abs=1e-6)
    stalled = [at if not 11 < at < 11.1 else 11.1 for at in even]
    assert lateness(stalled, 1000)["late_p99_s"] == pytest.approx(0.075, abs=0.003)
    with pytest.raises(ValueError, match="too few"):
        lateness(even[:50], 1000)


def test_locust_adds_up_over_its_names_and_takes_the_median_over_all() -> None:
    entries = [
        {"num_requests": 3, "num_failures": 0, "response_times": {"2": 3}},
        {"num_requests": 4, "num_failures": 1, "response_times": {"7": 3, "11.0": 1}},
    ]
    assert locust.parse("a line of talk\n" + json.dumps(entries)) == Counts(7, 1, 0.007)


def test_oha_is_not_blamed_for_requests_that_the_end_of_the_run_cut_off() -> None:
    report = {
        "statusCodeDistribution": {"200": 90, "500": 4},
        "errorDistribution": {"aborted due to deadline": 50, "connection closed": 6},
        "latencyPercentiles": {"p50": 0.001},
    }
    assert commands.parse_oha(json.dumps(report)) == Counts(100, 10, 0.001)


def test_hey_shows_statuses_and_errors_alike_but_only_the_latter_are_errors() -> None:
    report = (
        "  50%% in 0.0009 secs\n\nStatus code distribution:\n  [200]\t50358 responses\n  [503]\t2 responses\n\n"
        "Error distribution:\n  [5]\tGet http://127.0.0.1:1/small: EOF\n"
    )
    assert commands.parse_hey(report) == Counts(50365, 7, 0.0009)


def test_vegeta_counts_everything_but_200_as_failed() -> None:
    report = {"requests": 100, "status_codes": {"0": 2, "200": 95, "404": 3}, "latencies": {"50th": 2_000_000}}
    assert commands.parse_vegeta(json.dumps(report)) == Counts(100, 5, 0.002)


def test_h2load_counts_what_was_answered_and_not_what_was_started() -> None:
    report = (
        "requests: 1050 total, 1050 started, 1000 done, 1000 succeeded, 0 failed, 0 errored, 0 timeout\n"
        "status codes: 990 2xx, 0 3xx, 10 4xx, 0 5xx\n"
    )
    assert commands.parse_h2load(report) == Counts(1000, 10)
