"""What the server asks of the web and of the name service, asked of real ones on the loopback interface."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import dns.nameserver
import dns.resolver
import pytest

from penstock.apm.access import Door, Unreadable
from penstock.apm.sources import ApplicationSource
from penstock.errors import InvalidInput, Unavailable
from penstock.outside.pinning import is_public
from penstock.outside.web import HttpWeb
from penstock.ports.counters import Access, Taken
from penstock.runs.applications import Application, ApplicationCounter
from tests.apps import Answer, Authority, Recorder, Request
from tests.apps.names import Names

TOKEN = "0123456789abcdef" * 2
HOOKS = "hooks.example.com"
PATH = f"/loadmill-challenge/{TOKEN}.txt"


def public(_host: str, address: str) -> bool:
    return is_public(address)


@pytest.fixture(scope="module")
def target() -> Iterator[Recorder]:
    def answer(request: Request) -> Answer:
        match request.target:
            case "/moved":
                return Answer(302, headers=(("Location", PATH),))
            case "/missing":
                return Answer(404)
        return Answer(200, body=f"{TOKEN}\n".encode())

    with Recorder(answer) as started:
        yield started


@pytest.fixture
def web() -> HttpWeb:
    return HttpWeb(None)


def test_a_file_is_read_up_to_so_many_bytes(web: HttpWeb, target: Recorder) -> None:
    assert web.get(target.url + PATH, 1000) == f"{TOKEN}\n".encode()
    assert web.get(target.url + PATH, 4) == TOKEN[:4].encode()


def test_what_a_webhook_answers_is_not_waited_for(web: HttpWeb) -> None:
    with Recorder([b"HTTP/1.1 202 Accepted\r\nContent-Length: 1000000\r\n\r\n"]) as receiver:
        assert web.post(receiver.url, b"{}", {}) == 202


def test_who_answers_letter_by_letter_is_given_up_and_the_secret_of_its_url_not_told() -> None:
    web = HttpWeb(None, longest_s=0.5)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        threading.Thread(target=_drip, args=(listener,), daemon=True).start()
        url = f"http://ann:password@127.0.0.1:{listener.getsockname()[1]}/services/SECRET?key=SECRET"
        assert web.get(url, 1000) is None
        with pytest.raises(Unavailable, match=r"does not answer within 0\.5 s") as told:
            web.post(url, b"{}", {})
    assert "SECRET" not in str(told.value)
    assert "password" not in str(told.value)


def _drip(listener: socket.socket) -> None:
    """Give each of two callers a letter of a header now and then, without an end."""
    for _ in range(2):
        with contextlib.suppress(OSError), listener.accept()[0] as connection:  # either side may be gone by then
            connection.sendall(b"HTTP/1.1 200 OK\r\nX: ")
            for _letter in range(600):
                connection.sendall(b"x")
                time.sleep(0.05)


@pytest.mark.parametrize("path", ["/moved", "/missing"])
def test_only_what_is_there_itself_is_a_file(web: HttpWeb, target: Recorder, path: str) -> None:
    assert web.get(target.url + path, 1000) is None


def test_what_does_not_answer_is_no_file(web: HttpWeb) -> None:
    with Recorder() as gone:
        url = gone.url
    assert web.get(url + PATH, 1000) is None
    with pytest.raises(Unavailable):
        web.post(url, b"{}", {})


def test_the_servers_own_network_is_closed_unless_it_is_opened(target: Recorder) -> None:
    closed = HttpWeb(public)
    target.clear()
    assert closed.get(target.url + PATH, 1000) is None
    with pytest.raises(Unavailable, match="private addresses are closed"):
        closed.post(target.url, b"{}", {})
    assert not target.requests


def test_a_request_goes_to_the_address_that_was_judged_whatever_its_name_stands_for_by_then(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A name that changes between the look and the connection would lead a webhook into the server's own network."""
    authority = Authority()
    monkeypatch.setenv("SSL_CERT_FILE", str(authority.save(tmp_path / "authority.pem")))
    with (
        Recorder(context=authority.context(HOOKS)) as judged,
        Recorder(context=authority.context(HOOKS), place=("127.0.0.2", judged.port)) as own,
        names_of(monkeypatch, "127.0.0.1", "127.0.0.2") as names,
    ):
        web = HttpWeb(lambda _, address: address == "127.0.0.1")
        url = f"https://{HOOKS}:{judged.port}"
        assert web.post(f"{url}/ended", b"{}", {}) == 200, "its certificate is for the name, not for the address"
        assert names.asked == 1
        with pytest.raises(Unavailable, match="private addresses are closed"):
            web.post(f"{url}/ended", b"{}", {})
        assert web.get(f"{url}{PATH}", 1000) is None
        assert [(one.target, one.header("Host")) for one in judged.requests] == [("/ended", f"{HOOKS}:{judged.port}")]
        assert not own.requests


def test_counters_are_read_at_the_address_that_was_judged(monkeypatch: pytest.MonkeyPatch) -> None:
    with (
        Recorder([Answer.json({})]) as judged,
        Recorder(place=("127.0.0.2", judged.port)) as own,
        names_of(monkeypatch, "127.0.0.1", "127.0.0.2") as names,
    ):

        async def ask() -> None:
            door = Door(Access(f"http://{HOOKS}:{judged.port}"), lambda _, address: address == "127.0.0.1")
            assert await door.ask("GET", "/query") == (200, {})
            assert names.asked == 1
            with pytest.raises(Unreadable, match="counter_hosts"):
                await door.ask("GET", "/query")
            await door.close()

        asyncio.run(ask())
        assert len(judged.requests) == 1
        assert not own.requests


