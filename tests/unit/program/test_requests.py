"""What a request sends, and what becomes of its answer."""

from __future__ import annotations

from typing import Any

import pytest

from penstock.errors import InvalidInput
from penstock.model import (
    Call,
    Credentials,
    FormBody,
    FormField,
    Header,
    MultipartBody,
    Part,
    Poll,
    Request,
    StatusRange,
    TextBody,
)
from tests.engine.fake_http import Answer
from tests.unit.program.harness import (
    UNCOMPUTABLE,
    answer,
    assign,
    check,
    compiled,
    errors,
    get,
    run,
    takes,
    text,
    urls,
    var,
)

OWN = {"host", "user-agent", "accept-encoding", "content-length"}


def sent(request: Request) -> tuple[str, str, dict[str, str], bytes]:
    """Return method, URL, own headers and body of the one request."""
    loop = run(assign(a="1", host="shop", empty=""), request)
    assert not errors(loop)
    ((method, url, headers, body),) = loop.requests
    return method, url, {name: value for name, value in headers.items() if name not in OWN}, body


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        (text("https://shop/a"), "https://shop/a"),
        (text("shop/a"), "http://shop/a"),
        (text("shop:8080"), "http://shop:8080"),
        (text("http://shop/", var("a")), "http://shop/1"),
        (text(var("host"), "/a"), "http://shop/a"),
        (text("sh", "op/", var("a")), "http://shop/1"),
        (text("http://shop/", var("missing")), "http://shop/%3CVariable(name='missing')%3E"),
    ],
    ids=lambda value: value if isinstance(value, str) else None,
)
def test_a_url_gets_its_scheme_after_its_holes_are_filled(url: Any, expected: str) -> None:
    assert sent(get(url))[1] == expected


def test_a_path_stays_relative_to_the_base_url() -> None:
    (operation,) = _operations(get("/items"))
    assert operation[2] == "/items"


def _operations(*steps: Any) -> list[tuple[Any, ...]]:
    """Return the operations of one iteration, every response being good."""
    coroutine = compiled(*steps)[0].function(None)
    seen, response = [], None
    while True:
        try:
            seen.append(coroutine.send(response))
        except StopIteration:
            return seen
        response = type("Good", (), {"ok": True})()


CREDENTIALS = Credentials("basic", text("u"), text("p", var("a")))


@pytest.mark.parametrize(
    ("request_", "authorization", "why"),
    [
        (get("http://u:p@shop/a"), "Basic dTpw", "userinfo of the URL"),
        (get("http://u%40x:p%3A@shop/a"), "Basic dUB4OnA6", "userinfo is percent-encoded in a URL"),
        (get("http://u@shop/a"), "Basic dTo=", "no password"),
        (get("http://@shop/a"), None, "an empty userinfo says nothing"),
        (get(text("http://", var("a"), ":p@shop/a")), "Basic MTpw", "userinfo with holes"),
        (get(text("http://shop/", var("a"), "?m=x@y")), None, "an @ in the query is no userinfo"),
        (get("http://shop/a", credentials=CREDENTIALS), "Basic dTpwMQ==", "credentials"),
        (get("http://x:y@shop/a", credentials=CREDENTIALS), "Basic eDp5", "the URL wins over credentials"),
        (
            get("http://x:y@shop/a", headers=(Header("AUTHORIZATION", text("own")),)),
            "own",
            "a header wins over the URL",
        ),
        (get(credentials=CREDENTIALS, headers=(Header("authorization", text("own")),)), "own", "and over credentials"),
    ],
    ids=lambda value: value if isinstance(value, str) else None,
)
def test_basic_credentials(request_: Request, authorization: str | None, why: str) -> None:
    _, url, headers, _ = sent(request_)
    assert headers.get("authorization") == authorization, why
    assert url.startswith("http://shop/"), "userinfo never stays in the URL"


def test_of_a_header_given_twice_the_last_is_sent() -> None:
    headers = (Header("X-A", text("1")), Header("x-a", text("2", var("a"))), Header("X-B", text("3")))
    assert sent(get(headers=headers))[2] == {"x-a": "21", "x-b": "3"}


FIELDS = (FormField(text("a b"), text("c&", var("a"))), FormField(text("d"), text("é")))


