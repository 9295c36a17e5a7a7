"""What the server asks of the web and of the name service, asked of real ones on the loopback interface."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from penstock.errors import InvalidInput, Unavailable
from penstock.outside.web import HttpWeb
from tests.apps import Answer, Recorder, Request
from tests.apps.names import Names

TOKEN = "0123456789abcdef" * 2
PATH = f"/loadmill-challenge/{TOKEN}.txt"


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
def web() -> Iterator[HttpWeb]:
    opened = HttpWeb(opens_private=True)
    yield opened
    opened.close()


def test_a_file_is_read_up_to_so_many_bytes(web: HttpWeb, target: Recorder) -> None:
    assert web.get(target.url + PATH, 1000) == f"{TOKEN}\n".encode()
    assert web.get(target.url + PATH, 4) == TOKEN[:4].encode()


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
    closed = HttpWeb(opens_private=False)
    target.clear()
    assert closed.get(target.url + PATH, 1000) is None
    with pytest.raises(Unavailable, match="private addresses are closed"):
        closed.post(target.url, b"{}", {})
    closed.close()
    assert not target.requests


def test_texts_come_from_the_name_servers_that_are_set() -> None:
    with Names({"shop.example.com": f"loadmill-challenge={TOKEN}"}) as names:
        web = HttpWeb(opens_private=False, name_servers=[names.address])
        assert web.texts("shop.example.com") == (f"loadmill-challenge={TOKEN}",)
        assert web.texts("other.example.com") == ()
        web.close()


@pytest.mark.parametrize("text", ["", "dns.example.com", "127.0.0.1:x", "127.0.0.1:70000", "[::1"])
def test_a_name_server_is_an_address(text: str) -> None:
    with pytest.raises(InvalidInput, match="name_servers"):
        HttpWeb(opens_private=False, name_servers=[text])


@pytest.mark.parametrize("text", ["10.0.0.53", "127.0.0.1:5353", "::1", "[::1]:5353"])
def test_addresses_of_name_servers_are_read(text: str) -> None:
    HttpWeb(opens_private=False, name_servers=[text]).close()
