"""What Loadmill's agents say of an exchange that failed, which scripts look for in its results."""

from __future__ import annotations

import pytest

from penstock.model import Omitted, Origin
from penstock.reporting.suite.failures import said
from penstock.runs.recording import Failure


@pytest.mark.parametrize(
    ("kind", "ours", "theirs"),
    [
        pytest.param("connect", "connection refused (shop:80)", "connect ECONNREFUSED shop:80", id="nobody listens"),
        pytest.param("connect", "no answer to connecting (shop:80)", "connect ETIMEDOUT shop:80", id="dropped"),
        pytest.param("connect", "no route to the host (shop:80)", "connect EHOSTUNREACH shop:80", id="no route"),
        pytest.param("dns", "name or service not known (shop)", "getaddrinfo ENOTFOUND shop", id="no such name"),
        pytest.param(
            "dns", "temporary failure in name resolution (shop)", "getaddrinfo EAI_AGAIN shop", id="name server silent"
        ),
        pytest.param("dns", "the name has no address (shop)", "getaddrinfo ENOTFOUND shop", id="no address"),
        pytest.param("closed", "connection reset before the response", "read ECONNRESET", id="reset"),
        pytest.param("closed", "connection closed before the response", "socket hang up", id="closed too early"),
        pytest.param("closed", "connection closed in mid-response", "aborted", id="closed within"),
        pytest.param("body", "response body longer than 20971520 bytes", "Response size is too large", id="too long"),
        pytest.param("status", "HTTP status 599 - odd", "HTTP status 599 - Unsuccessful HTTP response", id="a status"),
        pytest.param(
            "tls", "certificate of another host (shop:443)", "certificate of another host (shop:443)", id="else"
        ),
    ],
)
def test_a_failed_exchange_is_told_in_nodes_words(kind: str, ours: str, theirs: str) -> None:
    assert said(Failure(kind, ours), Omitted("off", Origin("flow.json"))) == theirs