@pytest.mark.parametrize(
    ("fields", "content_type", "body", "why"),
    [
        ({"body": TextBody(text("x", var("a")), text("text/plain"))}, "text/plain", b"x1", "a body names its type"),
        ({"body": TextBody(text("x"), text("text/", var("a")))}, "text/1", b"x", "the type may have holes"),
        ({"body": TextBody(text("x"))}, "application/x-www-form-urlencoded", b"x", "with no type it is a form"),
        (
            {"body": TextBody(text("x"), text("a/b")), "headers": (Header("content-type", text("c/d")),)},
            "c/d",
            b"x",
            "a header wins",
        ),
        ({"body": TextBody(text("é"))}, "application/x-www-form-urlencoded", "é".encode(), "text is UTF-8"),
        ({"body": FormBody(FIELDS)}, "application/x-www-form-urlencoded", "a b=c&1&d=é".encode(), "as written"),
        ({"body": FormBody(FIELDS, text("x/y"), True)}, "x/y", b"a%20b=c%261&d=%C3%A9", "encoded"),
    ],
    ids=lambda value: value if isinstance(value, str) and " " in value else None,
)
def test_bodies_and_their_types(fields: dict[str, Any], content_type: str, body: bytes, why: str) -> None:
    _, _, headers, content = sent(get(method="POST", **fields))
    assert (headers, content) == ({"content-type": content_type}, body), why


def test_a_body_is_sent_with_get_too() -> None:
    assert sent(get(body=TextBody(text("{}"), text("application/json")))) == (
        "GET",
        "http://shop/items",
        {"content-type": "application/json"},
        b"{}",
    )


def test_a_multipart_body() -> None:
    body = MultipartBody(
        (
            Part(text("a"), text("é", var("a"))),
            Part(text('q"\r\n'), text("x"), content_type=text("text/plain")),
            Part(text("f"), text("\xff\x00"), file_name=text("photo.png")),
            Part(text("g"), text("y"), file_name=text("data"), content_type=text("a/b")),
            Part(text("h"), text("z"), file_name=text("data.unheard-of")),
        )
    )
    # a header cannot know the boundary, so it does not win here
    request = get(method="POST", body=body, headers=(Header("Content-Type", text("multipart/form-data")),))
    _, _, headers, content = sent(request)
    kind, _, boundary = headers["content-type"].partition("; boundary=")
    assert (kind, list(headers)) == ("multipart/form-data", ["content-type"])
    lines = [
        f"--{boundary}",
        'Content-Disposition: form-data; name="a"\r\n\r\né1',
        f"--{boundary}",
        'Content-Disposition: form-data; name="q%22%0D%0A"\r\nContent-Type: text/plain\r\n\r\nx',
        f"--{boundary}",
        'Content-Disposition: form-data; name="f"; filename="photo.png"\r\nContent-Type: image/png\r\n\r\n',
    ]
    after = [
        f"\r\n--{boundary}",
        'Content-Disposition: form-data; name="g"; filename="data"\r\nContent-Type: a/b\r\n\r\ny',
        f"--{boundary}",
        'Content-Disposition: form-data; name="h"; filename="data.unheard-of"',
        "Content-Type: application/octet-stream\r\n\r\nz",
        f"--{boundary}--\r\n",
    ]
    assert content == "\r\n".join(lines).encode() + b"\xff\x00" + "\r\n".join(after).encode()


def test_what_headers_may_know_of_the_request() -> None:
    headers = (Header("X-M", text(var("method"))), Header("X-L", text(Call("length", (var("sent"),)))))
    request = get("http://shop/a", method="POST", body=TextBody(text("BB"), text("t")), headers=headers)
    url = get(text("http://shop/", var("sent"), "?"))
    loop = run(request, url)
    assert [headers.get("x-m") for _, _, headers, _ in loop.requests] == ["POST", None]
    assert loop.requests[0][2]["x-l"] == "2"
    assert loop.requests[1][1] == "http://shop/?", "a URL sees nothing of the request before"


def test_a_request_without_holes_is_one_tuple_for_ever() -> None:
    credentials = Credentials("basic", text("u"), text("p"))
    first, second = _operations(get(body=TextBody(text("x")), credentials=credentials)) * 2
    assert first is second


@pytest.mark.parametrize(
    ("fields", "options"),
    [
        ({}, None),
        ({"timeout_s": 0.5}, (0.5, None, None, None, None, None)),
        ({"max_redirects": 0}, (None, 0, None, None, None, None)),
        ({"expected_status": ()}, (None, None, (), None, None, None)),
        (
            {"expected_status": (StatusRange(101, 101), StatusRange(200, 399))},
            (None, None, ((101, 101), (200, 399)), None, None, None),
        ),
    ],
)
def test_only_unusual_options_are_handed_over(fields: dict[str, Any], options: Any) -> None:
    assert _operations(get(**fields))[0][-1] == options


