"""The shop's handlers, without a server: requests in, replies out."""

from __future__ import annotations

import gzip
import zlib
from typing import Any

import orjson
import pytest

from penstock.target.messages import Refused, Reply, Request
from penstock.target.routes import ROUTES, find_handler


class Headers(dict[str, str]):
    """Stands in for the server's headers."""


def ask(method: str, target: str, body: Any = b"", **headers: str) -> Reply:
    path, _, query = target.partition("?")
    data = body if isinstance(body, bytes) else orjson.dumps(body)
    named = Headers({name.replace("_", "-"): value for name, value in headers.items()})
    try:
        return find_handler(method, path)(Request(method, path, query, named, data))
    except Refused as error:
        return error.reply


def value(reply: Reply) -> Any:
    return orjson.loads(reply.body)


def header(reply: Reply, name: str) -> str:
    return next(text for key, text in reply.headers if key == name)


def log_in(user: str = "ann") -> str:
    token = value(ask("POST", "/login", {"user": user, "password": "secret"}))["token"]
    return f"Bearer {token}"


def fill_cart(token: str, item: int = 3, quantity: int = 2, cookie: str = "") -> tuple[Reply, str]:
    reply = ask("POST", "/cart", {"item": item, "quantity": quantity}, authorization=token, cookie=cookie)
    return reply, header(reply, "set-cookie").partition(";")[0]


def test_items_come_in_pages_of_twenty_until_there_are_no_more() -> None:
    pages = [value(ask("GET", f"/items?page={page}")) for page in range(1, 7)]
    assert [len(page) for page in pages] == [20, 20, 20, 20, 20, 0]
    ids = [item["id"] for page in pages for item in page]
    assert ids == list(range(1, 101))
    assert value(ask("GET", "/items")) == pages[0]


def test_an_item_is_the_same_in_the_list_and_by_itself() -> None:
    item = value(ask("GET", "/items"))[6]
    assert value(ask("GET", "/items/7")) == item
    assert set(item) == {"id", "name", "price"}


@pytest.mark.parametrize("id_", ["0", "101", "x", "007", ""])
def test_an_unknown_item_is_404(id_: str) -> None:
    assert ask("GET", f"/items/{id_}").status == 404


@pytest.mark.parametrize(
    ("body", "kind", "status"),
    [
        (b'{"user": "ann", "password": "secret"}', "application/json", 200),
        (b"user=ann&password=secret", "application/x-www-form-urlencoded", 200),
        (b"user=ann&password=guess", "application/x-www-form-urlencoded", 401),
        (b'{"user": "ann", "password": "guess"}', "application/json", 401),
        (b'{"user": "ann"}', "application/json", 400),
        (b'{"user": "", "password": "secret"}', "application/json", 400),
        (b'["ann", "secret"]', "application/json", 400),
        (b"not json", "application/json", 400),
        (b"", "", 400),
        (b"user=%ff\xff", "application/x-www-form-urlencoded", 400),
    ],
)
def test_only_the_right_password_logs_in(body: bytes, kind: str, status: int) -> None:
    reply = ask("POST", "/login", body, content_type=kind)
    assert reply.status == status
    assert ("token" in value(reply)) == (status == 200)


def test_each_login_gives_another_token() -> None:
    assert log_in() != log_in()


def test_a_cart_adds_up_exactly_and_is_bought_once() -> None:
    token = log_in()
    _, cookie = fill_cart(token, item=3, quantity=2)
    reply, cookie = fill_cart(token, item=7, quantity=1, cookie=cookie)
    prices = {item["id"]: item["price"] for item in value(ask("GET", "/items"))}
    expected = round(2 * prices[3] + prices[7], 2)
    assert value(reply)["total"] == expected
    assert value(ask("GET", "/cart", authorization=token, cookie=cookie)) == value(reply)
    bought = ask("POST", "/order", authorization=token, cookie=cookie)
    assert bought.status == 201
    assert value(bought)["total"] == expected
    assert value(bought)["order"] in header(bought, "location")
    emptied = header(bought, "set-cookie").partition(";")[0]
    assert ask("POST", "/order", authorization=token, cookie=emptied).status == 409


def test_a_cart_belongs_to_its_user() -> None:
    _, cookie = fill_cart(log_in("ann"))
    assert value(ask("GET", "/cart", authorization=log_in("bob"), cookie=cookie))["items"] == []


@pytest.mark.parametrize("where", [0, 5, -1])
def test_a_changed_cart_or_token_is_worth_nothing(where: int) -> None:
    token = log_in()
    _, cookie = fill_cart(token)
    signs = list(cookie.removeprefix("cart="))
    signs[where] = "A" if signs[where] != "A" else "B"
    assert value(ask("GET", "/cart", authorization=token, cookie="cart=" + "".join(signs)))["items"] == []
    place = 7 + where % 20
    other = "A" if token[place] != "A" else "B"
    assert ask("GET", "/cart", authorization=token[:place] + other + token[place + 1 :]).status == 401


