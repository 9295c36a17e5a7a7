"""What a journey gets of what a server says."""

from __future__ import annotations

import gzip
import zlib
from typing import Any

import pytest

from penstock.errors import RequestFailed
from tests.apps import Answer, Chunks, Faulty, Recorder
from tests.engine.native_run import ask


def answered(answer: Answer | bytes, settings: dict[str, Any] | None = None, **options: Any) -> Any:
    """Return the response to one request."""
    with Recorder(script=[answer]) as target:
        (response,) = ask(target.url + "/x", settings=settings, **options)
    return response


def test_a_response_has_all_its_properties() -> None:
    said = Answer(201, (("X-A", "1"), ("Set-Cookie", "a=1"), ("x-a", "2"), ("set-cookie", "b=2")), b"hi", "Made It")
    with Recorder(script=[said]) as target:
        url = target.url + "/x?y=1"
        (response,) = ask(url)
    assert (response.status, response.reason, response.ok) == (201, "Made It", True)
    assert (response.error, response.error_kind) == (None, None)
    assert response.headers == {"x-a": "1, 2", "set-cookie": "a=1; b=2", "content-length": "2"}
    assert (response.body, response.text, response.url) == (b"hi", "hi", url)
    assert response.redirects == ()
    assert 0 < response.elapsed_s < 1
    assert repr(response) == f"<Response 201 {url}>"


def test_headers_are_read_as_utf_8_or_else_latin_1() -> None:
    raw = b"HTTP/1.1 200 d\xe9j\xe0\r\nX-A: \xe9\r\nX-B: \xc3\xa9\r\nX-C: one\r\n  two\r\nContent-Length: 0\r\n\r\n"
    response = answered(raw)
    assert (response.reason, response.headers["x-a"], response.headers["x-b"]) == ("déjà", "é", "é")
    assert response.headers["x-c"] == "one two"


def test_a_response_cannot_be_changed() -> None:
    response = answered(Answer())
    with pytest.raises(AttributeError):
        response.status = 404


@pytest.mark.parametrize("cut_bytes", [0, 1, 3, 7, 64])
def test_chunks_arrive_whole_however_they_are_cut(cut_bytes: int) -> None:
    trailers = (("X-Trailer", "1"),)
    with Chunks((b"one", b"t" * 300, b"three"), cut_bytes, pause_s=0.0005, trailers=trailers) as target:
        first, second = ask(target.url, times=2)
        assert first.body == second.body == target.body
        assert target.connections == 1


@pytest.mark.parametrize("fault", ["until-close", "http-1-0", "continue-first"])
def test_unusual_but_lawful_responses_are_understood(fault: str) -> None:
    with Faulty(fault) as target:
        (response,) = ask(target.url)
    assert (response.status, response.body, response.error) == (200, b"0123456789", None)


def test_there_is_no_body_where_there_cannot_be_one() -> None:
    with Recorder(script=[Answer(200, (("Content-Length", "10"),), b"0123456789")]) as target:
        head, get = [ask(target.url, method=method)[0] for method in ("HEAD", "GET")]
    assert (head.status, head.body, head.headers["content-length"]) == (200, b"", "10")
    assert get.body == b"0123456789"
    assert answered(Answer(204)).body == b""
    assert answered(Answer(304, (("Content-Length", "5"),))).body == b""


def raw_deflate(body: bytes) -> bytes:
    packer = zlib.compressobj(wbits=-15)
    return packer.compress(body) + packer.flush()


@pytest.mark.parametrize(
    ("coding", "coded"),
    [
        ("gzip", gzip.compress(b"hello", mtime=0)),
        ("deflate", zlib.compress(b"hello")),
        ("deflate", raw_deflate(b"hello")),
        ("deflate, gzip", gzip.compress(zlib.compress(b"hello"), mtime=0)),
        ("zstd-of-the-future", b"hello"),
        ("identity", b"hello"),
    ],
)
def test_bodies_are_decompressed(coding: str, coded: bytes) -> None:
    response = answered(Answer(200, (("Content-Encoding", coding),), coded))
    assert (response.body, response.error) == (b"hello", None)


def test_brotli_is_decompressed() -> None:
    # One stored block of a 16-bit window: lengths and flags by hand, since the standard library has no brotli.
    stored = (4 << 4 | 1 << 20).to_bytes(3, "little") + b"hello" + b"\x03"
    assert answered(Answer(200, (("Content-Encoding", "br"),), stored)).body == b"hello"


