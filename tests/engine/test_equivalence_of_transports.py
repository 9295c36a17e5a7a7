"""Transports: over each of them both loops bring the same requests to a real server, and judge alike what comes back.

What the server sees is compared (over which connection, protocol and address, with whose certificate), and what each
loop counts. What a row must show is written in it, so that two loops that are wrong alike do not pass.
"""

from __future__ import annotations

import ssl
from collections.abc import Callable, Coroutine, Mapping
from contextlib import nullcontext
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import pytest

from penstock.script import User, check, http
from tests.apps import Authority
from tests.apps.proxy import Proxy
from tests.engine.both_loops import OURS, Outcome, on_the_double, on_the_native_loop
from tests.engine.fake_transport import WANTS_CERTIFICATE, Wires
from tests.engine.generated.shop import Shop
from tests.engine.native_run import plan
from tests.engine.witness import Sight, Witness

BODY = b"\x00 more than a header frame " * 200


async def journey(user: User) -> None:
    """Do a little of everything: bodies, a cookie, redirects that keep and drop the body, a failure of each kind."""
    await http.get(f"/ok?{user.index}", headers={"X-One": "1"}, name="first")
    await http.post("/login", body=BODY, headers={"Content-Type": "text/plain"})
    await http.get("/to/ok", name="moved")
    await http.put("/keep/ok", body="sent again", name="kept")
    check((await http.get("/html")).text == "", "is empty")
    await http.get("/status/503", name="refused")
    await http.get("/ok", expect=201, name="not as expected")


STREAMS = 5


async def streams(_: User) -> None:
    """Ask several things at once."""
    *_, last = await http.parallel(
        [
            http.get("/ok?0", name="first"),
            http.put("/ok", body=BODY, name="put"),
            http.get("/status/503", name="refused"),
            http.get("/html", headers={"X-One": "1"}),
            http.get("/status/201", name="last"),
        ]
    )
    check(last.status == 201, "is in its place", response=last)


@dataclass(frozen=True)
class Over:
    """A transport: how the server speaks, what the plan says, and what the server must see of it."""

    protocol: str
    host: str = "127.0.0.1"
    offers: tuple[str, ...] = ()
    is_secure: bool = False
    newest: ssl.TLSVersion | None = None
    wants_certificate: bool = False
    settings: Mapping[str, Any] = field(default_factory=dict)
    users: int = 1
    iterations: int = 2
    connections: int = 1
    peers: tuple[str, ...] = ("127.0.0.1",)
    error: str | None = None
    proxy: Callable[[], Proxy] | None = None
    asked: str | None = None
    keeps_old: bool = False


COMPARED = OURS | {"accept-encoding", "content-length"}
BOTH = ("h2", "http/1.1")
TLS = "TLSv1.3 "
NAMED: dict[str, Any] = {"hosts": [["shop.example", "127.0.0.1"]]}
EACH: dict[str, Any] = {"connections": "iteration"}
TWO: dict[str, Any] = {"source_addresses": ["127.0.0.2", "127.0.0.3"]}
KNOWN: dict[str, Any] = {"http_version": "2-prior-knowledge"}
OLD: dict[str, Any] = {"http_version": "1.0"}
POOL: dict[str, Any] = {"connections": "pool", "pool_size": 1}
REQUESTS = 9
"""Of an iteration, on the wire."""