FAILURES = [
    (get(text("http://shop/", UNCOMPUTABLE)), "Failed to compute URL - no such luck"),
    (get(headers=(Header("X-A", text(UNCOMPUTABLE)),)), "Failed to compute X-A header value - no such luck"),
    (get(body=TextBody(text(UNCOMPUTABLE))), "Failed to compute request body - no such luck"),
    (get(body=TextBody(text("x"), text(UNCOMPUTABLE))), "Failed to compute Content-Type header value - no such luck"),
    (get(body=FormBody((FormField(text(UNCOMPUTABLE), text("")),))), "Failed to resolve params key - no such luck"),
    (get(body=FormBody((FormField(text(""), text(UNCOMPUTABLE)),))), "Failed to resolve params value - no such luck"),
    (get(body=MultipartBody((Part(text(UNCOMPUTABLE), text("")),))), "Failed to resolve form-data key - no such luck"),
    (
        get(body=MultipartBody((Part(text(""), text(UNCOMPUTABLE)),))),
        "Failed to resolve form-data value - no such luck",
    ),
    (
        get(body=MultipartBody((Part(text(""), text(""), text(UNCOMPUTABLE)),))),
        "Failed to resolve form-data fileName - no such luck",
    ),
    (
        get(body=MultipartBody((Part(text(""), text("€", var("missing")), text("f")),))),
        "Failed to resolve form-data value - the content of a file must be bytes, not text",
    ),
    (
        get(credentials=Credentials("basic", text(UNCOMPUTABLE), text(""))),
        "Failed to compute the user of the credentials - no such luck",
    ),
]


@pytest.mark.parametrize(("request_", "message"), FAILURES, ids=[message for _, message in FAILURES])
def test_what_cannot_be_computed_fails_the_iteration_and_no_exchange(request_: Request, message: str) -> None:
    loop = run(get("http://shop/before"), request_, get("http://shop/after"))
    assert urls(loop) == ["/before"]
    assert errors(loop) == {("iteration", "main"): [("expression", message)]}
    assert loop.iterations == {"started": 1, "finished": 1, "failed": 1}
    assert loop.series["request", "GET /before"].failed == 0


def test_a_constant_body_that_can_never_be_sent_is_refused_before_the_load() -> None:
    with pytest.raises(InvalidInput, match=r"test\.json: requests\[0\]: .* must be bytes, not text"):
        compiled(get(body=MultipartBody((Part(text(""), text("€"), text("f")),))))


def test_a_failed_request_ends_the_iteration() -> None:
    loop = run(get(name="list", extracts=(takes(a="a"),), checks=(check(var("b")),)), get(), server=answer(500))
    assert errors(loop) == {("request", "list"): [("status", "HTTP status 500 - Internal Server Error")]}
    assert len(loop.requests) == 1
    assert not loop.series["request", "list"].checks, "nothing is judged in a failed response"


def test_extracts_of_one_set_see_the_variables_before_it() -> None:
    sets = (takes(a=text("1"), b=text(var("a"), "2")), takes(c=text(var("a"), "3")))
    show = get(text("http://shop/", var("a"), var("b"), var("c")))
    loop = run(assign(a="0"), get(extracts=sets), show)
    assert urls(loop)[1] == "/10213"


def test_an_extract_that_cannot_be_taken_fails_the_exchange() -> None:
    loop = run(get(name="list", extracts=(takes(id=text(UNCOMPUTABLE)),), checks=(check(var("id")),)), get())
    assert errors(loop) == {("request", "list"): [("extract", "cannot extract id: no such luck")]}
    assert len(loop.requests) == 1


def test_all_checks_are_counted_even_when_some_fail() -> None:
    checks = (check(var("status"), "200"), check(var("status"), "201"), check(var("x")), check(var("status"), "200"))
    loop = run(get(name="list", checks=checks), get())
    series = loop.series["request", "list"]
    assert dict(series.checks) == {"is 200": [2, 0], "is 201": [0, 1], "Variable(name='x')": [0, 1]}
    assert errors(loop) == {("request", "list"): [("check", "is 201")]}
    assert (series.count, series.failed, len(loop.requests)) == (1, 1, 1)