@pytest.mark.parametrize(
    ("reason", "answer", "settings", "error", "status"),
    [
        (
            "damaged",
            Answer(200, (("Content-Encoding", "gzip"),), b"not gzip at all"),
            {},
            "the body is not the gzip it says",
            200,
        ),
        (
            "a bomb",
            Answer(200, (("Content-Encoding", "gzip"),), gzip.compress(bytes(2_000_000))),
            {},
            "response body longer than 1000000 bytes",
            200,
        ),
        ("announced too long", Answer(body=b"x" * 11), {"max_body_bytes": 10}, "response body longer than 10 bytes", 0),
        (
            "too long in chunks",
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nb\r\n01234567890\r\n0\r\n\r\n",
            {"max_body_bytes": 10},
            "response body longer than 10 bytes",
            0,
        ),
    ],
)
def test_bodies_that_are_not_to_be_had(
    reason: str, answer: Answer | bytes, settings: dict[str, Any], error: str, status: int
) -> None:
    response = answered(answer, settings)
    assert (response.error_kind, response.error, response.status) == ("body", error, status), reason
    assert response.body == b""


def test_large_bodies_come_whole() -> None:
    body = bytes(range(256)) * 20_000
    assert answered(Answer(body=body), {"max_body_bytes": 10_000_000}).body == body


def test_large_heads_come_whole() -> None:
    headers = tuple((f"X-{number}", "x" * 1000) for number in range(200))
    response = answered(Answer(200, headers, b"hi"))
    assert (len(response.headers), response.body) == (201, b"hi")


@pytest.mark.parametrize(
    ("content_type", "body", "text"),
    [
        ("text/plain", "é€".encode(), "é€"),
        ("text/plain; charset=iso-8859-1", b"\xe9", "é"),
        ('text/plain; Charset="WINDOWS-1252"', b"\x80", "€"),
        ("text/plain; charset=utf-8", b"a\xffb", "a\ufffdb"),
        ("text/plain; charset=no-such-thing", "é".encode(), "é"),
        ("text/plain; charset=base64", "é".encode(), "é"),
        ("text/plain", b"\xef\xbb\xbfhi", "hi"),
        ("text/plain; charset=utf-16", "hi".encode("utf-16"), "hi"),
        ("", b"hi", "hi"),
    ],
)
def test_text_is_read_by_its_charset(content_type: str, body: bytes, text: str) -> None:
    assert answered(Answer(200, (("Content-Type", content_type),), body)).text == text


def test_json_is_parsed_once() -> None:
    response = answered(Answer.json({"a": [1, None]}))
    assert response.json() == {"a": [1, None]}
    assert response.json() is response.json()


def test_what_is_not_json_is_a_value_error() -> None:
    with pytest.raises(ValueError, match="unexpected character"):
        answered(Answer(body=b"<html>")).json()


def test_json_of_no_response_says_why_there_is_none() -> None:
    with Faulty("close-without-answer") as target:
        (response,) = ask(target.url)
    with pytest.raises(RequestFailed, match="connection closed before the response"):
        response.json()


def test_an_error_status_still_has_its_body() -> None:
    response = answered(Answer.json({"why": "full"}, 503))
    assert (response.status, response.ok, response.error_kind) == (503, False, "status")
    assert response.error == "HTTP status 503 - Service Unavailable"
    assert response.json() == {"why": "full"}


@pytest.mark.parametrize(
    ("status", "reason", "error"),
    [
        (500, "Whatever", "HTTP status 500 - Internal Server Error"),
        (404, "", "HTTP status 404 - Not Found"),
        (799, "Odd", "HTTP status 799 - Unsuccessful HTTP response"),
    ],
)
def test_status_errors_are_called_by_the_standard_phrase(status: int, reason: str, error: str) -> None:
    response = answered(Answer(status, reason=reason))
    assert (response.error, response.reason) == (error, reason)


@pytest.mark.parametrize(
    ("expect", "status", "ok"),
    [
        (None, 302, True),
        (None, 400, False),
        (404, 404, True),
        (404, 200, False),
        ((201, 409), 409, True),
        ("any", 500, True),
    ],
)
def test_which_statuses_succeed_is_the_journeys_to_say(expect: Any, status: int, ok: bool) -> None:
    response = answered(Answer(status), expect=expect)
    assert (response.ok, response.error_kind) == (ok, None if ok else "status")