TRANSPORTS = {
    "plain": Over("HTTP/1.1"),
    "plain, connections that end with the iteration": Over("HTTP/1.1", settings=EACH, connections=2),
    "TLS by an authority of one's own": Over(TLS + "HTTP/1.1", is_secure=True),
    "TLS with connections that end with the iteration": Over(
        TLS + "HTTP/1.1", is_secure=True, settings=EACH, connections=2
    ),
    "TLS 1.2": Over("TLSv1.2 HTTP/1.1", is_secure=True, newest=ssl.TLSVersion.TLSv1_2),
    "a client certificate": Over(TLS + "HTTP/1.1", is_secure=True, wants_certificate=True),
    "a source address": Over("HTTP/1.1", settings={"source_addresses": ["127.0.0.2"]}, peers=("127.0.0.2",)),
    "source addresses in turn": Over(
        "HTTP/1.1", settings={**TWO, **EACH}, connections=2, peers=("127.0.0.2", "127.0.0.3")
    ),
    "source addresses of users": Over(
        "HTTP/1.1",
        settings={**TWO, **EACH, "source_addresses_by": "user"},
        users=2,
        connections=4,
        peers=("127.0.0.2", "127.0.0.3"),
    ),
    "a name that stands for an address": Over("HTTP/1.1", host="shop.example", settings=NAMED),
    "a name that stands for an address, whose certificate is checked": Over(
        TLS + "HTTP/1.1", host="shop.example", is_secure=True, settings=NAMED
    ),
    "HTTP/2 by ALPN": Over(TLS + "HTTP/2", is_secure=True, offers=BOTH),
    "HTTP/2 that is insisted on": Over(TLS + "HTTP/2", is_secure=True, offers=BOTH, settings={"http_version": "2"}),
    "HTTP/1.1 that is insisted on": Over(
        TLS + "HTTP/1.1", is_secure=True, offers=BOTH, settings={"http_version": "1.1"}
    ),
    "HTTP/2 with connections that end with the iteration": Over(
        TLS + "HTTP/2", is_secure=True, offers=BOTH, settings=EACH, connections=2
    ),
    "HTTP/2 with a client certificate": Over(TLS + "HTTP/2", is_secure=True, offers=BOTH, wants_certificate=True),
    "HTTP/2 from a source address to a name": Over(
        TLS + "HTTP/2",
        host="shop.example",
        is_secure=True,
        offers=BOTH,
        settings={**NAMED, "source_addresses": ["127.0.0.2"]},
        peers=("127.0.0.2",),
    ),
    "HTTP/2 by prior knowledge": Over("HTTP/2", settings=KNOWN),
    "HTTP/2 by prior knowledge, with connections that end with the iteration": Over(
        "HTTP/2", settings={**KNOWN, **EACH}, connections=2
    ),
    "a certificate that nobody checks": Over(
        TLS + "HTTP/1.1", is_secure=True, settings={"certificate_authorities": None, "verify_tls": False}
    ),
    "a certificate that is not trusted": Over(
        "",
        is_secure=True,
        settings={"certificate_authorities": None},
        error="tls: the certificate's issuer is not trusted",
    ),
    "a certificate of another name": Over(
        "",
        host="other.example",
        is_secure=True,
        settings={"hosts": [["other.example", "127.0.0.1"]]},
        error="tls: the certificate is for another name",
    ),
    "no client certificate where one is wanted": Over(
        "",
        is_secure=True,
        wants_certificate=True,
        newest=ssl.TLSVersion.TLSv1_2,  # the later ones refuse behind the handshake, when the request may be on its way
        settings={"client_certificate": None},
        error="tls: the server refused the TLS handshake: HandshakeFailure",
    ),
    "no client certificate where one is wanted, by TLS 1.3": Over(
        "",
        is_secure=True,
        wants_certificate=True,
        settings={"client_certificate": None},
        error=f"tls: {WANTS_CERTIFICATE}",
    ),
    "HTTP/1.0": Over("HTTP/1.0", settings=OLD, connections=2 * REQUESTS),
    "HTTP/1.0 whose server keeps connections": Over("HTTP/1.0", settings=OLD, keeps_old=True),
    "HTTP/1.0 over TLS": Over(
        TLS + "HTTP/1.0", is_secure=True, offers=BOTH, settings=OLD, iterations=1, connections=REQUESTS
    ),
    "a proxy that passes on": Over(
        "HTTP/1.1", proxy=Proxy, asked="GET http://127.0.0.1/html", connections=2 * REQUESTS
    ),
    "a proxy that passes on, and wants to know who asks": Over(
        "HTTP/1.1",
        proxy=lambda: Proxy(user="ann", password="a:b"),
        asked="GET http://127.0.0.1/html",
        iterations=1,
        connections=REQUESTS,
    ),
    "TLS through a proxy": Over(TLS + "HTTP/1.1", is_secure=True, proxy=Proxy, asked="CONNECT 127.0.0.1"),
    "TLS through a proxy, with connections that end with the iteration": Over(
        TLS + "HTTP/1.1",
        is_secure=True,
        settings=EACH,
        connections=2,
        proxy=Proxy,
        asked="CONNECT 127.0.0.1",
    ),
    "HTTP/2 through a proxy that wants to know who asks, with a client certificate": Over(
        TLS + "HTTP/2",
        is_secure=True,
        offers=BOTH,
        wants_certificate=True,
        proxy=lambda: Proxy(user="ann", password="a:b"),
        asked="CONNECT 127.0.0.1",
    ),
    "a proxy that refuses the tunnel": Over(
        "",
        is_secure=True,
        proxy=lambda: Proxy(refuses=403),
        asked="CONNECT 127.0.0.1",
        error="proxy: the proxy refused the tunnel: 403 Forbidden",
    ),
    "a certificate of another name, behind a proxy": Over(
        "",
        host="localhost",
        is_secure=True,
        proxy=Proxy,
        asked="CONNECT localhost",
        error="tls: the certificate is for another name",
    ),
    "a pool of one connection": Over("HTTP/1.1", settings=POOL, users=3),
    "a pool of one connection with TLS": Over(TLS + "HTTP/1.1", is_secure=True, settings=POOL, users=3),
    "a pool of one connection with HTTP/2": Over(TLS + "HTTP/2", is_secure=True, offers=BOTH, settings=POOL, users=3),
    "HTTP/2 that the server does not speak": Over(
        "",
        is_secure=True,
        settings={"http_version": "2"},
        error="protocol: the server does not speak HTTP/2",
    ),
}


@dataclass(frozen=True)
class Both:
    """What both loops counted over one transport, and what the server and the proxy saw of each."""

    expected: Outcome
    found: Outcome
    sights_of_the_double: list[Sight]
    sights: list[Sight]
    asked_by_the_double: list[str]
    asked: list[str]