def test_a_cart_is_no_token_although_both_are_signed() -> None:
    _, cookie = fill_cart(log_in())
    assert ask("GET", "/cart", authorization="Bearer " + cookie.removeprefix("cart=")).status == 401


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"item": 1}, 200),
        ({"item": "1", "quantity": "2"}, 200),
        ({"item": 101, "quantity": 1}, 404),
        ({"item": 1, "quantity": 0}, 422),
        ({"item": 1, "quantity": 1001}, 422),
        ({"item": 1, "quantity": -1}, 422),
        ({"item": 1, "quantity": 1.5}, 400),
        ({"item": True}, 400),
        ({}, 400),
        ([1], 400),
    ],
)
def test_what_a_cart_takes(body: Any, status: int) -> None:
    assert ask("POST", "/cart", body, authorization=log_in()).status == status


@pytest.mark.parametrize(("method", "path"), [("GET", "/cart"), ("POST", "/cart"), ("POST", "/order")])
def test_without_a_token_the_cart_is_closed(method: str, path: str) -> None:
    reply = ask(method, path)
    assert reply.status == 401
    assert header(reply, "www-authenticate").startswith("Bearer")


def test_flaky_fails_for_its_share_and_the_same_numbers_each_time() -> None:
    statuses = [ask("GET", f"/flaky?rate=0.1&n={n}").status for n in range(1000)]
    assert statuses.count(503) == pytest.approx(100, abs=3)
    assert statuses == [ask("GET", f"/flaky?rate=0.1&n={n}").status for n in range(1000)]
    assert {ask("GET", "/flaky?rate=1").status, ask("GET", "/flaky?rate=0").status} == {503, 200}


@pytest.mark.parametrize(
    ("target", "status"),
    [
        ("/slow?ms=60000", 200),
        ("/slow?ms=60001", 400),
        ("/slow?ms=-1", 400),
        ("/slow?ms=nan", 400),
        ("/slow?ms=soon", 400),
        ("/bytes?n=0", 200),
        ("/bytes?n=10485761", 400),
        ("/flaky?rate=1.1", 400),
        ("/chunked?pieces=1001", 400),
        ("/redirect?n=101", 400),
        ("/redirect?status=304", 400),
        ("/items?page=one", 400),
        ("/status/99", 400),
        ("/status/600", 400),
        ("/status/2000", 400),
        ("/status/299", 299),
        ("/status/204", 204),
        ("/cookies?a=b%3B", 400),
        ("/nowhere", 404),
        ("/items/1/reviews", 404),
        ("/static/../server.py", 404),
    ],
)
def test_bounds(target: str, status: int) -> None:
    assert ask("GET", target).status == status


def test_slow_says_how_long_the_reply_waits() -> None:
    assert ask("GET", "/slow?ms=250").delay_s == 0.25


@pytest.mark.parametrize("size", [0, 1, 1024, 65_550, 65_551, 1_000_000])
def test_bytes_has_exactly_that_many(size: int) -> None:
    assert len(ask("GET", f"/bytes?n={size}").body) == size


def test_compressed_lists_hold_the_first_page() -> None:
    assert gzip.decompress(ask("GET", "/gzip").body) == ask("GET", "/items").body
    assert zlib.decompress(ask("GET", "/deflate").body) == ask("GET", "/items").body


def test_redirects_count_down_and_arrive() -> None:
    target, hops = "/redirect?n=3&status=307", 0
    while (reply := ask("POST", target)).status == 307:
        target, hops = header(reply, "location"), hops + 1
        assert hops < 10
    assert (hops, value(reply)["method"]) == (3, "POST")


def test_cookies_are_set_and_read_and_visits_counted() -> None:
    reply = ask("GET", "/cookies?theme=dark", cookie="visits=4; other=1")
    assert value(reply)["cookies"] == {"visits": "4", "other": "1"}
    assert [text for name, text in reply.headers if name == "set-cookie"] == ["theme=dark; Path=/", "visits=5; Path=/"]


@pytest.mark.parametrize(("body", "key", "said"), [(b"h\xc3\xa9", "body", "hé"), (b"\xff", "body_base64", "/w==")])
def test_echo_says_what_came(body: bytes, key: str, said: str) -> None:
    reply = value(ask("PURGE", "/echo?a=1&a=", body, x_one="1"))
    assert (reply["method"], reply["query"], reply[key]) == ("PURGE", [["a", "1"], ["a", ""]], said)
    assert reply["headers"] == [["x-one", "1"]]


def test_a_wrong_method_is_told_the_right_ones() -> None:
    reply = ask("DELETE", "/cart")
    assert (reply.status, header(reply, "allow")) == (405, "GET, POST")


def test_the_page_refers_only_to_files_that_are_there() -> None:
    page = ask("GET", "/").body.decode()
    files = {word.split('"')[0] for word in page.split('="') if word.startswith("/static/")}
    assert len(files) >= 4
    for file in files:
        reply = ask("GET", file)
        assert reply.status == 200
        assert reply.body


def test_head_is_answered_wherever_get_is() -> None:
    for path, methods in ROUTES.items():
        if "GET" in methods:
            assert find_handler("HEAD", path.replace("{id}", "1")) is methods["GET"]