def test_an_address_that_nobody_listens_at_is_followed_by_the_next(
    target: Recorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    resolve = socket.getaddrinfo

    def both(host: object, port: int, *rest: object, **named: object) -> object:
        if host != HOOKS:
            return resolve(host, port, *rest, **named)  # type: ignore[arg-type, call-overload]
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (one, port)) for one in ("127.0.0.3", "127.0.0.1")]

    monkeypatch.setattr(socket, "getaddrinfo", both)
    web = HttpWeb(None)
    assert web.post(f"http://{HOOKS}:{target.port}/", b"{}", {}) == 200


def test_a_connection_to_one_host_is_not_used_for_another_of_its_address(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    authority = Authority()
    monkeypatch.setenv("SSL_CERT_FILE", str(authority.save(tmp_path / "authority.pem")))
    with Recorder(context=authority.context(HOOKS)) as shared, names_of(monkeypatch, "127.0.0.1") as names:
        names.addresses["other.example.com"] = ["127.0.0.1"]
        web = HttpWeb(None)
        assert web.post(f"https://{HOOKS}:{shared.port}/", b"{}", {}) == 200
        with pytest.raises(Unavailable, match=r"other\.example\.com"):
            web.post(f"https://other.example.com:{shared.port}/", b"secret", {})
        assert len(shared.requests) == 1


@pytest.mark.parametrize(
    "address",
    [
        pytest.param("127.0.0.1", id="loopback"),
        pytest.param("10.1.2.3", id="private"),
        pytest.param("100.64.0.1", id="a carrier's"),
        pytest.param("169.254.169.254", id="metadata"),
        pytest.param("168.63.129.16", id="metadata of Azure, which looks public"),
        pytest.param("192.0.0.192", id="metadata of Oracle, which looks public"),
        pytest.param("224.0.0.1", id="multicast"),
        pytest.param("::1", id="loopback in IPv6"),
        pytest.param("::ffff:127.0.0.1", id="mapped"),
        pytest.param("::127.0.0.1", id="compatible"),
        pytest.param("64:ff9b::169.254.169.254", id="metadata through NAT64"),
        pytest.param("2002:7f00:1::", id="6to4"),
        pytest.param("fec0::1", id="site-local"),
        pytest.param("fd00:ec2::254", id="metadata in IPv6"),
    ],
)
def test_what_is_not_of_the_public_internet_is_closed_in_every_notation(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize("address", ["8.8.8.8", "2606:4700:4700::1111", "64:ff9b::8.8.8.8"])
def test_the_public_internet_is_open(address: str) -> None:
    assert is_public(address)


@contextmanager
def names_of(monkeypatch: pytest.MonkeyPatch, *addresses: str) -> Iterator[Names]:
    """Let this process resolve names at a name server that gives these addresses for `HOOKS`, one after the other."""
    resolve = socket.getaddrinfo
    with Names(addresses={HOOKS: addresses}) as names:
        asking = dns.resolver.Resolver(configure=False)
        asking.nameservers = [dns.nameserver.Do53Nameserver(*names.place)]

        def getaddrinfo(host: object, port: object, *rest: object, **named: object) -> object:
            text = host.decode() if isinstance(host, bytes) else str(host)
            if text.endswith(".example.com"):
                host = asking.resolve(text, "A")[0].address
            return resolve(host, port, *rest, **named)  # type: ignore[arg-type]

        monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
        yield names


def test_texts_come_from_the_name_servers_that_are_set() -> None:
    with Names({"shop.example.com": f"loadmill-challenge={TOKEN}"}) as names:
        web = HttpWeb(public, name_servers=[names.address])
        assert web.texts("shop.example.com") == (f"loadmill-challenge={TOKEN}",)
        assert web.texts("other.example.com") == ()


@pytest.mark.parametrize("text", ["", "dns.example.com", "127.0.0.1:x", "127.0.0.1:70000", "[::1"])
def test_a_name_server_is_an_address(text: str) -> None:
    with pytest.raises(InvalidInput, match="name_servers"):
        HttpWeb(public, name_servers=[text])


@pytest.mark.parametrize("text", ["10.0.0.53", "127.0.0.1:5353", "::1", "[::1]:5353"])
def test_addresses_of_name_servers_are_read(text: str) -> None:
    HttpWeb(public, name_servers=[text])


@pytest.mark.parametrize("url", ["http://127.0.0.1:99999999/", "http://[::1", "http://a b/", "http://"])
def test_an_address_that_nobody_can_ask_does_not_answer(web: HttpWeb, url: str) -> None:
    assert web.get(url, 1000) is None
    with pytest.raises(Unavailable, match="does not answer"):
        web.post(url, b"{}", {})


def test_a_source_that_breaks_in_a_way_that_nobody_foresaw_breaks_no_run() -> None:
    counter = ApplicationCounter("up", "up")
    application = Application("shop", "prometheus", (counter,), 5.0)

    async def read() -> Taken:
        source = ApplicationSource(application, Access("http://127.0.0.1:99999999"))
        try:
            return await source.read()
        finally:
            await source.close()

    taken = asyncio.run(read())
    assert not taken.values
    assert taken.problems.keys() == {""}