def test_a_check_that_cannot_be_computed_is_the_only_word_on_its_request() -> None:
    checks = (check(var("x"), enforced=False), check(var("x")), check(UNCOMPUTABLE))
    loop = run(get(name="list", checks=checks))
    message = "Failed to compute assertion #3 - no such luck"
    assert errors(loop) == {("request", "list"): [("check", message)]}
    assert not loop.series["request", "list"].checks


def test_a_check_that_is_not_enforced_fails_nothing() -> None:
    loop = run(get(checks=(check(var("x"), enforced=False), check(UNCOMPUTABLE, enforced=False))), get())
    assert not errors(loop)
    assert len(loop.requests) == 2


class Counting:
    """Answers {"n": "1"}, {"n": "2"}, …"""

    def __init__(self, fails_at: int = 0) -> None:
        self.n = 0
        self.fails_at = fails_at

    def __call__(self, *_: object) -> Answer:
        self.n += 1
        return Answer(500 if self.n == self.fails_at else 200, body=b'{"n": "%d"}' % self.n, elapsed_s=0.0)


def polling(until: Any, rounds: int = 5, **fields: Any) -> Request:
    return get(name="poll", extracts=(takes(n="n"),), poll=Poll(until, rounds, 2.0), **fields)


def test_a_poll_ends_when_its_check_holds() -> None:
    loop = run(polling(check(var("n"), "3")), get(name="next"), server=Counting())
    assert (loop.series["request", "poll"].count, loop.series["request", "next"].count) == (3, 1)
    assert loop.now == 4.0, "two waits, none after the last round"
    assert not errors(loop)


def test_only_the_last_round_of_a_poll_is_judged() -> None:
    loop = run(polling(check(var("n"), "3"), checks=(check(var("n"), "3"),)), server=Counting())
    assert dict(loop.series["request", "poll"].checks) == {"is 3": [1, 0]}
    assert not errors(loop)


def test_a_poll_whose_checks_fail_in_the_last_round_fails() -> None:
    loop = run(polling(check(var("n"), "2"), checks=(check(var("n"), "1"),)), get(), server=Counting())
    assert errors(loop) == {("request", "poll"): [("check", "is 1")]}
    assert loop.series["request", "poll"].failed == 1
    assert len(loop.requests) == 2


def test_an_exhausted_poll_fails_instead_of_its_checks() -> None:
    loop = run(polling(check(var("n"), "9"), 3, checks=(check(var("n"), "8"),)), get(), server=Counting())
    message = "Request failed to meet loop condition for 3 iterations"
    assert errors(loop) == {("request", "poll"): [("check", message)]}
    assert (loop.series["request", "poll"].count, loop.series["request", "poll"].failed) == (3, 1)
    assert loop.now == 4.0


def test_a_poll_of_one_round_is_tested_too() -> None:
    loop = run(polling(check(var("zz")), 1), server=Counting())
    assert errors(loop) == {("request", "poll"): [("check", "Request failed to meet loop condition for 1 iterations")]}


@pytest.mark.parametrize(
    ("request_", "error", "why"),
    [
        (polling(check(UNCOMPUTABLE)), ("check", "Unexpected sampler error - no such luck"), "the condition"),
        (
            polling(check(var("zz")), checks=(check(UNCOMPUTABLE),)),
            ("check", "Failed to compute assertion #1 - no such luck"),
            "a check, in any round",
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else None,
)
def test_what_cannot_be_computed_ends_a_poll(request_: Request, error: tuple[str, str], why: str) -> None:
    loop = run(request_, get(), server=Counting())
    assert errors(loop) == {("request", "poll"): [error]}, why
    assert len(loop.requests) == 1


def test_a_failed_exchange_ends_a_poll() -> None:
    loop = run(polling(check(var("zz"))), server=Counting(fails_at=2))
    assert errors(loop) == {("request", "poll"): [("status", "HTTP status 500 - Internal Server Error")]}
    assert len(loop.requests) == 2


def test_a_poll_with_holes_is_computed_anew_each_round() -> None:
    loop = run(assign(n="0"), polling(check(var("n"), "3"), url=text("http://shop/", var("n"))), server=Counting())
    assert urls(loop) == ["/0", "/1", "/2"]


def test_values_that_no_expression_reads_are_not_computed() -> None:
    without = compiled(get())[0].function(None)
    operation = without.send(None)
    assert operation[0] == 0
    with pytest.raises(StopIteration):
        without.send(type("OnlyOk", (), {"ok": True})())  # it has no status to read