@pytest.mark.parametrize("transport", TRANSPORTS)
def test_both_loops_ask_and_judge_alike_over(transport: str) -> None:
    over = TRANSPORTS[transport]
    both = ask_over(over, journey)
    expected, found = both.expected, both.found
    if over.users > 1:
        expected, found = expected.in_any_order(), found.in_any_order()
    assert compared(both.sights, over) == compared(both.sights_of_the_double, over)
    assert found == expected
    assert both.asked == both.asked_by_the_double
    must_be_as_written(over, both)


AT_ONCE = (
    "HTTP/2 by ALPN",
    "HTTP/2 by prior knowledge",
    "HTTP/2 through a proxy that wants to know who asks, with a client certificate",
)


@pytest.mark.parametrize("transport", AT_ONCE)
def test_both_loops_ask_and_judge_alike_with_streams_at_once_over(transport: str) -> None:
    """The server answers the native loop when all of them are there; the double asks one after the other."""
    over = TRANSPORTS[transport]
    both = ask_over(over, streams, awaited=STREAMS)
    assert compared(both.sights, over) == compared(both.sights_of_the_double, over)
    assert both.found == both.expected
    assert {(sight.protocol, sight.connection) for sight in both.sights} == {(over.protocol, 0)}
    assert len(both.sights) == over.iterations * STREAMS
    series = both.found.series
    assert series["request refused"]["statuses"] == {"503": over.iterations}
    assert series["request last"]["checks"] == {"is in its place": [over.iterations, 0]}
    assert sum(one.get("connects", 0) for name, one in series.items() if name.startswith("request ")) == 1


def ask_over(over: Over, does: Callable[[User], Coroutine[Any, Any, None]], awaited: int = 1) -> Both:
    """Let both loops do a journey against one server; of the native one so many streams must be there at once."""
    authority, clients = Authority(), Authority()
    with (
        Witness(server_context(over, authority, clients), over.host, keeps_old=over.keeps_old) as witness,
        over.proxy() if over.proxy else nullcontext() as proxy,
    ):
        made = plan(
            phases=((over.users, over.users, 30.0),),
            iterations=over.iterations,
            base_url=witness.origin,
            **{
                "certificate_authorities": authority.pem,
                "client_certificate": pem_of(clients) if over.wants_certificate else None,
                "proxy": proxy and {"http": proxy.url_for_clients, "https": proxy.url_for_clients, "no_proxy": []},
                **over.settings,
            },
        )
        witness.begin(Shop())
        wires = Wires(made["http"])
        try:
            expected = on_the_double(made, [does], wires=wires)
        finally:
            wires.close()
        sights_of_the_double, asked_by_the_double = witness.seen(), proxy.forget() if proxy else []
        witness.awaited = awaited
        found = on_the_native_loop(made, [does], witness)
        port = urlsplit(witness.origin).port
        asked = [line.replace(f":{port}", "") for line in (proxy.asked if proxy else [])]
        before = [line.replace(f":{port}", "") for line in asked_by_the_double]
        return Both(expected, found, sights_of_the_double, witness.seen(), before, asked)


def must_be_as_written(over: Over, both: Both) -> None:
    sights, found = both.sights, both.found
    assert (over.asked is None and not both.asked) or over.asked in both.asked
    times = over.users * over.iterations
    assert found.iterations == {"started": times, "finished": times, "failed": times}
    if over.error is not None:
        assert sights == []
        assert {
            error.partition(" (")[0]
            for name, one in found.series.items()
            if name[:2] == "re"
            for error in one["errors"]
        } == {over.error}
        return
    assert {sight.protocol for sight in sights} == {over.protocol}
    assert {sight.peer for sight in sights} == set(over.peers)
    assert {bool(sight.client) for sight in sights} == {over.wants_certificate}
    assert len({sight.connection for sight in sights}) == over.connections
    assert [sight.body for sight in sights if sight.target == "/login"] == [BODY] * times
    assert found.series["request refused"]["statuses"] == {"503": times}
    assert found.series["request GET /html"]["checks"] == {"is empty": [0, times]}


def compared(sights: list[Sight], over: Over) -> list[Sight]:
    """Return what must be the same: the headers that a plan decides about, and of several users not who came first."""
    alike = [
        sight._replace(headers=tuple(sorted(pair for pair in sight.headers if pair[0] in COMPARED))) for sight in sights
    ]
    return alike if over.users == 1 else sorted(sight._replace(connection=0) for sight in alike)


def server_context(over: Over, authority: Authority, clients: Authority) -> ssl.SSLContext | None:
    if not over.is_secure:
        return None
    context = authority.context("127.0.0.1", "shop.example", newest=over.newest)
    if over.offers:
        context.set_alpn_protocols(list(over.offers))
    if over.wants_certificate:
        context.load_verify_locations(cadata=clients.pem)
        context.verify_mode = ssl.CERT_REQUIRED
    return context


def pem_of(clients: Authority) -> str:
    issued = clients.issue("ann.test")
    return (b"".join(blob.bytes() for blob in issued.cert_chain_pems) + issued.private_key_pem.bytes()).decode()
